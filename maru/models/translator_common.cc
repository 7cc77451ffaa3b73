// What BART and Marian share beside their blocks.
#include "maru/models/translator_common.h"

#include <cmath>

namespace maru::models {
namespace {

std::int64_t heads_of(const Config& c, std::string_view key, std::int64_t width) {
  const std::int64_t heads = c.integer(key, 1, 1 << 14);
  check(width % heads == 0, "{}: {}: a width of {} cannot be shared by {} heads", c.metadata().where(), c.name(key), width, heads);
  return heads;
}

}  // namespace

TranslatorSizes::TranslatorSizes(const Config& c)
    : encoder_layers(int(c.integer("encoder_layers", 1, 1024))), decoder_layers(int(c.integer("decoder_layers", 1, 1024))),
      width(c.integer("d_model", 1, 1 << 20)), encoder_heads(heads_of(c, "encoder_attention_heads", width)),
      decoder_heads(heads_of(c, "decoder_attention_heads", width)), encoder_hidden(c.integer("encoder_ffn_dim", 1, 1 << 22)),
      decoder_hidden(c.integer("decoder_ffn_dim", 1, 1 << 22)), vocabulary(c.vocabulary()),
      positions(c.integer("max_position_embeddings", 1, 1 << 20)), activation(c.activation("activation_function", "gelu")),
      word_scale(c.boolean("scale_embedding", false) ? std::sqrt(float(width)) : 1.0f),
      start(std::int32_t(c.integer("decoder_start_token_id", 0, 1 << 24, -1))),
      padding(std::int32_t(c.integer("pad_token_id", 0, 1 << 24, -1))), end(std::int32_t(c.integer("eos_token_id", 0, 1 << 24, -1))) {
  check(!c.boolean("normalize_before", false) && !c.boolean("add_final_layer_norm", false),
        "{}: normalize_before or add_final_layer_norm is set; this program knows these models with norms behind each part only",
        c.metadata().where());
}

nn::PostNormConfig TranslatorSizes::encoder_block() const {
  return {.width = width, .hidden = encoder_hidden, .heads = encoder_heads, .eps = kTranslatorEps, .activation = activation,
          .names = nn::kTranslatorNames, .tap = "encoder.attention"};
}

nn::PostNormDecoderConfig TranslatorSizes::decoder_block() const {
  return {.width = width, .hidden = decoder_hidden, .heads = decoder_heads, .eps = kTranslatorEps, .activation = activation};
}

Info TranslatorSizes::info() const {
  return {.layers = decoder_layers, .width = width, .heads = decoder_heads, .kv_heads = decoder_heads, .head = width / decoder_heads,
          .vocabulary = vocabulary, .context = positions, .encoder_decoder = true, .encoder_layers = encoder_layers,
          .decoder_start = start};
}

nn::Embedding shared_words(const nn::Weights& w, const TranslatorSizes& c) {
  std::string_view name = "shared";
  for (const std::string_view one_side : {"encoder.embed_tokens", "decoder.embed_tokens"})
    if (!(w / name).has("weight") && (w / one_side).has("weight")) name = one_side;
  nn::Embedding words(w / name, c.vocabulary, c.width);
  words.unlearned = c.padding;
  return words;
}

TranslatorBlocks::TranslatorBlocks(const nn::Weights& w, const TranslatorSizes& c)
    : encoder(nn::stack<nn::PostNormBlock>(w / "encoder" / "layers", c.encoder_layers, c.encoder_block())),
      decoder(nn::stack<nn::PostNormDecoderBlock>(w / "decoder" / "layers", c.decoder_layers, c.decoder_block())) {}

Tensor TranslatorBlocks::encode(Tensor x, const ops::Ragged& rows) const {
  x = tap({"encoder.residual", -1}, x);
  for (std::size_t i = 0; i < encoder.size(); ++i) x = tap({"encoder.residual", int(i)}, encoder[i](x, rows));
  return x;
}

Tensor TranslatorBlocks::decode(Tensor x, const Batch& in) const {
  const Memory& memory = memory_of(in);
  x = tap({"decoder.residual", -1}, x);
  for (std::size_t i = 0; i < decoder.size(); ++i)
    x = tap({"decoder.residual", int(i)}, decoder[i](x, in.rows, in.caches, memory.hidden, memory.rows, memory.caches));
  return x;
}

TranslatorHead::TranslatorHead(const nn::Weights& w, const Config& config, const Tensor& table) : words(table) {
  const std::int64_t vocabulary = table.dim(0), width = table.dim(1);
  if (!config.boolean("tie_word_embeddings", true) && w.has("lm_head.weight")) words = w.get("lm_head.weight", {vocabulary, width});
  // A number that came with the file and is never learned.
  if (w.has("final_logits_bias")) bias = w.get("final_logits_bias", {1, vocabulary}).decoded().reshape({vocabulary}).set_trainable(false);
}

const Memory& memory_of(const Batch& in) {
  check(in.memory, "this model's decoder writes about what its encoder has read: encode a text first and hand in its memory");
  return *in.memory;
}

}  // namespace maru::models
