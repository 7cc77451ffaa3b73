// Gemma 3 (Gemma Team 2025), its text part: norms before and after both sublayers, heads normalised before they turn, and of every few
// layers only the last sees the whole text, with slower positions; the others see a window.
#include <bit>
#include <cmath>

#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

// safetensors hold gains less 1; GGUF's converter has added it.
nn::RmsNorm::Gain gain(const Config& c) { return c.gguf() ? nn::RmsNorm::stored : nn::RmsNorm::one_plus; }

struct Block {
  int layer;
  nn::RmsNorm before_attention, after_attention, before_mlp, after_mlp;
  nn::GroupedAttention attention;
  nn::GatedMlp mlp;
  Block(const nn::Weights& w, const Config& c, const DecoderSizes& s, const nn::GroupedConfig& attention, int layer)
      : layer(layer), before_attention(w / "input_layernorm", s.width, s.eps, gain(c)),
        after_attention(w / "post_attention_layernorm", s.width, s.eps, gain(c)),
        before_mlp(w / "pre_feedforward_layernorm", s.width, s.eps, gain(c)),
        after_mlp(w / "post_feedforward_layernorm", s.width, s.eps, gain(c)),
        attention(w / "self_attn", attention, layer),
        mlp(w / "mlp", s.width, s.hidden, c.activation("hidden_activation", "gelu_pytorch_tanh")) {}
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const Tensor h = ops::add(x, after_attention(attention(before_attention(x), in.positions, in.rows, in.caches)));
    return tap({"residual", layer}, ops::add(h, after_mlp(mlp(before_mlp(h)))));
  }
};

// One over the root of what config.json names. GGUF names nothing: it is a head's size, but for the largest model, with 62 layers.
float score_scale(const Config& c, const DecoderSizes& s) {
  if (c.gguf()) return 1 / std::sqrt(float(s.layers == 62 ? s.width / s.heads : s.head));
  return 1 / std::sqrt(c.positive("query_pre_attn_scalar", 256));
}

// A checkpoint kept in bfloat16 scales its words by a number of that precision, as it was trained.
float word_scale(const Config& c, std::int64_t width) {
  const float scale = std::sqrt(float(width));
  if (c.string("dtype", c.string("torch_dtype", "float32")) != "bfloat16") return scale;
  const auto bits = std::bit_cast<std::uint32_t>(scale);
  return std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000);  // to the nearest, ties to even
}

// Every sixth layer sees the whole text, or as a number or a list of flags in the file says.
std::function<bool(int)> sliding(const Config& c, int layers) {
  const io::Value* const found = c.metadata().find(c.name("sliding_window_pattern"));
  if (const auto* flags = found ? std::get_if<std::vector<std::int64_t>>(found) : nullptr) {
    check(std::ssize(*flags) >= layers, "{}: {} names {} layers, expected {}", c.metadata().where(), c.name("sliding_window_pattern"),
          flags->size(), layers);
    return [flags = *flags](int layer) { return flags[std::size_t(layer)] != 0; };
  }
  return [pattern = c.integer("sliding_window_pattern", 1, 1024, 6)](int layer) { return (layer + 1) % pattern != 0; };
}

std::vector<Block> blocks_of(const nn::Weights& w, const Config& c, const DecoderSizes& s) {
  nn::GroupedConfig attention = s.attention();
  attention.scale = score_scale(c, s);
  attention.bias = attention.out_bias = c.boolean("attention_bias", false) ? nn::Linear::with_bias : nn::Linear::no_bias;
  attention.head_norm_eps = s.eps;
  attention.head_norm_gain = gain(c);
  const ops::Rope whole = rotary(c, w, s.head, {.places = {"rope_parameters.full_attention.", "rope_scaling."}, .theta = 1e6f});
  const ops::Rope local = rotary(c, w, s.head, {.places = {"rope_parameters.sliding_attention."}, .theta_key = "rope_local_base_freq"});
  const std::int64_t size = c.integer("sliding_window", 0, 1 << 24, c.gguf() ? 0 : 4096);
  const std::vector<std::int64_t> window = windows(c, s.layers, size, sliding(c, s.layers));
  std::vector<Block> blocks;
  for (int layer = 0; layer < s.layers; ++layer) {
    attention.window = window[std::size_t(layer)];
    attention.rope = attention.window > 0 ? local : whole;
    blocks.emplace_back(w / "model" / "layers" / layer, c, s, attention, layer);
  }
  return blocks;
}

// What the configurations of models that also see leave out.
constexpr DecoderSizes::Otherwise kOtherwise{.heads = 8, .kv_heads = 4, .head = 256, .vocabulary = 262208, .context = 131072, .eps = 1e-6f};

struct Gemma3 final : Model {
  DecoderSizes s;
  float scale;
  nn::Embedding words;
  std::vector<Block> blocks;
  nn::RmsNorm norm;
  DecoderHeads heads;
  Gemma3(const nn::Weights& w, const Config& c)
      : s(c, kOtherwise), scale(word_scale(c, s.width)), words(w / "model" / "embed_tokens", s.vocabulary, s.width),
        blocks(blocks_of(w, c, s)), norm(w / "model" / "norm", s.width, s.eps, gain(c)), heads(w, c, words, true) {
    check(!c.boolean("use_bidirectional_attention", false),
          "{}: use_bidirectional_attention is not supported: this program runs gemma3 as a decoder",
          c.metadata().where());
    for (const std::string_view key : {"attn_logit_softcapping", "final_logit_softcapping"})
      check(!c.has(key), "{}: {} is not supported: {} was published without it", c.metadata().where(), c.name(key), "Gemma 3");
  }
  Info info() const override {
    Info info = s.info();
    info.answers = heads.answers();
    return info;
  }
  Tensor hidden(const Batch& in) const override {
    Tensor x = tap({"residual", -1}, ops::scale(words(in.ids), scale));
    for (const Block& block : blocks) x = block(x, in);
    return norm(x);
  }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    return heads.holds(head) ? heads(head, h, rows) : Model::answer(head, h, rows);
  }
};

using Names = std::pair<std::string_view, std::string_view>;
constexpr Names kTensors[] = {
    {"model.embed_tokens.weight", "token_embd.weight"},
    {"model.norm.weight", "output_norm.weight"},
    {"lm_head.weight", "output.weight"},
    {"model.layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight"},
    {"model.layers.{}.post_attention_layernorm.weight", "blk.{}.post_attention_norm.weight"},
    {"model.layers.{}.pre_feedforward_layernorm.weight", "blk.{}.ffn_norm.weight"},
    {"model.layers.{}.post_feedforward_layernorm.weight", "blk.{}.post_ffw_norm.weight"},
    {"model.layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight"},
    {"model.layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight"},
    {"model.layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight"},
    {"model.layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight"},
    {"model.layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight"},
    {"model.layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight"},
    {"model.layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight"},
    {"model.layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight"},
    {"model.layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight"},
};
constexpr std::string_view kAliases[] = {"gemma3"};
// A model that also sees: its decoder's tensors have a prefix, and those of its eyes are not run.
constexpr std::string_view kPrefixes[] = {"language_model.model.", "model.language_model.", "language_model.", "model."};
constexpr GgufChange kChanges[] = {{"norm.weight", GgufChange::plus_one}};
constexpr std::string_view kUnused[] = {"lm_head.", "vision_tower.", "multi_modal_projector."};

}  // namespace

Architecture gemma3() {
  return {.name = "gemma3_text", .aliases = kAliases, .gguf_name = "gemma3", .gguf_tensors = kTensors, .gguf_keys = kDecoderKeys,
          .prefixes = kPrefixes, .unused = kUnused, .gguf_changes = kChanges,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Gemma3>(w, c); }};
}

}  // namespace maru::models
