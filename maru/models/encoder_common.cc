// What the files of BERT's family share beside its block.
#include "maru/models/encoder_common.h"

namespace maru::models {

EncoderSizes::EncoderSizes(const Config& c)
    : layers(int(c.integer("num_hidden_layers", 1, 1024))), width(c.integer("hidden_size", 1, 1 << 20)), hidden(c.integer("intermediate_size", 1, 1 << 22)),
      heads(c.integer("num_attention_heads", 1, 1 << 14)), vocabulary(c.vocabulary()), positions(c.integer("max_position_embeddings", 1, 1 << 20)),
      types(c.integer("type_vocab_size", 1, 1 << 16, 2)), embedding(c.integer("embedding_size", 1, 1 << 20, width)),
      eps(c.positive("layer_norm_eps", 1e-12f)), activation(c.activation("hidden_act", "gelu")) {
  c.check_heads(width, heads);
  const std::string_view position = c.string("position_embedding_type", "absolute");
  check(position == "absolute", "{}: position_embedding_type is '{}', expected absolute", c.metadata().where(), position);
}

Info EncoderSizes::info() const {
  return {.layers = layers, .width = width, .heads = heads, .kv_heads = heads, .head = width / heads, .vocabulary = vocabulary, .context = positions};
}

EncoderEmbeddings::EncoderEmbeddings(const nn::Weights& w, const EncoderSizes& c)
    : words(w / "word_embeddings", c.vocabulary, c.embedding), positions(w / "position_embeddings", c.positions, c.embedding),
      types(w / "token_type_embeddings", c.types, c.embedding), norm(w / "LayerNorm", c.embedding, c.eps) {}

Tensor EncoderEmbeddings::operator()(const Batch& in, std::int32_t first_position) const {
  const std::vector<std::int32_t> zeros(in.token_types.empty() ? in.ids.size() : 0);
  std::vector<std::int32_t> places(in.positions.begin(), in.positions.end());
  for (std::int32_t& place : places) place += first_position;
  const Tensor word = words(in.ids), position = positions(places), type = types(in.token_types.empty() ? zeros : in.token_types);
  return norm(ops::add(ops::add(word, type), position));
}

Tensor first_rows(const Tensor& hidden, const ops::Ragged& rows) {
  return ops::gather(hidden, std::span(rows.start).first(std::size_t(rows.sequences())));
}

}  // namespace maru::models
