// LLaMA (Touvron et al. 2023) and what has its shape: SmolLM2, Mistral without a window. A decoder: each block adds attention, then a
// gated feed-forward, to a residual stream; RMS norms before both; positions by rotation.
#include "maru/models/models.h"

namespace maru::models {
namespace {

struct Parameters {
  int layers;
  std::int64_t width, hidden, heads, kv_heads, head, vocabulary, context;
  float eps, theta;
  bool tied, interleaved;
  explicit Parameters(const Config& c)
      : layers(int(c.integer("num_hidden_layers", 1, 1024))), width(c.integer("hidden_size", 1, 1 << 20)),
        hidden(c.integer("intermediate_size", 1, 1 << 22)), heads(c.integer("num_attention_heads", 1, 1 << 14)),
        kv_heads(c.integer("num_key_value_heads", 1, 1 << 14, heads)), head(c.integer("head_dim", 2, 1 << 14, width / heads)),
        vocabulary(c.vocabulary()),
        context(c.integer("max_position_embeddings", 1, 1 << 24)), eps(c.positive("rms_norm_eps")), theta(c.positive("rope_theta", 10000)),
        tied(c.boolean("tie_word_embeddings", false)),
        interleaved(c.gguf()) {  // GGUF's converter permutes q and k of this family, so that pairs lie side by side
    check(heads % kv_heads == 0, "{}: {}: {} heads cannot share {} key-value heads evenly", c.metadata().where(),
          c.name("num_key_value_heads"), heads, kv_heads);
    check(head % 2 == 0 && (c.has("head_dim") || width % heads == 0), "{}: {}: a width of {} over {} heads leaves no even head",
          c.metadata().where(), c.name("num_attention_heads"), width, heads);
    if (!c.gguf()) {
      const std::string_view activation = c.string("hidden_act", "silu");
      check(activation == "silu", "{}: hidden_act is '{}', expected silu", c.metadata().where(), activation);
      check(!c.has("rope_scaling.rope_type") && !c.has("rope_scaling.type"), "{}: rope_scaling is not supported yet", c.metadata().where());
      check(!c.boolean("attention_bias", false) && !c.boolean("mlp_bias", false), "{}: biases are not supported in llama yet", c.metadata().where());
    } else {
      check(c.string("rope_scaling", "none") == "none", "{}: llama.rope.scaling.type is not supported yet", c.metadata().where());
    }
  }
};

struct Attention {
  Parameters c;
  int layer;
  nn::Linear q, k, v, out;
  Attention(const nn::Weights& w, const Parameters& c, int layer)
      : c(c), layer(layer), q(w / "q_proj", c.width, c.heads * c.head), k(w / "k_proj", c.width, c.kv_heads * c.head),
        v(w / "v_proj", c.width, c.kv_heads * c.head), out(w / "o_proj", c.heads * c.head, c.width) {}

  Tensor operator()(const Tensor& x, const Batch& in) const {
    const std::int64_t n = x.dim(0);
    const ops::Rope rope{.theta = c.theta, .interleaved = c.interleaved};
    const Tensor qs = ops::rope(q(x).reshape({n, c.heads, c.head}), in.positions, rope);
    const Tensor ks = ops::rope(k(x).reshape({n, c.kv_heads, c.head}), in.positions, rope);
    const Tensor vs = v(x).reshape({n, c.kv_heads, c.head});
    return out(ops::attention(qs, ks, vs, in.rows, {.causal = true, .layer = layer}, in.caches).reshape({n, c.heads * c.head}));
  }
};

struct Mlp {
  nn::Linear gate, up, down;
  Mlp(const nn::Weights& w, const Parameters& c)
      : gate(w / "gate_proj", c.width, c.hidden), up(w / "up_proj", c.width, c.hidden), down(w / "down_proj", c.hidden, c.width) {}
  Tensor operator()(const Tensor& x) const {
    const Tensor g = gate(x), u = up(x);
    return down(ops::swiglu(g, u));
  }
};

struct Block {
  int layer;
  nn::RmsNorm before_attention, before_mlp;
  Attention attention;
  Mlp mlp;
  Block(const nn::Weights& w, const Parameters& c, int layer)
      : layer(layer), before_attention(w / "input_layernorm", c.width, c.eps), before_mlp(w / "post_attention_layernorm", c.width, c.eps),
        attention(w / "self_attn", c, layer), mlp(w / "mlp", c) {}
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const Tensor h = ops::add(x, attention(before_attention(x), in));
    return tap({"residual", layer}, ops::add(h, mlp(before_mlp(h))));
  }
};

struct Llama final : Model {
  Parameters c;
  nn::Embedding embed;
  std::vector<Block> blocks;
  nn::RmsNorm norm;
  std::vector<nn::Linear> head;  // none when it is tied to the embedding
  Llama(const nn::Weights& w, const Config& config)
      : c(config), embed(w / "model" / "embed_tokens", c.vocabulary, c.width), blocks(nn::stack<Block>(w / "model" / "layers", c.layers, c)),
        norm(w / "model" / "norm", c.width, c.eps) {
    if (!c.tied && w.has("lm_head.weight")) head.emplace_back(w / "lm_head", c.width, c.vocabulary);
  }
  Info info() const override {
    return {.layers = c.layers, .width = c.width, .heads = c.heads, .kv_heads = c.kv_heads, .head = c.head, .vocabulary = c.vocabulary,
            .context = c.context, .causal = true, .answers = {Head::vocabulary}};
  }
  Tensor hidden(const Batch& in) const override {
    Tensor x = embed(in.ids);
    for (const Block& block : blocks) x = block(x, in);
    return norm(x);
  }
  Tensor answer(Head which, const Tensor& h, const ops::Ragged& rows) const override {
    if (which != Head::vocabulary) return Model::answer(which, h, rows);
    return head.empty() ? embed.unembed(h) : head[0](h);
  }
};

using Names = std::pair<std::string_view, std::string_view>;
constexpr Names kTensors[] = {
    {"model.embed_tokens.weight", "token_embd.weight"},
    {"model.norm.weight", "output_norm.weight"},
    {"lm_head.weight", "output.weight"},
    {"model.layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight"},
    {"model.layers.{}.post_attention_layernorm.weight", "blk.{}.ffn_norm.weight"},
    {"model.layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight"},
    {"model.layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight"},
    {"model.layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight"},
    {"model.layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight"},
    {"model.layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight"},
    {"model.layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight"},
    {"model.layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight"},
};
constexpr Names kKeys[] = {
    {"num_hidden_layers", "llama.block_count"},
    {"hidden_size", "llama.embedding_length"},
    {"intermediate_size", "llama.feed_forward_length"},
    {"num_attention_heads", "llama.attention.head_count"},
    {"num_key_value_heads", "llama.attention.head_count_kv"},
    {"head_dim", "llama.attention.key_length"},
    {"max_position_embeddings", "llama.context_length"},
    {"rms_norm_eps", "llama.attention.layer_norm_rms_epsilon"},
    {"rope_theta", "llama.rope.freq_base"},
    {"rope_scaling", "llama.rope.scaling.type"},
};

}  // namespace

Architecture llama() {
  return {.name = "llama", .gguf_name = "llama", .gguf_tensors = kTensors, .gguf_keys = kKeys,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Llama>(w, c); }};
}

}  // namespace maru::models
