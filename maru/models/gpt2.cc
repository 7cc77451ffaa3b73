// GPT-2 (Radford et al. 2019): a decoder with a learned vector for every position, layer norms before attention and feed-forward, and one
// projection for queries, keys and values. Hugging Face stores its weights transposed.
#include <cmath>

#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

struct Parameters {
  int layers;
  std::int64_t width, hidden, heads, vocabulary, positions;
  float eps;
  ops::Activation activation;
  bool scaled, scaled_by_layer;
  explicit Parameters(const Config& c)
      : layers(int(c.integer("n_layer", 1, 1024))), width(c.integer("n_embd", 1, 1 << 20)),
        hidden(c.integer("n_inner", 1, 1 << 22, 4 * width)), heads(c.integer("n_head", 1, 1 << 14)), vocabulary(c.vocabulary()), positions(c.integer("n_positions", 1, 1 << 24)),
        eps(c.positive("layer_norm_epsilon", 1e-5f)), activation(c.activation("activation_function", "gelu_new")),
        scaled(c.boolean("scale_attn_weights", true)), scaled_by_layer(c.boolean("scale_attn_by_inverse_layer_idx", false)) {
    check(width % heads == 0, "{}: {}: a width of {} cannot be shared by {} heads", c.metadata().where(), c.name("n_head"), width, heads);
    check(!c.boolean("add_cross_attention", false), "{}: add_cross_attention is not supported: this program runs gpt2 alone",
          c.metadata().where());
  }
};

struct Attention {
  Parameters c;
  int layer;
  nn::Linear qkv, out;
  Attention(const nn::Weights& w, const Parameters& c, int layer)
      : c(c), layer(layer), qkv(w / "c_attn", c.width, 3 * c.width, nn::Linear::with_bias),
        out(w / "c_proj", c.width, c.width, nn::Linear::with_bias) {}

  // Queries, keys or values: a third of the fused projection.  -> [rows, heads, head]
  Tensor third(const Tensor& x, std::int64_t which) const {
    const std::int64_t begin = which * c.width, end = begin + c.width;
    const Tensor weight = ops::slice(qkv.weight, begin, end), bias = ops::slice(qkv.bias, begin, end);
    return ops::linear(x, weight, bias).reshape({x.dim(0), c.heads, c.width / c.heads});
  }
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const Tensor q = third(x, 0), k = third(x, 1), v = third(x, 2);
    const float scale = (c.scaled ? 1 / std::sqrt(float(c.width / c.heads)) : 1.0f) / (c.scaled_by_layer ? float(layer + 1) : 1.0f);
    return out(ops::attention(q, k, v, in.rows, {.causal = true, .scale = scale, .layer = layer}, in.caches).reshape({x.dim(0), c.width}));
  }
};

struct Block {
  Parameters c;
  int layer;
  nn::LayerNorm before_attention, before_mlp;
  Attention attention;
  nn::Linear up, down;
  Block(const nn::Weights& w, const Parameters& c, int layer)
      : c(c), layer(layer), before_attention(w / "ln_1", c.width, c.eps), before_mlp(w / "ln_2", c.width, c.eps),
        attention(w / "attn", c, layer), up(w / "mlp" / "c_fc", c.width, c.hidden, nn::Linear::with_bias),
        down(w / "mlp" / "c_proj", c.hidden, c.width, nn::Linear::with_bias) {}
  Tensor operator()(const Tensor& x, const Batch& in) const {
    const Tensor h = ops::add(x, attention(before_attention(x), in));
    return tap({"residual", layer}, ops::add(h, down(ops::activate(up(before_mlp(h)), c.activation))));
  }
};

struct Gpt2 final : Model {
  Parameters c;
  nn::Embedding words, positions;
  std::vector<Block> blocks;
  nn::LayerNorm norm;
  DecoderHeads heads;
  Gpt2(const nn::Weights& root, const Config& config) : Gpt2(root, root / "transformer", config) {}
  Gpt2(const nn::Weights& root, const nn::Weights& w, const Config& config)
      : c(config), words(w / "wte", c.vocabulary, c.width), positions(w / "wpe", c.positions, c.width),
        blocks(nn::stack<Block>(w / "h", c.layers, c)), norm(w / "ln_f", c.width, c.eps), heads(root, config, words, true) {}
  Info info() const override {
    return {.layers = c.layers, .width = c.width, .heads = c.heads, .kv_heads = c.heads, .head = c.width / c.heads,
            .vocabulary = c.vocabulary, .context = c.positions, .causal = true, .answers = heads.answers()};
  }
  Tensor hidden(const Batch& in) const override {
    const Tensor word = words(in.ids), position = positions(in.positions);
    Tensor x = tap({"residual", -1}, ops::add(word, position));
    for (const Block& block : blocks) x = block(x, in);
    return norm(x);
  }
  Tensor answer(Head head, const Tensor& h, const ops::Ragged& rows) const override {
    return heads.holds(head) ? heads(head, h, rows) : Model::answer(head, h, rows);
  }
};

using Names = std::pair<std::string_view, std::string_view>;
constexpr Names kTensors[] = {
    {"transformer.wte.weight", "token_embd.weight"},
    {"transformer.wpe.weight", "position_embd.weight"},
    {"transformer.ln_f.weight", "output_norm.weight"},
    {"transformer.ln_f.bias", "output_norm.bias"},
    {"lm_head.weight", "output.weight"},
    {"transformer.h.{}.ln_1.weight", "blk.{}.attn_norm.weight"},
    {"transformer.h.{}.ln_1.bias", "blk.{}.attn_norm.bias"},
    {"transformer.h.{}.attn.c_attn.weight", "blk.{}.attn_qkv.weight"},
    {"transformer.h.{}.attn.c_attn.bias", "blk.{}.attn_qkv.bias"},
    {"transformer.h.{}.attn.c_proj.weight", "blk.{}.attn_output.weight"},
    {"transformer.h.{}.attn.c_proj.bias", "blk.{}.attn_output.bias"},
    {"transformer.h.{}.ln_2.weight", "blk.{}.ffn_norm.weight"},
    {"transformer.h.{}.ln_2.bias", "blk.{}.ffn_norm.bias"},
    {"transformer.h.{}.mlp.c_fc.weight", "blk.{}.ffn_up.weight"},
    {"transformer.h.{}.mlp.c_fc.bias", "blk.{}.ffn_up.bias"},
    {"transformer.h.{}.mlp.c_proj.weight", "blk.{}.ffn_down.weight"},
    {"transformer.h.{}.mlp.c_proj.bias", "blk.{}.ffn_down.bias"},
};
constexpr Names kKeys[] = {
    {"n_layer", "gpt2.block_count"},
    {"n_embd", "gpt2.embedding_length"},
    {"n_inner", "gpt2.feed_forward_length"},
    {"n_head", "gpt2.attention.head_count"},
    {"n_positions", "gpt2.context_length"},
    {"layer_norm_epsilon", "gpt2.attention.layer_norm_epsilon"},
};
constexpr std::string_view kPrefixes[] = {"transformer."};
// A head that is tied anyway, and masks that were once saved too.
constexpr std::string_view kUnused[] = {"lm_head.", "h.{}.attn.bias", "h.{}.attn.masked_bias"};
constexpr std::string_view kTransposed[] = {"transformer.h.{}.attn.c_attn.weight", "transformer.h.{}.attn.c_proj.weight",
                                            "transformer.h.{}.mlp.c_fc.weight", "transformer.h.{}.mlp.c_proj.weight"};

}  // namespace

Architecture gpt2() {
  return {.name = "gpt2", .gguf_name = "gpt2", .gguf_tensors = kTensors, .gguf_keys = kKeys, .prefixes = kPrefixes, .unused = kUnused,
          .transposed = kTransposed,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<Gpt2>(w, c); }};
}

}  // namespace maru::models
