// From an opened file to a model: the architecture by name, tensors by name and shape, nothing missing and nothing left over.
#include "maru/models/models.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>

namespace maru::models {
namespace {

// "model.layers.3.mlp.up_proj.weight" -> ("model.layers.{}.mlp.up_proj.weight", "3")
std::pair<std::string, std::string> numbered(const std::string& name) {
  for (std::size_t at = name.find('.'); at != std::string::npos; at = name.find('.', at + 1)) {
    const std::size_t end = name.find('.', at + 1);
    if (end == std::string::npos) break;
    const std::string part = name.substr(at + 1, end - at - 1);
    if (!part.empty() && part.find_first_not_of("0123456789") == std::string::npos)
      return {name.substr(0, at + 1) + "{}" + name.substr(end), part};
  }
  return {name, ""};
}

// Without the prefix that files may leave out, and by today's names: the first published checkpoints call a norm's parameters by their
// Greek letters.
std::string plain_name(const Architecture& architecture, std::string_view name) {
  for (const std::string_view prefix : architecture.prefixes)
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  std::string plain(name);
  if (plain.ends_with("LayerNorm.gamma")) plain.replace(plain.size() - 5, 5, "weight");
  if (plain.ends_with("LayerNorm.beta")) plain.replace(plain.size() - 4, 4, "bias");
  return plain;
}

// The pattern with the layer's number in its hole.
std::string filled(std::string_view pattern, const std::string& number) {
  std::string out(pattern);
  if (const std::size_t hole = out.find("{}"); hole != std::string::npos) out.replace(hole, 2, number);
  return out;
}

class FileSource final : public nn::Source {
 public:
  FileSource(const io::ModelFile& file, const Architecture& architecture, const OpenOptions& options)
      : where_(file.path.string()), architecture_(architecture), gguf_(file.gguf), options_(options) {
    for (const io::StoredTensor& t : file.tensors) stored_.emplace(file.gguf ? t.name : plain_name(architecture, t.name), &t);
  }

  Tensor get(const std::string& name, const Shape& shape) override {
    Tensor& kept = given_[name];
    if (!kept) {
      kept = stored_transposed(name) ? transposed(stored(name, {shape[1], shape[0]})) : stored(name, shape);
      if (options_.trainable) kept = f32_copy(kept).set_trainable(true);
      if (options_.each) options_.each(name, kept);
    }
    check(kept.shape() == shape, "{}: tensor {}: expected shape {}, got {}", where_, name, shape.text(), kept.shape().text());
    return kept;
  }

  bool has(const std::string& name) const override { return stored_.contains(spelled(name)); }

  void check_all_used() const {
    std::vector<std::string> left;
    for (const auto& [name, tensor] : stored_) {
      bool known = used_.contains(name);
      known = known || is_unused(architecture_, name);
      if (!known) left.push_back(tensor->name);
    }
    std::ranges::sort(left);
    const std::size_t shown = std::min<std::size_t>(left.size(), 5);
    check(left.empty(), "{}: {} tensors that {} does not use: {}{}; this is another architecture or a variant this program does not know", where_,
          left.size(), architecture_.name, fmt::join(left.begin(), left.begin() + std::ptrdiff_t(shown), ", "), left.size() > shown ? ", …" : "");
  }

 private:
  Tensor stored(const std::string& name, const Shape& shape) {
    const std::string file_name = spelled(name);
    const auto at = stored_.find(file_name);
    check(at != stored_.end(), "{}: tensor {} is missing; the file is not a whole {} model", where_, gguf_ ? file_name : name, architecture_.name);
    const io::StoredTensor& t = *at->second;
    const Shape found(std::span<const std::int64_t>{t.shape});
    check(found == shape, "{}: tensor {}: expected shape {}, got {}", where_, file_name, shape.text(), found.text());
    const quant::Format* const format = t.type == "F32" ? nullptr : quant::find(t.type);
    check(format || t.type == "F32", "{}: tensor {} is of type {}, which this program cannot compute with yet", where_, file_name, t.type);
    check(!format || shape[-1] % format->block == 0, "{}: tensor {}: rows of {} do not fill blocks of {} ({})", where_, file_name, shape[-1],
          format ? format->block : 1, t.type);
    used_.insert(file_name);
    Tensor view = Tensor::view(shape, format, t.bytes, t.file);
    if (shape.rank() > 1) return aligned(view, t);
    // Gains and biases are small: in f32, and looked through once for what would poison every result.
    Tensor values = format ? view.decoded() : Tensor(shape);
    if (!format) std::memcpy(values.data(), t.bytes.data(), t.bytes.size());
    for (std::int64_t i = 0; i < values.size(); ++i)
      check(std::isfinite(values.data()[i]), "{}: tensor {}[{}] is {}, not a finite number; the file is damaged", where_, file_name, i, values.data()[i]);
    return values;
  }

  static Tensor transposed(const Tensor& t) {
    const Tensor from = t.decoded();
    Tensor to({t.dim(1), t.dim(0)});
    for (std::int64_t i = 0; i < t.dim(0); ++i)
      for (std::int64_t j = 0; j < t.dim(1); ++j) to.data()[j * t.dim(0) + i] = from.data()[i * t.dim(1) + j];
    return to;
  }
  bool stored_transposed(const std::string& name) const { return !gguf_ && is_transposed(architecture_, name); }
  // As the file calls it, but for a prefix, which it may leave out.
  std::string spelled(const std::string& name) const {
    return gguf_ ? gguf_name(architecture_, name).value_or(name) : plain_name(architecture_, name);
  }
  static Tensor f32_copy(const Tensor& t) { return t.format() ? t.decoded() : Tensor::of(t.shape(), t.values()); }
  // safetensors promises no alignment; an f32 that lies askew is copied.
  static Tensor aligned(const Tensor& view, const io::StoredTensor& t) {
    if (view.format() || reinterpret_cast<std::uintptr_t>(t.bytes.data()) % alignof(float) == 0) return view;
    Tensor copy(view.shape());
    std::memcpy(copy.data(), t.bytes.data(), t.bytes.size());
    return copy;
  }

  std::string where_;
  const Architecture& architecture_;
  bool gguf_;
  OpenOptions options_;
  std::map<std::string, Tensor> given_;
  std::unordered_map<std::string, const io::StoredTensor*> stored_;
  std::set<std::string> used_;
};

}  // namespace

std::optional<std::string> gguf_name(const Architecture& architecture, std::string_view name) {
  const auto [pattern, number] = numbered(plain_name(architecture, name));
  for (const auto& [hugging_face, gguf] : architecture.gguf_tensors)
    if (plain_name(architecture, hugging_face) == pattern) return filled(gguf, number);
  return std::nullopt;
}

std::optional<std::string> hugging_face_name(const Architecture& architecture, std::string_view name) {
  const auto [pattern, number] = numbered(std::string(name));
  for (const auto& [hugging_face, gguf] : architecture.gguf_tensors)
    if (gguf == pattern) return filled(hugging_face, number);
  return std::nullopt;
}

bool is_unused(const Architecture& architecture, std::string_view name) {
  const std::string pattern = numbered(plain_name(architecture, name)).first;
  return std::ranges::any_of(architecture.unused, [&](std::string_view start) { return pattern.starts_with(start); });
}

bool is_transposed(const Architecture& architecture, std::string_view name) {
  const std::string pattern = numbered(plain_name(architecture, name)).first;
  return std::ranges::any_of(architecture.transposed, [&](std::string_view one) { return plain_name(architecture, one) == pattern; });
}

std::string_view name_of(Head head) {
  switch (head) {
    case Head::vocabulary: return "a head over its vocabulary";
    case Head::pooled: return "a pooler";
    case Head::sequence: return "a classifier of texts";
    case Head::token: return "a classifier of tokens";
    case Head::span: return "a head that answers questions";
    case Head::next_sentence: return "a head for the next sentence";
    case Head::replaced: return "a head for replaced tokens";
  }
  std::unreachable();
}

Tensor Model::encode(const Batch&) const { fail(ErrorKind::invalid, "this model is no encoder–decoder: it has no encoder of its own to ask"); }

Tensor Model::answer(Head head, const Tensor&, const ops::Ragged&) const { fail(ErrorKind::invalid, "this model's file does not hold {}", made(name_of(head), {})); }

bool Model::answers(Head head) const {
  const std::vector<Head> all = info().answers;
  return std::ranges::find(all, head) != all.end();
}

std::int64_t Config::vocabulary() const {
  return gguf_ ? std::int64_t(metadata_.strings("tokenizer.ggml.tokens").size()) : integer("vocab_size", 1, 1 << 24);
}

std::int64_t Config::labels() const {
  std::int64_t count = 0;
  while (metadata_.has(fmt::format("id2label.{}", count))) ++count;
  return count ? count : integer("num_labels", 1, 1 << 20, 2);
}

bool Config::made_for(std::string_view task) const {
  const io::Value* const found = metadata_.find("architectures");
  const auto* const names = found ? std::get_if<std::vector<std::string_view>>(found) : nullptr;
  return names && !names->empty() && names->front().ends_with(task);
}

ops::Activation Config::activation_named(std::string_view found, std::string_view key) const {
  constexpr std::pair<std::string_view, ops::Activation> known[] = {
      {"gelu", ops::Activation::gelu},          {"gelu_new", ops::Activation::gelu_tanh}, {"gelu_pytorch_tanh", ops::Activation::gelu_tanh},
      {"gelu_fast", ops::Activation::gelu_tanh}, {"relu", ops::Activation::relu},         {"silu", ops::Activation::silu},
      {"swish", ops::Activation::silu},         {"tanh", ops::Activation::tanh}};
  for (const auto& [name, activation] : known)
    if (name == found) return activation;
  fail(ErrorKind::invalid, "{}: {} is '{}', which this program does not know; it knows gelu, gelu_new, relu, silu and tanh", metadata_.where(),
       name(key), found);
}

void Config::check_heads(std::int64_t width, std::int64_t heads) const {
  check(width % heads == 0, "{}: {}: a width of {} cannot be shared by {} heads", metadata_.where(), name("num_attention_heads"), width, heads);
}

std::string Config::name(std::string_view key) const {
  std::string found(key);
  if (!gguf_) {
    if (std::string nested = "text_config." + found; !metadata_.has(found) && metadata_.has(nested)) return nested;
    return found;
  }
  for (const auto& [hugging_face, gguf] : gguf_keys_)
    if (hugging_face == key) found = gguf;
  if (const std::size_t hole = found.find("{}"); hole != std::string::npos) found.replace(hole, 2, gguf_name_);
  return found;
}

float Config::positive(std::string_view key) const {
  const double v = metadata_.number(name(key));
  check(v > 0 && v < 1e12, "{}: {} is {}, expected a number above 0", metadata_.where(), name(key), v);
  return float(v);
}

const Architecture& architecture(const io::ModelFile& file) {
  const std::string_view key = file.gguf ? "general.architecture" : "model_type";
  const std::string_view found = file.metadata.string(key);
  std::vector<std::string_view> known;
  for (const Architecture& a : all()) {
    const std::string_view name = file.gguf ? a.gguf_name : a.name;
    if (name == found || (!file.gguf && std::ranges::find(a.aliases, found) != a.aliases.end())) return a;
    if (!name.empty()) known.push_back(name);
  }
  fail(ErrorKind::invalid, "{}: {} is '{}', which this program does not know; it knows {}", file.path.string(), key, found,
       fmt::join(known, ", "));
}

std::unique_ptr<Model> open(const io::ModelFile& file, const OpenOptions& options) {
  const Architecture& a = architecture(file);
  auto source = std::make_shared<FileSource>(file, a, options);
  auto model = a.make(nn::Weights(source), Config(file.metadata, file.gguf, a.gguf_keys, a.gguf_name));
  source->check_all_used();
  return model;
}

}  // namespace maru::models
