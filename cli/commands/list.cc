// maru list: the models in the store, or the collections.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/rag/store.h"

namespace maru::cli {
namespace {

int list_models(Context& context) {
  const std::vector<hub::Model> models = hub::Store(home()).list();
  if (context.json) {
    Json out = Json::array();
    for (const hub::Model& model : models)
      out.push_back({{"name", model.name}, {"reference", model.reference}, {"bytes", model.bytes()}, {"licence", model.licence},
                     {"pulled", model.pulled}});
    context.print_json({{"models", out}});
    return 0;
  }
  if (models.empty()) {
    context.note(context.say("No models yet. `maru pull smollm2` brings one.", "아직 모델이 없습니다. `maru pull smollm2`로 가져오세요."));
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const hub::Model& model : models)
    rows.push_back({model.name, size_text(model.bytes()), model.licence, model.pulled.substr(0, 10), visible(model.reference)});
  const bool ko = context.korean;
  context.print(table({ko ? "이름" : "NAME", ko ? ">크기" : ">SIZE", ko ? "라이선스" : "LICENCE", ko ? "가져온 날" : "PULLED", ko ? "출처" : "FROM"},
                      rows, context.color));
  return 0;
}

int list_collections(Context& context) {
  Json out = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const CollectionFile& file : collections()) {
    try {
      const rag::Store store(file.path);
      const std::string folder = store.fact(kFolderFact).value_or("");
      const std::string embedder = store.fact(kEmbedderFact).value_or("");
      out.push_back({{"name", file.name}, {"documents", store.document_count()}, {"chunks", store.chunk_count()}, {"bytes", file.bytes},
                     {"embedder", embedder}, {"folder", folder}});
      rows.push_back({visible(file.name), count_text(store.document_count()), count_text(store.chunk_count()), size_text(file.bytes),
                      visible(embedder), path_text(folder)});
    } catch (const Error& error) {
      out.push_back({{"name", file.name}, {"bytes", file.bytes}, {"error", context.say(error.said())}});
      rows.push_back({visible(file.name), "?", "?", size_text(file.bytes), ""});
      context.note(context.say(error.said()));
    }
  }
  if (context.json) {
    context.print_json({{"collections", out}});
    return 0;
  }
  if (rows.empty()) {
    context.note(context.say("No collections yet. `maru index NAME FOLDER` makes one.", "아직 모음이 없습니다. `maru index 이름 폴더`로 만드세요."));
    return 0;
  }
  const std::vector<std::string> english = {"NAME", ">DOCUMENTS", ">PASSAGES", ">SIZE", "EMBEDDER", "FOLDER"},
                                 korean = {"이름", ">문서", ">조각", ">크기", "임베딩", "폴더"};
  context.print(table(context.korean ? korean : english, rows, context.color));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto which = std::make_shared<bool>(false);
  Options(app, korean).flag("--collections", *which, {"Collections of documents instead of models", "모델 대신 문서 모음을 봅니다"});
  return [which](Context& context) { return *which ? list_collections(context) : list_models(context); };
}

}  // namespace

Command list_entry() {
  return {.name = "list", .group = "models", .about = "The models in the store, or the collections", .about_ko = "저장소의 모델이나 모음을 보여 줍니다",
          .declare = declare};
}

}  // namespace maru::cli
