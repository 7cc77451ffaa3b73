#pragma once
// What BART and Marian share: an encoder and a decoder of post-norm blocks with the names of fairseq's files. Embeddings are their own.
#include <optional>

#include "maru/models/models.h"
#include "maru/nn/post_norm_decoder_block.h"

namespace maru::models {

struct TranslatorSizes {
  int encoder_layers, decoder_layers;
  std::int64_t width, encoder_heads, decoder_heads, encoder_hidden, decoder_hidden, vocabulary, positions;
  ops::Activation activation;
  float word_scale;                                    // of a word's vector before its position is added
  std::int32_t start, padding, end;                    // ids: what the decoder starts with, …
  explicit TranslatorSizes(const Config& c);
  nn::PostNormConfig encoder_block() const;
  nn::PostNormDecoderConfig decoder_block() const;
  Info info() const;
};

constexpr float kTranslatorEps = 1e-5f;                // of every norm; no file says another

// The table that both sides read, the padding unlearned. Some files keep it under the name of one side only.
nn::Embedding shared_words(const nn::Weights& w, const TranslatorSizes& c);

struct TranslatorBlocks {
  std::vector<nn::PostNormBlock> encoder;
  std::vector<nn::PostNormDecoderBlock> decoder;
  TranslatorBlocks(const nn::Weights& w, const TranslatorSizes& c);
  Tensor encode(Tensor x, const ops::Ragged& rows) const;
  Tensor decode(Tensor x, const Batch& in) const;      // throws Error when the batch brings no memory
};

// Similarity with every word's vector, plus a fixed number per word.
struct TranslatorHead {
  Tensor words, bias;                                  // bias: empty where a file has none
  TranslatorHead(const nn::Weights& w, const Config& config, const Tensor& words);
  Tensor operator()(const Tensor& hidden) const { return tap({"lm_head"}, ops::linear(hidden, words, bias)); }
};

// Throws Error unless the decoder's batch brings what the encoder gave.
const Memory& memory_of(const Batch& in);

}  // namespace maru::models
