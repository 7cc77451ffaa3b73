// Everything is read when the model is opened, so that a broken folder is known before the first text.
#include "maru/engine/pretrained.h"
#include "maru/text/tokenizer_folder.h"

#include <algorithm>

namespace maru::engine {
namespace {

constexpr std::size_t kMostJson = std::size_t{64} << 20;

std::vector<std::string> read_labels(const io::Metadata& metadata) {
  std::vector<std::string> labels;
  for (const io::Value* found = nullptr; (found = metadata.find(fmt::format("id2label.{}", labels.size())));) {
    const auto* const text = std::get_if<std::string_view>(found);
    const auto* const number = std::get_if<std::int64_t>(found);
    check(text || number, "{}: id2label.{}: expected a name", metadata.where(), labels.size());
    labels.push_back(text ? std::string(*text) : std::to_string(*number));
  }
  if (!labels.empty()) return labels;
  const std::int64_t count = metadata.integer("num_labels", 1, 1 << 20, 2);
  for (std::int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
  return labels;
}

}  // namespace

Pretrained::Pretrained(const std::filesystem::path& path) : file_(io::open_file(path)) {
  if (file_.gguf) {
    tokenizer_ = text::tokenizer_from_gguf(file_.metadata);
  } else if (text::has_tokenizer(folder())) {
    tokenizer_ = text::tokenizer_from_folder(folder());
  }
  model_ = models::open(file_);
  info_ = model_->info();
  if (tokenizer_)
    check(tokenizer_->vocabulary() <= info_.vocabulary, "{}: the tokenizer has {} tokens, the model {}", path.string(), tokenizer_->vocabulary(),
          info_.vocabulary);
  labels_ = read_labels(file_.metadata);
  max_tokens_ = std::size_t(info_.context);
  const Json config = beside("tokenizer_config.json");
  // A model without limit says so with 1e30.
  if (config.contains("model_max_length") && config["model_max_length"].is_number()) {
    const double most = config["model_max_length"].get<double>();
    check(most >= 1, "{}/tokenizer_config.json: model_max_length is {}, expected at least 1", folder().string(), most);
    if (most < double(max_tokens_)) max_tokens_ = std::size_t(most);
  }
}

const std::shared_ptr<const text::Tokenizer>& Pretrained::tokenizer() const {
  if (!tokenizer_) fail(ErrorKind::not_found, "{}: no tokenizer.json beside the weights", folder().string());
  return tokenizer_;
}

std::string Pretrained::label(std::size_t number) const { return number < labels_.size() ? labels_[number] : fmt::format("LABEL_{}", number); }

std::string_view Pretrained::problem_type() const { return file_.gguf ? std::string_view{} : file_.metadata.string("problem_type", ""); }

std::string Pretrained::name() const {
  if (file_.gguf && file_.metadata.has("general.name")) return std::string(file_.metadata.string("general.name"));
  return (file_.path.has_filename() ? file_.path : file_.path.parent_path()).stem().string();
}

std::filesystem::path Pretrained::folder() const { return std::filesystem::is_directory(file_.path) ? file_.path : file_.path.parent_path(); }

Json Pretrained::beside(std::string_view file) const {
  const auto path = folder() / file;
  if (file_.gguf || !std::filesystem::exists(path)) return Json::object();
  Json json = parse_json(read_file(path, kMostJson), path.string());
  check(json.is_object(), "{}: expected an object", path.string());
  return json;
}

}  // namespace maru::engine
