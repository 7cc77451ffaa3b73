// OLMo 2 (OLMo et al. 2024): LLaMA's parts in another order. Nothing is normalised before a sublayer, but what it gives; and queries and
// keys are normalised over all heads at once, before they turn.
#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

struct Attention {
  DecoderSizes s;
  int layer;
  ops::Rope rope;
  nn::Linear query, key, value, out;
  nn::RmsNorm query_norm, key_norm;
  Attention(const nn::Weights& w, const DecoderSizes& s, const ops::Rope& rope, nn::Linear::Bias bias, int layer)
      : s(s), layer(layer), rope(rope), query(w / "q_proj", s.width, s.heads * s.head, bias),
        key(w / "k_proj", s.width, s.kv_heads * s.head, bias), value(w / "v_proj", s.width, s.kv_heads * s.head, bias), out(w / "o_proj", s.heads * s.head, s.width, bias),
        query_norm(w / "q_norm", s.heads * s.head, s.eps), key_norm(w / "k_norm", s.kv_heads * s.head, s.eps) {}
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const std::int64_t n = x.dim(0);
    const Tensor q = ops::rope(query_norm(query(x)).reshape({n, s.heads, s.head}), in.positions, rope);
    const Tensor k = ops::rope(key_norm(key(x)).reshape({n, s.kv_heads, s.head}), in.positions, rope);
    const Tensor v = value(x).reshape({n, s.kv_heads, s.head});
    return out(ops::attention(q, k, v, in.rows, {.causal = true, .layer = layer}, in.caches).reshape({n, s.heads * s.head}));
  }
};

struct Block {
  int layer;
  Attention attention;
  nn::GatedMlp mlp;
  nn::RmsNorm after_attention, after_mlp;
  Block(const nn::Weights& w, const Config& c, const DecoderSizes& s, const ops::Rope& rope, int layer)
      : layer(layer),
        attention(w / "self_attn", s, rope, c.boolean("attention_bias", false) ? nn::Linear::with_bias : nn::Linear::no_bias, layer),
        mlp(w / "mlp", s.width, s.hidden, c.activation("hidden_act", "silu")),
        after_attention(w / "post_attention_layernorm", s.width, s.eps), after_mlp(w / "post_feedforward_layernorm", s.width, s.eps) {}
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const Tensor h = ops::add(x, after_attention(attention(x, in)));
    return tap({"residual", layer}, ops::add(h, after_mlp(mlp(h))));
  }
};

std::vector<Block> blocks_of(const nn::Weights& w, const Config& c, const DecoderSizes& s) {
  const ops::Rope rope = rotary(c, w, s.head);
  std::vector<Block> blocks;
  for (int layer = 0; layer < s.layers; ++layer) blocks.emplace_back(w / "model" / "layers" / layer, c, s, rope, layer);
  return blocks;
}

struct Olmo2 final : Model {
  DecoderSizes s;
  nn::Embedding words;
  std::vector<Block> blocks;
  nn::RmsNorm norm;
  DecoderHeads heads;
  Olmo2(const nn::Weights& w, const Config& c)
      : s(c), words(w / "model" / "embed_tokens", s.vocabulary, s.width), blocks(blocks_of(w, c, s)),
        norm(w / "model" / "norm", s.width, s.eps), heads(w, c, words) {
    check(!c.gguf() || !c.has("sliding_window"), "{}: {} is not supported: {} was published without it", c.metadata().where(),
          c.name("sliding_window"), "OLMo 2");
  }
  Info info() const override {
    Info info = s.info();
    info.answers = heads.answers();
    return info;
  }
  Tensor hidden(const Batch& in) const override {
    Tensor x = tap({"residual", -1}, words(in.ids));
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
    {"model.layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight"},
    {"model.layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight"},
    {"model.layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight"},
    {"model.layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight"},
    {"model.layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight"},
    {"model.layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight"},
    {"model.layers.{}.post_attention_layernorm.weight", "blk.{}.post_attention_norm.weight"},
    {"model.layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight"},
    {"model.layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight"},
    {"model.layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight"},
    {"model.layers.{}.post_feedforward_layernorm.weight", "blk.{}.post_ffw_norm.weight"},
};

}  // namespace

Architecture olmo2() {
  return {.name = "olmo2", .gguf_name = "olmo2", .gguf_tensors = kTensors, .gguf_keys = kDecoderKeys, .prefixes = kDecoderPrefixes,
          .unused = kDecoderUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Olmo2>(w, c); }};
}

}  // namespace maru::models
