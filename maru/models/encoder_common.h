#pragma once
// What the files of BERT's family share beside its block: the sizes that config.json calls the same, the sum of embeddings, and heads that
// read a sequence by its first row.
#include <optional>
#include <vector>

#include "maru/models/models.h"
#include "maru/nn/post_norm_block.h"

namespace maru::models {

struct EncoderSizes {
  int layers;
  std::int64_t width, hidden, heads, vocabulary, positions, types, embedding;  // embedding: of a word, before it is projected to the width
  float eps;
  ops::Activation activation;
  explicit EncoderSizes(const Config& c);
  nn::PostNormConfig block() const { return {.width = width, .hidden = hidden, .heads = heads, .eps = eps, .activation = activation}; }
  Info info() const;
};

// Words, types and positions, added and normalised.
struct EncoderEmbeddings {
  nn::Embedding words, positions, types;
  nn::LayerNorm norm;
  EncoderEmbeddings(const nn::Weights& w, const EncoderSizes& c);
  // `first_position`: the row of position 0 in the table.
  Tensor operator()(const Batch& in, std::int32_t first_position = 0) const;
};

// The row of each sequence's first token, [CLS] or <s>.  -> [sequences, width]
Tensor first_rows(const Tensor& hidden, const ops::Ragged& rows);

// Through a dense layer and a norm, then similarity with every word's vector: the head behind masks.
struct MaskedHead {
  nn::Linear dense;
  nn::LayerNorm norm;
  ops::Activation activation;
  Tensor decoder, bias;                                // decoder: the words' own table, or one of the head's
  Tensor operator()(const Tensor& hidden) const {
    return tap({"lm_head"}, ops::linear(norm(ops::activate(dense(hidden), activation)), decoder, bias));
  }
};

// A dense layer, an activation, and a projection to the labels, on each sequence's first row.
struct SequenceHead {
  nn::Linear dense, out;
  ops::Activation activation;
  Tensor operator()(const Tensor& hidden, const ops::Ragged& rows) const { return out(ops::activate(dense(first_rows(hidden, rows)), activation)); }
};

}  // namespace maru::models
