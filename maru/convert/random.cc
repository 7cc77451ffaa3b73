// LLaMA-shaped models with random weights.
#include "maru/convert/random.h"

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/convert/mixtures.h"
#include "maru/io/writers.h"
#include "maru/quant/quant.h"
#include "maru/text/tokenizer_parts.h"

namespace maru::convert {
namespace {

constexpr Shape kShapes[] = {
    {"tiny", 4, 256, 768, 4, 2, 512, 512},              // a minute of training
    {"135m", 30, 576, 1536, 9, 3, 49'152, 8'192},       // SmolLM2's
    {"1b", 22, 2'048, 5'632, 32, 4, 32'000, 2'048},     // TinyLlama's
    {"7b", 32, 4'096, 11'008, 32, 32, 32'000, 4'096},   // LLaMA's
    {"13b", 40, 5'120, 13'824, 40, 40, 32'000, 4'096},
};

constexpr std::size_t kDrawn = std::size_t{1} << 20;   // values of a format's store
constexpr std::size_t kPieceBlocks = 8;                // that stay together when a row is put together
constexpr float kDeviation = 0.02f;

// Blocks of one format that rows are put together from.
class Blocks {
 public:
  Blocks(std::string_view name, std::uint64_t seed) : format_(name == "F32" ? nullptr : quant::find(name)) {
    check(name == "F32" || (format_ && format_->encode), "type {} cannot be written", name);
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal(0, kDeviation);
    std::vector<float> values(kDrawn);
    for (float& v : values) v = normal(random);
    bytes_.resize(kDrawn / block() * block_bytes());
    if (format_) format_->encode(values, bytes_.data());
    else std::ranges::copy(std::as_bytes(std::span(values)), bytes_.begin());
  }
  // `count` values in pieces from random places.
  void append(std::size_t count, std::mt19937_64& random, std::vector<std::byte>& out) const {
    const std::size_t all = kDrawn / block();
    for (std::size_t left = count / block(); left > 0;) {
      const std::size_t n = std::min(left, kPieceBlocks), at = random() % (all - n);
      out.insert(out.end(), bytes_.begin() + std::ptrdiff_t(at * block_bytes()), bytes_.begin() + std::ptrdiff_t((at + n) * block_bytes()));
      left -= n;
    }
  }

 private:
  std::size_t block() const { return format_ ? std::size_t(format_->block) : 1; }
  std::size_t block_bytes() const { return format_ ? format_->bytes : sizeof(float); }
  const quant::Format* format_;
  std::vector<std::byte> bytes_;
};

struct Named {
  std::string name;
  std::vector<std::int64_t> shape;
};

std::vector<Named> tensors_of(const Shape& s) {
  const std::int64_t head = s.width / s.heads;
  std::vector<Named> all{{"token_embd.weight", {s.vocabulary, s.width}}, {"output_norm.weight", {s.width}}, {"output.weight", {s.vocabulary, s.width}}};
  for (std::int64_t i = 0; i < s.layers; ++i) {
    const auto add = [&](std::string_view leaf, std::vector<std::int64_t> shape) { all.push_back({fmt::format("blk.{}.{}.weight", i, leaf), std::move(shape)}); };
    add("attn_norm", {s.width});
    add("attn_q", {s.width, s.width});
    add("attn_k", {s.kv_heads * head, s.width});
    add("attn_v", {s.kv_heads * head, s.width});
    add("attn_output", {s.width, s.width});
    add("ffn_norm", {s.width});
    add("ffn_gate", {s.hidden, s.width});
    add("ffn_up", {s.hidden, s.width});
    add("ffn_down", {s.width, s.hidden});
  }
  return all;
}

std::vector<io::GgufEntry> entries_of(const Shape& s, const Recipe& recipe) {
  std::vector<std::string> tokens;
  std::vector<std::int32_t> types(std::size_t(s.vocabulary), 5);  // not used
  for (const char32_t c : text::byte_alphabet()) {
    tokens.emplace_back();
    unicode::append(tokens.back(), c);
    types[tokens.size() - 1] = 1;                                 // ordinary
  }
  tokens.emplace_back("<|endoftext|>");
  types[256] = 3;                                                 // control
  while (std::int64_t(tokens.size()) < s.vocabulary) tokens.push_back(fmt::format("[unused{}]", tokens.size()));
  const auto u32 = [](std::string_view key, std::int64_t value) { return io::gguf_u32(key, std::uint32_t(value)); };
  return {io::gguf_text("general.architecture", "llama"), io::gguf_text("general.name", fmt::format("random {}", s.name)),
          u32("general.file_type", recipe.file_type), u32("general.quantization_version", 2), u32("llama.block_count", s.layers),
          u32("llama.embedding_length", s.width), u32("llama.feed_forward_length", s.hidden), u32("llama.attention.head_count", s.heads),
          u32("llama.attention.head_count_kv", s.kv_heads), u32("llama.context_length", s.context), u32("llama.vocab_size", s.vocabulary),
          u32("llama.rope.dimension_count", s.width / s.heads), io::gguf_f32("llama.attention.layer_norm_rms_epsilon", 1e-5f),
          io::gguf_f32("llama.rope.freq_base", 10'000), io::gguf_text("tokenizer.ggml.model", "gpt2"), io::gguf_text("tokenizer.ggml.pre", "gpt-2"),
          io::gguf_texts("tokenizer.ggml.tokens", tokens), io::gguf_i32s("tokenizer.ggml.token_type", types), io::gguf_texts("tokenizer.ggml.merges", {}),
          u32("tokenizer.ggml.eos_token_id", 256)};
}

}  // namespace

std::span<const Shape> shapes() { return kShapes; }

const Shape* find_shape(std::string_view name) {
  const auto at = std::ranges::find(kShapes, name, &Shape::name);
  return at == std::end(kShapes) ? nullptr : &*at;
}

void write_random(const std::filesystem::path& path, const Shape& shape, std::string_view type, const RandomOptions& options) {
  const Recipe* const recipe = find_recipe(type);
  check(recipe, "type {} cannot be written", type);
  std::map<std::string, std::shared_ptr<const Blocks>> stores;
  std::vector<io::NewTensor> tensors;
  for (Named& named : tensors_of(shape)) {
    const std::uint64_t seed = options.seed * 0x9E3779B97F4A7C15u + tensors.size();
    const std::int64_t width = named.shape.back(), rows = named.shape.size() > 1 ? named.shape[0] : 1;
    const Weight weight{.name = named.name, .rows = rows, .width = width, .layers = shape.layers, .sharing = shape.heads / shape.kv_heads, .tied = false};
    io::NewTensor tensor{named.name, named.shape, "F32", {}};
    if (!is_quantised(weight)) {
      tensor.fill = [ones = std::vector<float>(std::size_t(width), 1.0f)](const io::Put& put) { put(std::as_bytes(std::span(ones))); };
    } else {
      tensor.type = chosen(*recipe, weight).format;
      auto& store = stores[tensor.type];
      if (!store) store = std::make_shared<const Blocks>(tensor.type, options.seed);
      tensor.fill = [blocks = store, seed, rows, width](const io::Put& put) {
        std::mt19937_64 random(seed);
        std::vector<std::byte> piece;
        for (std::int64_t row = 0; row < rows; ++row) {
          blocks->append(std::size_t(width), random, piece);
          if (piece.size() < (std::size_t{4} << 20) && row + 1 < rows) continue;
          put(piece);
          piece.clear();
        }
      };
    }
    tensors.push_back(std::move(tensor));
  }
  io::write_gguf(path, entries_of(shape, *recipe), tensors, {.progress = options.progress, .cancel = options.cancel});
}

}  // namespace maru::convert
