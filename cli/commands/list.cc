// maru list: the models in the store, or the data sets, the collections, the names that can be pulled.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/hub/elsewhere.h"
#include "maru/rag/store.h"

namespace maru::cli {
namespace {

// The folder of another program where the model's largest file lies; "" when all lie in our store.
std::string place_of(const hub::Model& model) {
  const hub::StoredFile* largest = nullptr;
  for (const hub::StoredFile& file : model.files)
    if (!file.place.empty() && (largest == nullptr || file.size > largest->size)) largest = &file;
  return largest == nullptr ? std::string() : std::filesystem::path(largest->place).parent_path().string();
}

// What other programs on this machine keep, which a pull would take in place.
int list_elsewhere(Context& context) {
  const std::vector<hub::Kept> kept = hub::kept_elsewhere();
  if (context.json) {
    Json out = Json::array();
    for (const hub::Kept& one : kept) out.push_back({{"reference", one.reference}, {"bytes", one.bytes}, {"place", one.place.string()}});
    context.print_json({{"elsewhere", out}});
    return 0;
  }
  if (kept.empty()) {
    context.note(context.say("Neither an Ollama store nor the Hugging Face cache holds a model here.",
                             "이 컴퓨터의 Ollama 저장소와 Hugging Face 캐시에는 모델이 없습니다."));
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const hub::Kept& one : kept) rows.push_back({visible(one.reference), size_text(one.bytes), visible(path_text(one.place.string()))});
  const bool ko = context.korean;
  context.print(table({ko ? "이름" : "NAME", ko ? ">크기" : ">SIZE", ko ? "있는 곳" : "PLACE"}, rows, context.color));
  context.note(context.say("maru pull NAME uses one where it lies; nothing is copied.", "maru pull NAME은 복사하지 않고 그 자리에서 씁니다."));
  return 0;
}

int list_stored(Context& context, hub::Kind kind) {
  const std::vector<hub::Model> models = hub::Store(home()).list(kind);
  if (context.json) {
    Json out = Json::array();
    for (const hub::Model& model : models)
      out.push_back({{"name", model.name}, {"reference", model.reference}, {"revision", model.revision}, {"bytes", model.bytes()},
                     {"licence", model.licence}, {"pulled", model.pulled}, {"place", place_of(model)}});
    context.print_json({{kind == hub::Kind::model ? "models" : "data", out}});
    return 0;
  }
  if (models.empty() && kind == hub::Kind::data) {
    context.note(context.say("No data sets yet. `maru pull hf:datasets/ORG/NAME` brings one; `maru list --known` names some.",
                             "아직 데이터가 없습니다. `maru pull hf:datasets/ORG/NAME`으로 가져오세요. `maru list --known`에 이름이 있습니다."));
    return 0;
  }
  if (models.empty()) {
    context.note(context.say("No models yet. `maru pull smollm2` brings one.", "아직 모델이 없습니다. `maru pull smollm2`로 가져오세요."));
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const hub::Model& model : models) {
    const std::string place = place_of(model);
    rows.push_back({model.name, size_text(model.bytes()), model.licence, model.pulled.substr(0, 10),
                    visible(model.reference) + (place.empty() ? "" : fmt::format(fmt::runtime(context.say("  (in {})", "  ({}에 있음)")),
                                                                                 visible(path_text(place))))});
  }
  const bool ko = context.korean;
  context.print(table({ko ? "이름" : "NAME", ko ? ">크기" : ">SIZE", ko ? "라이선스" : "LICENCE", ko ? "가져온 날" : "PULLED", ko ? "출처" : "FROM"},
                      rows, context.color));
  return 0;
}

// What has a name: the program's and the person's own, and where the person's lies.
int list_known(Context& context) {
  const hub::Store store(home());
  const std::string own = hub::catalogue_path(store.home()).string();
  Json out = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const hub::Known& one : hub::catalogue(store.home())) {
    const std::string about = context.korean ? one.about_ko : one.about;
    out.push_back({{"name", one.name}, {"kind", hub::kind_name(one.kind)}, {"reference", one.reference}, {"about", about},
                   {"bytes", one.download_bytes}, {"stored", store.find(one.name, one.kind).has_value()}});
    rows.push_back({one.name, visible(one.reference), visible(about)});
  }
  if (context.json) {
    context.print_json({{"known", out}, {"catalogue", own}});
    return 0;
  }
  const bool ko = context.korean;
  context.print(table({ko ? "이름" : "NAME", ko ? "출처" : "FROM", ko ? "무엇" : "WHAT"}, rows, context.color));
  context.note(fmt::format(fmt::runtime(context.say("Names of your own: {}", "나만의 이름을 적는 곳: {}")), own));
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
  struct Given {
    bool collections = false, data = false, known = false, elsewhere = false;
  };
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  Option collections = options.flag("--collections", given->collections, {"Collections of documents instead of models",
                                                                                      "모델 대신 문서 모음을 봅니다"});
  Option data = options.flag("--data", given->data, {"Data sets instead of models", "모델 대신 데이터를 봅니다"});
  Option known = options.flag("--known", given->known, {"Names that can be pulled, and where to write your own",
                                                              "가져올 수 있는 이름과 나만의 이름을 적는 곳"});
  Option elsewhere = options.flag("--elsewhere", given->elsewhere, {"Models that Ollama and the Hugging Face clients keep on this machine",
                                                                          "Ollama와 Hugging Face 프로그램이 이 컴퓨터에 둔 모델"});
  collections->excludes(data)->excludes(known)->excludes(elsewhere);
  data->excludes(known)->excludes(elsewhere);
  known->excludes(elsewhere);
  return [given](Context& context) {
    if (given->collections) return list_collections(context);
    if (given->known) return list_known(context);
    if (given->elsewhere) return list_elsewhere(context);
    return list_stored(context, given->data ? hub::Kind::data : hub::Kind::model);
  };
}

}  // namespace

Command list_entry() {
  return {.name = "list", .group = "models", .about = "The models in the store, the data sets, or the collections",
          .about_ko = "저장소의 모델이나 데이터, 모음을 보여 줍니다",
          .declare = declare};
}

}  // namespace maru::cli
