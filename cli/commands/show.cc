// maru show: what a model file says of itself, or what a collection holds.
#include <map>

#include "cli/commands/fit_common.h"
#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/commands/show_lines_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/io/torch.h"
#include "maru/rag/store.h"

namespace maru::cli {
namespace {

struct Given {
  std::string name;
  bool collections = false;
  ShowLines lines;
};

Json value_json(const io::Value& value) {
  return std::visit([](const auto& held) -> Json {
    using Held = std::decay_t<decltype(held)>;
    constexpr std::size_t kMostItems = 16;
    if constexpr (requires { held.begin(); held.front(); } && !std::is_same_v<Held, std::string_view>) {
      if (held.size() > kMostItems) return {{"items", held.size()}};
      return Json(held);
    } else {
      return Json(held);
    }
  }, value);
}

struct Summary {
  std::uint64_t parameters = 0, bytes = 0;
  std::map<std::string, std::uint64_t> types;  // tensors of each
};
Summary summary(const io::ModelFile& file) {
  Summary out;
  for (const io::StoredTensor& tensor : file.tensors) {
    std::uint64_t count = 1;
    for (const std::int64_t side : tensor.shape) count *= std::uint64_t(side);
    out.parameters += count;
    out.bytes += tensor.bytes.size();
    ++out.types[tensor.type];
  }
  return out;
}

std::string licence_words(const Context& context, const std::string& licence) {
  return licence.empty() ? std::string(context.say("not stated", "밝히지 않음")) : visible(licence);
}

std::string_view format_name(const io::ModelFile& file) {
  if (file.gguf) return "gguf";
  return !file.files.empty() && io::is_torch(file.files[0]->bytes()) ? "torch" : "safetensors";
}

// A data set's files; what is in them is for `maru data`.
int show_data(Context& context, const hub::Store& store, const hub::Model& data) {
  const std::string path = store.open_path(data).string();
  if (context.json) {
    Json files = Json::array();
    for (const hub::StoredFile& one : data.files) files.push_back(file_json(one));
    context.print_json({{"name", data.name}, {"kind", "data"}, {"path", path}, {"reference", data.reference}, {"revision", data.revision},
                        {"licence", data.licence}, {"pulled", data.pulled}, {"bytes", data.bytes()}, {"files", files}});
    return 0;
  }
  const bool ko = context.korean;
  std::vector<std::vector<std::string>> rows;
  for (const hub::StoredFile& one : data.files) rows.push_back({size_text(one.size), visible(one.name)});
  context.print(facts({{ko ? "데이터" : "data set", data.name}, {ko ? "출처" : "from", visible(data.reference)},
                       {ko ? "판" : "revision", visible(data.revision)},
                       {ko ? "라이선스" : "licence", licence_words(context, data.licence)},
                       {ko ? "경로" : "path", path}, {ko ? "크기" : "size", size_text(data.bytes())}}, context.color) + "\n");
  context.print(table({ko ? ">크기" : ">SIZE", ko ? "파일" : "FILE"}, rows, context.color));
  return 0;
}

// Beside the weights: what is kept but not always used, such as Ollama's template, system prompt and parameters.
std::string files_in_words(const hub::Model& model) {
  std::string out;
  for (const hub::StoredFile& file : model.files) out += (out.empty() ? "" : ", ") + file.name;
  return fitted(out, 90);
}

int show_model(Context& context, const std::string& name) {
  hub::Store store(home());
  const std::optional<hub::Model> model = hub::find_stored(store, name);
  const std::optional<hub::Model> data = model ? std::nullopt : store.find(name, hub::Kind::data);
  if (data) return show_data(context, store, *data);
  const std::filesystem::path path = model ? store.open_path(*model) : hub::resolve(store, name, false);
  const io::ModelFile file = io::open_file(path);
  // A second look, for what reading renamed or left out.
  std::vector<Phrase> renamed;
  if (format_name(file) == "torch") (void)io::open_torch(path, &renamed);
  const Summary sum = summary(file);
  Json metadata = Json::object(), tensors = Json::array(), types = Json::object();
  for (const auto& [key, value] : file.metadata.all()) metadata[key] = value_json(value);
  for (const auto& [type, count] : sum.types) types[type] = count;
  if (context.json) {
    for (const io::StoredTensor& tensor : file.tensors)
      tensors.push_back({{"name", tensor.name}, {"type", tensor.type}, {"shape", tensor.shape}, {"bytes", tensor.bytes.size()}});
    Json out = {{"name", name}, {"path", path.string()}, {"format", format_name(file)}};
    if (model) {
      out["reference"] = model->reference;
      out["revision"] = model->revision;
      out["licence"] = model->licence;
      out["pulled"] = model->pulled;
      out["files"] = Json::array();
      for (const hub::StoredFile& one : model->files) out["files"].push_back(file_json(one));
    }
    out["fit"] = fit_json(context, stored_fit(path));
    out["parameters"] = sum.parameters;
    out["bytes"] = sum.bytes;
    out["types"] = types;
    out["metadata"] = metadata;
    out["notes"] = Json::array();
    for (const Phrase& note : renamed) out["notes"].push_back(context.say(note));
    out["tensors"] = tensors;
    context.print_json(out);
    return 0;
  }
  const bool ko = context.korean;
  std::string type_list;
  for (const auto& [type, count] : sum.types) type_list += fmt::format("{}{} × {}", type_list.empty() ? "" : ", ", type, count);
  std::vector<std::pair<std::string, std::string>> rows = {{ko ? "이름" : "name", name}};
  if (model) {
    rows.push_back({ko ? "출처" : "from", visible(model->reference)});
    if (!model->revision.empty()) rows.push_back({ko ? "판" : "revision", visible(model->revision)});
    rows.push_back({ko ? "라이선스" : "licence", licence_words(context, model->licence)});
    rows.push_back({ko ? "가져온 때" : "pulled", model->pulled});
  }
  rows.push_back({ko ? "경로" : "path", path.string()});
  if (model) rows.push_back({ko ? "파일" : "files", visible(files_in_words(*model))});
  rows.push_back({ko ? "이 컴퓨터에서" : "here", context.say(hub::said(stored_fit(path)))});
  rows.push_back({ko ? "형식" : "format", std::string(file.gguf ? "GGUF" : format_name(file))});
  rows.push_back({ko ? "매개변수" : "parameters", count_text(sum.parameters)});
  rows.push_back({ko ? "가중치" : "weights", fmt::format("{}  ({})", size_text(sum.bytes), type_list)});
  for (const auto& [key, value] : metadata.items())
    if (context.verbose || (!value.is_object() && !key.starts_with("tokenizer.") && !key.starts_with("general.url")))
      rows.push_back({visible(key), fitted(one_line(value.is_string() ? value.get<std::string>() : dump(value)), 90)});
  context.print(facts(rows, context.color));
  for (const Phrase& note : renamed) context.note(context.say(note));
  return 0;
}

int show_collection(Context& context, const std::string& name) {
  const rag::Store store(existing_collection(name));
  const std::vector<rag::StoredDocument> documents = store.documents();
  if (context.json) {
    Json list = Json::array();
    for (const rag::StoredDocument& document : documents) {
      Json notes = Json::array();
      for (const Phrase& note : document.notes) notes.push_back(context.say(note));
      list.push_back({{"path", document.path}, {"title", document.title}, {"sha256", document.sha256}, {"size", document.size},
                      {"chunks", store.chunks_of(document.id).size()}, {"notes", notes}});
    }
    context.print_json({{"name", name}, {"path", store.path()}, {"embedder", store.fact(kEmbedderFact).value_or("")},
                        {"chunks", store.chunk_count()}, {"documents", list}});
    return 0;
  }
  const bool ko = context.korean;
  std::vector<std::vector<std::string>> rows;
  for (const rag::StoredDocument& document : documents)
    rows.push_back({size_text(document.size), count_text(store.chunks_of(document.id).size()), visible(document.path)});
  context.print(facts({{ko ? "모음" : "collection", name}, {ko ? "파일" : "file", store.path()},
                       {ko ? "임베딩" : "embedder", store.fact(kEmbedderFact).value_or("")},
                       {ko ? "조각" : "passages", count_text(store.chunk_count())}}, context.color) + "\n");
  context.print(table({ko ? ">크기" : ">SIZE", ko ? ">조각" : ">PASSAGES", ko ? "문서" : "DOCUMENT"}, rows, context.color));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("NAME", given->name, {"A model (name or path) or a data set, or with --collections a collection",
                                     "모델(이름 또는 경로)이나 데이터, --collections와 함께면 모음"})->required();
  options.flag("--collections", given->collections, {"Show a collection instead of a model", "모델 대신 문서 모음을 봅니다"});
  add_show_lines(options, given->lines);
  options.examples("maru show smollm2\nmaru show smollm2 --modelfile\nmaru show ./model.gguf --verbose\nmaru show papers --collections");
  return [given](Context& context) {
    if (given->lines.any() && !given->collections) return show_lines(context, given->name, given->lines);
    return given->collections ? show_collection(context, given->name) : show_model(context, given->name);
  };
}

}  // namespace

Command show_entry() {
  return {.name = "show", .group = "models", .about = "What a model or a collection is made of", .about_ko = "모델이나 모음의 속을 보여 줍니다",
          .declare = declare};
}

}  // namespace maru::cli
