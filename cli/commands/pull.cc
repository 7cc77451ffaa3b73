// maru pull: brings a model into the store.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"

namespace maru::cli {
namespace {

struct Given {
  std::string reference, name;
};

Json model_json(const hub::Model& model) {
  Json files = Json::array();
  for (const hub::StoredFile& file : model.files) files.push_back({{"name", file.name}, {"sha256", file.sha256}, {"size", file.size}});
  return {{"name", model.name}, {"reference", model.reference}, {"licence", model.licence}, {"bytes", model.bytes()}, {"pulled", model.pulled}, {"files", files}};
}

int pull(Context& context, const Given& given) {
  hub::Store store(home());
  const auto name = given.name.empty() ? std::nullopt : std::optional(given.name);
  const hub::Model model = store.pull(given.reference, name, context.progress(), &context.cancel);
  if (context.json) context.print_json(model_json(model));
  else context.print(fmt::format("{}  {}  {}", model.name, size_text(model.bytes()), model.reference));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  std::string known, known_ko;
  for (const hub::Known& one : hub::catalogue()) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
  std::string schemes;
  for (const hub::Source& source : hub::sources()) schemes += fmt::format("{}{}", schemes.empty() ? "" : ", ", source.example);
  const std::string english = fmt::format("What to bring: {}; or {}", known, schemes), korean_text = fmt::format("가져올 것: {}; 또는 {}", known, schemes);
  options.text("REF", given->reference, {english, korean_text})->required();
  options.text("--name", given->name, {"Store it under this name", "이 이름으로 저장합니다"})->type_name("NAME");
  options.examples("maru pull smollm2\nmaru pull file:./model.gguf --name mine");
  return [given](Context& context) { return pull(context, *given); };
}

}  // namespace

Command pull_entry() {
  return {.name = "pull", .group = "models", .about = "Bring a model, checked by its sha256", .about_ko = "모델을 가져오고 sha256으로 확인합니다", .declare = declare};
}

}  // namespace maru::cli
