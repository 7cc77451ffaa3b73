// maru cp: a second name for a model. Nothing is copied on the disk.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/hub/make.h"
#include "maru/server/names.h"

namespace maru::cli {
namespace {

struct Given {
  std::string from, to;
};

int copy(Context& context, const Given& given) {
  hub::Store store(home());
  const server::NewName name = server::new_name(given.to, "DST");
  const hub::Model model = server::find_model(store, given.from);
  const hub::Model made = hub::copy(store, model, server::place_for(store, name), name.reference);
  if (context.json)
    context.print_json(
        {{"name", server::client_name(made)}, {"stored", made.name}, {"from", server::client_name(model)}, {"bytes", made.bytes()}});
  else
    context.print(fmt::format(fmt::runtime(context.say("{} is {} too", "{}은(는) {}과 같은 모델입니다")), server::client_name(made),
                              server::client_name(model)));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("SRC", given->from, {"A stored model", "저장된 모델"})->required();
  options.text("DST", given->to, {"Its other name: mine, mine:v2", "새 이름: mine, mine:v2"})->required();
  options.examples("maru cp smollm2 mine:v2");
  return [given](Context& context) { return copy(context, *given); };
}

}  // namespace

Command cp_entry() {
  return {.name = "cp",
          .group = "models",
          .about = "Give a model another name; its files are shared",
          .about_ko = "모델에 다른 이름을 붙입니다. 파일은 함께 씁니다",
          .declare = declare};
}

}  // namespace maru::cli
