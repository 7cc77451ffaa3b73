// T5 (Raffel et al. 2020) and its version 1.1: an encoder and a decoder with RMS norms before each part. Positions are told by a learned
// bias on the scores, by distance; the first block of each side holds it and the others use it too. Scores are not divided by the root of
// the head's size. Version 1.1 feeds forward through a gate and has an output head of its own.
#include <algorithm>
#include <cmath>
#include <optional>

#include "maru/models/models.h"
#include "maru/nn/attention.h"

namespace maru::models {
namespace {

constexpr nn::Projections kProjections{"q", "k", "v", "o", nn::Linear::no_bias, nn::Linear::no_bias};

struct Parameters {
  int encoder_layers, decoder_layers;
  std::int64_t width, head, hidden, heads, vocabulary, context, buckets, max_distance;
  float eps;
  bool gated;
  ops::Activation activation;
  std::int32_t start;
  Parameters(const Config& c, bool file_has_gates)
      : encoder_layers(int(c.integer("num_layers", 1, 1024))),
        decoder_layers(int(c.integer("num_decoder_layers", 1, 1024, encoder_layers))),
        width(c.integer("d_model", 1, 1 << 20)), head(c.integer("d_kv", 1, 1 << 14)), hidden(c.integer("d_ff", 1, 1 << 22)),
        heads(c.integer("num_heads", 1, 1 << 14)), vocabulary(c.vocabulary()), context(c.integer("n_positions", 1, 1 << 24, 512)),
        buckets(c.integer("relative_attention_num_buckets", 4, 1 << 16, 32)),
        max_distance(c.integer("relative_attention_max_distance", buckets / 2 + 1, 1 << 24, 128)),
        eps(c.positive("layer_norm_epsilon", 1e-6f)), gated(file_has_gates),
        activation(gated ? ops::Activation::gelu_tanh : ops::Activation::relu),
        start(std::int32_t(c.integer("decoder_start_token_id", 0, 1 << 24, 0))) {
    if (c.gguf()) return;  // which tells the two kinds of feed-forward apart by their tensors only
    const std::string_view name = c.string("feed_forward_proj", "relu");
    gated = name.starts_with("gated-");
    // The first files of version 1.1 say gelu and mean its approximation.
    activation = name == "gated-gelu" ? ops::Activation::gelu_tanh
                                      : c.activation_named(gated ? name.substr(6) : name, "feed_forward_proj");
  }
};

struct FeedForward {
  std::optional<nn::Linear> gate;
  nn::Linear up, down;
  ops::Activation activation;
  FeedForward(const nn::Weights& w, const Parameters& c)
      : up(w / (c.gated ? "wi_1" : "wi"), c.width, c.hidden), down(w / "wo", c.hidden, c.width), activation(c.activation) {
    if (c.gated) gate.emplace(w / "wi_0", c.width, c.hidden);
  }
  Tensor operator()(const Tensor& x) const {
    if (!gate) return down(ops::activate(up(x), activation));
    const Tensor g = ops::activate((*gate)(x), activation), u = up(x);
    return down(ops::multiply(g, u));
  }
};

struct Block {
  int layer;
  bool decodes;
  nn::RmsNorm own_norm;
  nn::Attention own;
  std::optional<nn::RmsNorm> cross_norm;
  std::optional<nn::Attention> cross;
  nn::RmsNorm feed_norm;
  FeedForward feed;
  Block(const nn::Weights& w, const Parameters& c, int layer, bool decodes)
      : layer(layer), decodes(decodes), own_norm(w / "layer.0.layer_norm", c.width, c.eps),
        own(w / "layer.0.SelfAttention", kProjections, c.width, c.heads, c.head),
        feed_norm(w / (decodes ? "layer.2.layer_norm" : "layer.1.layer_norm"), c.width, c.eps),
        feed(w / (decodes ? "layer.2.DenseReluDense" : "layer.1.DenseReluDense"), c) {
    if (!decodes) return;
    cross_norm.emplace(w / "layer.1.layer_norm", c.width, c.eps);
    cross.emplace(w / "layer.1.EncDecAttention", kProjections, c.width, c.heads, c.head);
  }
  Tensor operator()(Tensor x, const Batch& in, const ops::Bias& bias) const {
    const std::string_view name = decodes ? "decoder.attention" : "encoder.attention";
    const ops::Attend to_own{.causal = decodes, .scale = 1, .layer = layer, .bias = bias, .name = name};
    x = ops::add(x, own(own_norm(x), in.rows, to_own, in.caches));
    if (cross) {
      const ops::Attend to_memory{.causal = false, .scale = 1, .layer = layer, .name = "cross_attention"};
      const Tensor read = cross->cross((*cross_norm)(x), in.rows, in.memory->hidden, in.memory->rows, to_memory, in.memory->caches);
      x = ops::add(x, read);
    }
    return ops::add(x, feed(feed_norm(x)));
  }
};

struct Stack {
  bool decodes;
  std::int64_t max_distance;
  Tensor biases;                                       // [buckets, heads]
  std::vector<Block> blocks;
  nn::RmsNorm norm;
  Stack(const nn::Weights& w, const Parameters& c, bool decodes)
      : decodes(decodes), max_distance(c.max_distance),
        biases(w.get("block.0.layer.0.SelfAttention.relative_attention_bias.weight", {c.buckets, c.heads})),
        norm(w / "final_layer_norm", c.width, c.eps) {
    const int layers = decodes ? c.decoder_layers : c.encoder_layers;
    for (int i = 0; i < layers; ++i) blocks.emplace_back(w / "block" / i, c, i, decodes);
  }
  Tensor operator()(Tensor x, const Batch& in) const {
    const std::string_view residual = decodes ? "decoder.residual" : "encoder.residual";
    const std::int64_t positions = in.positions.empty() ? 0 : *std::ranges::max_element(in.positions) + 1;
    const ops::Bias bias = ops::relative_bias(biases, positions, {.bidirectional = !decodes, .max_distance = max_distance});
    x = tap({residual, -1}, x);
    for (const Block& block : blocks) x = tap({residual, block.layer}, block(x, in, bias));
    return norm(x);
  }
};

// Files keep the words' table under any of these names.
nn::Embedding words_of(const nn::Weights& w, const Parameters& c) {
  std::string_view name = "shared";
  for (const std::string_view one_side : {"encoder.embed_tokens", "decoder.embed_tokens"})
    if (!(w / name).has("weight") && (w / one_side).has("weight")) name = one_side;
  return nn::Embedding(w / name, c.vocabulary, c.width);
}

struct T5 final : Model {
  Parameters c;
  nn::Embedding words;
  Stack encoder, decoder;
  std::optional<nn::Linear> head;                      // none when it is tied to the words
  float output_scale;
  T5(const nn::Weights& w, const Config& config)
      : c(config, w.has("encoder.block.0.layer.1.DenseReluDense.wi_0.weight")), words(words_of(w, c)), encoder(w / "encoder", c, false),
        decoder(w / "decoder", c, true) {
    // The first version ties its head and scales what goes into it; 1.1 does neither. Files say it in either of two keys.
    const bool first_version = config.gguf() ? !w.has("lm_head.weight")
                                             : config.boolean("scale_decoder_outputs", config.boolean("tie_word_embeddings", true));
    output_scale = first_version ? 1 / std::sqrt(float(c.width)) : 1.0f;
    if (!first_version && w.has("lm_head.weight")) head.emplace(w / "lm_head", c.width, c.vocabulary);
  }
  Info info() const override {
    return {.layers = c.decoder_layers, .width = c.width, .heads = c.heads, .kv_heads = c.heads, .head = c.head, .vocabulary = c.vocabulary,
            .context = c.context, .encoder_decoder = true, .answers = {Head::vocabulary}, .encoder_layers = c.encoder_layers,
            .decoder_start = c.start, .unbounded = true};
  }
  Tensor encode(const Batch& in) const override { return encoder(words(in.ids), in); }
  Tensor hidden(const Batch& in) const override {
    check(in.memory, "this model's decoder writes about what its encoder has read: encode a text first and hand in its memory");
    return decoder(words(in.ids), in);
  }
  Tensor answer(Head which, const Tensor& h, const ops::Ragged& rows) const override {
    if (which != Head::vocabulary) return Model::answer(which, h, rows);
    const Tensor scaled = output_scale == 1 ? h : ops::scale(h, output_scale);
    return head ? (*head)(scaled) : words.unembed(scaled);
  }
};

constexpr std::string_view kUnused[] = {"encoder.embed_tokens.", "decoder.embed_tokens.", "lm_head.",
                                        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.", "dec.blk.0.cross_attn_rel_b."};

using Names = std::pair<std::string_view, std::string_view>;
constexpr Names kTensors[] = {
    {"shared.weight", "token_embd.weight"},
    {"lm_head.weight", "output.weight"},
    {"encoder.final_layer_norm.weight", "enc.output_norm.weight"},
    {"encoder.block.{}.layer.0.layer_norm.weight", "enc.blk.{}.attn_norm.weight"},
    {"encoder.block.{}.layer.0.SelfAttention.q.weight", "enc.blk.{}.attn_q.weight"},
    {"encoder.block.{}.layer.0.SelfAttention.k.weight", "enc.blk.{}.attn_k.weight"},
    {"encoder.block.{}.layer.0.SelfAttention.v.weight", "enc.blk.{}.attn_v.weight"},
    {"encoder.block.{}.layer.0.SelfAttention.o.weight", "enc.blk.{}.attn_o.weight"},
    {"encoder.block.{}.layer.0.SelfAttention.relative_attention_bias.weight", "enc.blk.{}.attn_rel_b.weight"},
    {"encoder.block.{}.layer.1.layer_norm.weight", "enc.blk.{}.ffn_norm.weight"},
    {"encoder.block.{}.layer.1.DenseReluDense.wi.weight", "enc.blk.{}.ffn_up.weight"},
    {"encoder.block.{}.layer.1.DenseReluDense.wi_0.weight", "enc.blk.{}.ffn_gate.weight"},
    {"encoder.block.{}.layer.1.DenseReluDense.wi_1.weight", "enc.blk.{}.ffn_up.weight"},
    {"encoder.block.{}.layer.1.DenseReluDense.wo.weight", "enc.blk.{}.ffn_down.weight"},
    {"decoder.final_layer_norm.weight", "dec.output_norm.weight"},
    {"decoder.block.{}.layer.0.layer_norm.weight", "dec.blk.{}.attn_norm.weight"},
    {"decoder.block.{}.layer.0.SelfAttention.q.weight", "dec.blk.{}.attn_q.weight"},
    {"decoder.block.{}.layer.0.SelfAttention.k.weight", "dec.blk.{}.attn_k.weight"},
    {"decoder.block.{}.layer.0.SelfAttention.v.weight", "dec.blk.{}.attn_v.weight"},
    {"decoder.block.{}.layer.0.SelfAttention.o.weight", "dec.blk.{}.attn_o.weight"},
    {"decoder.block.{}.layer.0.SelfAttention.relative_attention_bias.weight", "dec.blk.{}.attn_rel_b.weight"},
    {"decoder.block.{}.layer.1.layer_norm.weight", "dec.blk.{}.cross_attn_norm.weight"},
    {"decoder.block.{}.layer.1.EncDecAttention.q.weight", "dec.blk.{}.cross_attn_q.weight"},
    {"decoder.block.{}.layer.1.EncDecAttention.k.weight", "dec.blk.{}.cross_attn_k.weight"},
    {"decoder.block.{}.layer.1.EncDecAttention.v.weight", "dec.blk.{}.cross_attn_v.weight"},
    {"decoder.block.{}.layer.1.EncDecAttention.o.weight", "dec.blk.{}.cross_attn_o.weight"},
    {"decoder.block.{}.layer.2.layer_norm.weight", "dec.blk.{}.ffn_norm.weight"},
    {"decoder.block.{}.layer.2.DenseReluDense.wi.weight", "dec.blk.{}.ffn_up.weight"},
    {"decoder.block.{}.layer.2.DenseReluDense.wi_0.weight", "dec.blk.{}.ffn_gate.weight"},
    {"decoder.block.{}.layer.2.DenseReluDense.wi_1.weight", "dec.blk.{}.ffn_up.weight"},
    {"decoder.block.{}.layer.2.DenseReluDense.wo.weight", "dec.blk.{}.ffn_down.weight"},
};
constexpr Names kKeys[] = {
    {"num_layers", "t5.block_count"},
    {"num_decoder_layers", "t5.decoder_block_count"},
    {"d_model", "t5.embedding_length"},
    {"d_kv", "t5.attention.key_length"},
    {"d_ff", "t5.feed_forward_length"},
    {"num_heads", "t5.attention.head_count"},
    {"n_positions", "t5.context_length"},
    {"layer_norm_epsilon", "t5.attention.layer_norm_rms_epsilon"},
    {"relative_attention_num_buckets", "t5.attention.relative_buckets_count"},
    {"decoder_start_token_id", "t5.decoder_start_token_id"},
};

}  // namespace

Architecture t5() {
  return {.name = "t5", .gguf_name = "t5", .gguf_tensors = kTensors, .gguf_keys = kKeys, .unused = kUnused,
          .make = [](const nn::Weights& w, const Config& c) -> std::unique_ptr<Model> { return std::make_unique<T5>(w, c); }};
}

}  // namespace maru::models
