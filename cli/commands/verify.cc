// maru verify: reads every byte of stored models, data sets and collections again and compares; files read in place too.
#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/rag/store.h"

namespace maru::cli {
namespace {

struct Given {
  std::vector<std::string> names;
  bool collections = false;
};

int verify_collections(Context& context, const Given& given) {
  Json out = Json::array();
  bool good = true;
  std::vector<std::string> names = given.names;
  if (names.empty())
    for (const CollectionFile& file : collections()) names.push_back(file.name);
  for (const std::string& name : names) {
    context.cancel.check();
    std::string wrong;
    try {
      rag::Store(existing_collection(name)).verify();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::usage) throw;
      wrong = context.say(error.said());
    }
    good = good && wrong.empty();
    out.push_back({{"name", name}, {"ok", wrong.empty()}, {"error", wrong}});
    const std::string state = wrong.empty() ? styled("ok", Style::green, context.color) : visible(wrong);
    if (!context.json) context.print(name + "  " + state);
  }
  if (context.json) context.print_json({{"collections", out}, {"ok", good}});
  return good ? 0 : 1;
}

int verify_models(Context& context, const Given& given) {
  hub::Store store(home());
  std::vector<hub::Model> models;
  for (const std::string& name : given.names) {
    std::optional<hub::Model> model = store.find(name);
    if (!model) model = store.find(name, hub::Kind::data);
    if (!model) fail(ErrorKind::not_found, "there is no model {:?}; maru list shows them", name);
    models.push_back(std::move(*model));
  }
  if (given.names.empty()) {
    models = store.list();
    for (hub::Model& data : store.list(hub::Kind::data)) models.push_back(std::move(data));
  }
  Json out = Json::array();
  bool good = true;
  for (const hub::Model& model : models) {
    const std::vector<std::string> broken = store.verify(model, context.progress(), &context.cancel);
    good = good && broken.empty();
    out.push_back({{"name", model.name}, {"kind", hub::kind_name(model.kind)}, {"ok", broken.empty()}, {"broken", broken},
                   {"bytes", model.bytes()}});
    if (context.json) continue;
    const bool whole = broken.empty();
    const std::string state = styled(whole ? "ok" : context.say("damaged", "손상됨"), whole ? Style::green : Style::red, context.color);
    context.print(fmt::format("{}  {}  {}", model.name, state, size_text(model.bytes())));
    const std::string_view words = context.say("  {}: its bytes are damaged or missing; mend it: maru rm {}, then maru pull {} --name {}",
                                               "  {}: 바이트가 손상되었거나 없습니다. 고치려면: maru rm {}, 그다음 maru pull {} --name {}");
    for (const std::string& name : broken)
      context.print(fmt::format(fmt::runtime(words), visible(name), model.name, visible(model.reference), model.name));
  }
  if (context.json) context.print_json({{"models", out}, {"ok", good}});
  else if (models.empty()) context.note(context.say("No models yet.", "아직 모델이 없습니다."));
  return good ? 0 : 1;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.texts("NAME", given->names, {"Models or data sets, or with --collections collections (default: all)",
                                       "확인할 모델이나 데이터, --collections와 함께면 모음 (기본: 전부)"});
  options.flag("--collections", given->collections, {"Check collections instead of models", "모델 대신 모음을 확인합니다"});
  return [given](Context& context) { return given->collections ? verify_collections(context, *given) : verify_models(context, *given); };
}

}  // namespace

Command verify_entry() {
  return {.name = "verify", .group = "models", .about = "Compare every stored byte with its sha256", .about_ko = "저장된 바이트를 sha256과 다시 견줍니다",
          .declare = declare};
}

}  // namespace maru::cli
