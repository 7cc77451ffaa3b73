// Names and orders differ between the two worlds; each matrix of an adapter is brought to the place it has in the model's own file.
#include "maru/convert/adapter.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/convert/family_order.h"
#include "maru/convert/peft_config.h"
#include "maru/convert/values.h"
#include "maru/models/models.h"

namespace maru::convert {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, const io::StoredTensor*, std::less<>>;

// The model that is changed, as an adapter needs to know it.
struct Base {
  const io::ModelFile& file;
  const models::Architecture& family;
  Heads heads;
  Tensors tensors;

  explicit Base(const io::ModelFile& model)
      : file(model),
        family(models::architecture(model)),
        heads(heads_of(
            models::Config(model.metadata, model.gguf, model.gguf ? family.gguf_keys : decltype(family.gguf_keys){}, family.gguf_name))) {
    for (const io::StoredTensor& tensor : model.tensors) tensors[tensor.name] = &tensor;
  }
  const io::StoredTensor* find(std::string_view name) const {
    const auto at = tensors.find(name);
    return at == tensors.end() ? nullptr : at->second;
  }
  // A tensor by Hugging Face's name, whatever of the family's prefixes either side leaves out.
  const io::StoredTensor* find_module(std::string_view name) const {
    if (file.gguf) {
      const std::optional<std::string> gguf = models::gguf_name(family, name);
      return gguf ? find(*gguf) : nullptr;
    }
    if (const io::StoredTensor* same = find(name)) return same;
    for (const std::string_view prefix : family.prefixes) {
      if (name.starts_with(prefix))
        if (const io::StoredTensor* shorter = find(name.substr(prefix.size()))) return shorter;
      if (const io::StoredTensor* longer = find(std::string(prefix) + std::string(name))) return longer;
    }
    return nullptr;
  }
  bool tied() const {
    return file.gguf ? find("output.weight") == nullptr : find_module("lm_head.weight") == nullptr;
  }
};

void check_factor(const fs::path& path, const io::StoredTensor& tensor) {
  check(tensor.shape.size() == 2, "{}: tensor {}: expected a matrix, it has {} axes", path.string(), tensor.name, tensor.shape.size());
  check(tensor.shape[0] > 0 && tensor.shape[1] > 0, "{}: tensor {}: is of rank 0 ({} x {}); such an adapter says nothing", path.string(),
        tensor.name, tensor.shape[0], tensor.shape[1]);
  const std::vector<float> all = LowRank::values({tensor, false});
  check(std::ranges::all_of(all, [](float v) { return std::isfinite(v); }),
        "{}: tensor {}: holds a number that is not finite; the adapter is damaged, or its training failed", path.string(), tensor.name);
}

float checked_scale(const fs::path& path, double scale, std::string_view module) {
  check(std::isfinite(scale) && std::abs(scale) <= kLargestScale,
        "{}: {}: its scale alpha / r is {}, expected at most {}; the adapter is damaged", path.string(), module, scale, kLargestScale);
  return float(scale);
}

// The factors of a module, held against the tensor that they change.
LowRank checked(const fs::path& path, LowRank change, const io::StoredTensor& target) {
  const auto side = [](const LowRank::Factor& factor, int axis) {
    return factor.tensor.shape[std::size_t(factor.transposed ? 1 - axis : axis)];
  };
  change.tensor = target.name;
  change.rows = side(change.left, 0), change.rank = side(change.left, 1), change.width = side(change.right, 1);
  check(side(change.right, 0) == change.rank, "{}: {} and {}: ranks differ, {} and {}", path.string(), change.left.tensor.name,
        change.right.tensor.name, change.rank, side(change.right, 0));
  check(target.shape.size() == 2, "{}: {}: the model's {} is no matrix", path.string(), change.left.tensor.name, target.name);
  check(change.rows == target.shape[0] && change.width == target.shape[1],
        "{}: {} and {} make a matrix of {} x {}, the model's {} is {} x {}; the adapter was trained on another model", path.string(),
        change.left.tensor.name, change.right.tensor.name, change.rows, change.width, target.name, target.shape[0], target.shape[1]);
  return change;
}

// ---- PEFT

constexpr std::string_view kFront = "base_model.model.";

struct Halves {
  const io::StoredTensor *a = nullptr, *b = nullptr;
  bool embedding = false;
};

std::string_view without_frame(std::string_view module) {
  if (module.starts_with(kFront)) module.remove_prefix(kFront.size());
  return module;
}

// PEFT stores a copy of the table of words beside its change. It must be the model's own, but for rounding.
bool is_copy(const fs::path& path, const io::StoredTensor& tensor, const Base& base) {
  constexpr std::string_view kEnding = ".base_layer.weight";
  constexpr float kRounding = 0.01f;
  if (!tensor.name.ends_with(kEnding)) return false;
  const std::string module(without_frame(std::string_view(tensor.name).substr(0, tensor.name.size() - kEnding.size())));
  const io::StoredTensor* const own = base.find_module(module + ".weight");
  check(own != nullptr && own->shape == tensor.shape,
        "{}: {}: the model has no such tensor of this shape; the adapter was trained on another model", path.string(), tensor.name);
  const quant::Format* const format = quant::find(own->type);
  if (tensor.shape.size() != 2 || (format && format->block > 1)) return true;
  const std::vector<float> theirs = LowRank::values({tensor, false}), ours = LowRank::values({*own, false});
  float largest = 0, difference = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::abs(ours[i]));
    difference = std::max(difference, std::abs(ours[i] - theirs[i]));
  }
  check(difference <= kRounding * largest,
        "{}: {}: differs from the model's own table by up to {}; the adapter was trained on another model", path.string(), tensor.name,
        difference);
  return true;
}

// Modules by their names without PEFT's frame: "model.layers.0.self_attn.q_proj".
std::map<std::string, Halves> modules_of(const io::ModelFile& file, const fs::path& path, const Base& base) {
  std::map<std::string, Halves> out;
  struct Ending {
    std::string_view text;
    bool b, embedding;
  };
  constexpr Ending kEndings[] = {{".lora_A.weight", false, false},         {".lora_B.weight", true, false},
                                 {".lora_embedding_A", false, true},       {".lora_embedding_B", true, true},
                                 {".lora_A.default.weight", false, false}, {".lora_B.default.weight", true, false}};
  for (const io::StoredTensor& tensor : file.tensors) {
    if (is_copy(path, tensor, base)) continue;
    const auto ending = std::ranges::find_if(kEndings, [&](const Ending& one) { return tensor.name.ends_with(one.text); });
    check(!tensor.name.contains("lora_magnitude_vector"),
          "{}: {}: is of DoRA, which changes more than a sum of matrices; merge it with peft first", path.string(), tensor.name);
    check(ending != std::end(kEndings),
          "{}: {}: a whole tensor (modules_to_save) or a bias; only LoRA's A and B are merged here, merge it with peft first",
          path.string(), tensor.name);
    Halves& halves = out[std::string(without_frame(std::string_view(tensor.name).substr(0, tensor.name.size() - ending->text.size())))];
    (ending->b ? halves.b : halves.a) = &tensor;
    halves.embedding = ending->embedding;
  }
  return out;
}

Adapter read_peft(const fs::path& folder, const Base& base) {
  const PeftConfig config = read_peft_config(folder / "adapter_config.json");
  const fs::path weights = folder / "adapter_model.safetensors";
  check(fs::exists(weights), "{}: an adapter needs adapter_model.safetensors beside adapter_config.json", folder.string());
  const io::ModelFile file = io::open_safetensors(weights);
  Adapter out{.path = folder, .changes = {}, .notes = {}};
  for (const auto& [module, halves] : modules_of(file, weights, base)) {
    check(halves.a && halves.b, "{}: {}: has only one of lora_A and lora_B", weights.string(), module);
    check_factor(weights, *halves.a);
    check_factor(weights, *halves.b);
    const io::StoredTensor* const target = base.find_module(module + ".weight");
    check(target != nullptr, "{}: {}: {} has no such tensor; the adapter was trained on another model{}", weights.string(), module,
          base.file.path.filename().string(), config.base.empty() ? "" : " (" + config.base + ")");
    const std::int64_t rank = halves.a->shape[0], said = config.rank_of(module);
    check(rank == said, "{}: {}: is of rank {}, adapter_config.json says {}", weights.string(), module, rank, said);
    // By itself: gcc 12 destroys the members of an aggregate twice when a later one throws.
    const float scale = checked_scale(weights, config.scale_of(module, rank), module);
    LowRank change{.tensor = {}, .left = {*halves.b, false}, .right = {*halves.a, false}, .scale = scale};
    const bool transposed = !base.file.gguf && models::is_transposed(base.family, target->name);
    if (halves.embedding || transposed) change = {.tensor = {}, .left = {*halves.a, true}, .right = {*halves.b, true}, .scale = scale};
    if (base.file.gguf && !halves.embedding) change.source_row = source_row(base.family, module + ".weight", base.heads, false);
    if (halves.embedding && base.tied())
      out.notes.push_back(phrase("{}: the table of words is the output's too in this model, which its change reaches therefore", module));
    out.changes.push_back(checked(weights, std::move(change), *target));
  }
  check(!out.changes.empty(), "{}: holds no tensor of an adapter", weights.string());
  return out;
}

// ---- GGUF.  llama.cpp's convert_lora_to_gguf.py, llama-adapter.cpp

Adapter read_gguf_adapter(const fs::path& path, const Base& base) {
  const io::ModelFile file = io::open_gguf(path);
  check(file.metadata.string("general.type", "") == "adapter", "{}: general.type: expected \"adapter\", got \"{}\"; a model goes to FROM",
        path.string(), file.metadata.string("general.type", ""));
  check(file.metadata.string("adapter.type", "") == "lora", "{}: adapter.type: expected \"lora\", got \"{}\"", path.string(),
        file.metadata.string("adapter.type", ""));
  const std::string_view family = file.metadata.string("general.architecture");
  check(family == base.family.gguf_name, "{}: is an adapter of {} models, the model is of {}", path.string(), family,
        base.family.gguf_name);
  const double alpha = file.metadata.number("adapter.lora.alpha", 0);
  Tensors tensors;
  for (const io::StoredTensor& tensor : file.tensors) tensors[tensor.name] = &tensor;
  Adapter out{.path = path, .changes = {}, .notes = {}};
  for (const io::StoredTensor& a : file.tensors) {
    if (a.name.ends_with(".lora_b") && tensors.contains(a.name.substr(0, a.name.size() - 1) + "a")) continue;
    check(a.name.ends_with(".lora_a"), "{}: tensor {}: expected pairs of .lora_a and .lora_b", path.string(), a.name);
    const std::string name = a.name.substr(0, a.name.size() - 7);
    const auto b = tensors.find(name + ".lora_b");
    check(b != tensors.end(), "{}: tensor {}: its .lora_b is missing", path.string(), a.name);
    check_factor(path, a);
    check_factor(path, *b->second);
    const std::optional<std::string> hugging_face = models::hugging_face_name(base.family, name);
    const io::StoredTensor* const target = base.file.gguf ? base.find(name) : hugging_face ? base.find_module(*hugging_face) : nullptr;
    check(target != nullptr, "{}: tensor {}: the model has no {}; the adapter was trained on another model", path.string(), a.name, name);
    // Of the table of words A and B lie the other way round.
    const bool embedding = name == "token_embd.weight";
    const std::int64_t rank = a.shape[embedding ? 1 : 0];
    const float scale = checked_scale(path, alpha != 0 ? alpha / double(rank) : 1, name);
    LowRank change{.tensor = {}, .left = {*b->second, false}, .right = {a, false}, .scale = scale};
    if (embedding) change = {.tensor = {}, .left = {a, false}, .right = {*b->second, true}, .scale = scale};
    else if (!base.file.gguf && models::is_transposed(base.family, target->name))
      change = {.tensor = {}, .left = {a, true}, .right = {*b->second, true}, .scale = scale};
    else if (!base.file.gguf && hugging_face) change.source_row = source_row(base.family, *hugging_face, base.heads, true);
    out.changes.push_back(checked(path, std::move(change), *target));
  }
  check(!out.changes.empty(), "{}: holds no tensor of an adapter", path.string());
  return out;
}

}  // namespace

std::vector<float> LowRank::values(const Factor& factor) {
  const io::StoredTensor& t = factor.tensor;
  const quant::Format* const format = t.type == "F32" ? nullptr : quant::find(t.type);
  check(format || t.type == "F32", "tensor {}: type {} cannot be computed with", t.name, t.type);
  const std::int64_t rows = t.shape[0], width = t.shape[1];
  std::vector<float> stored(std::size_t(rows * width));
  for (std::int64_t r = 0; r < rows; ++r)
    decode_row(format, t.bytes.data() + std::size_t(r) * row_bytes(format, width),
               std::span(stored).subspan(std::size_t(r * width), std::size_t(width)));
  if (!factor.transposed) return stored;
  std::vector<float> out(stored.size());
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = 0; c < width; ++c) out[std::size_t(c * rows + r)] = stored[std::size_t(r * width + c)];
  return out;
}

Adapter read_adapter(const fs::path& path, const io::ModelFile& model) {
  const Base base(model);
  return fs::is_directory(path) ? read_peft(path, base) : read_gguf_adapter(path, base);
}

}  // namespace maru::convert
