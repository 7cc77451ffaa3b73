#pragma once
// Texts to unit vectors: tokenise, run the encoder on a ragged batch, pool, normalise.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"
#include "maru/engine/pretrained.h"

namespace maru::engine {

struct Embedding {
  std::vector<float> vector;       // unit length
  std::size_t tokens = 0;          // used, special tokens included
  std::size_t truncated = 0;       // cut off at the model's limit
};

// A text as the model reads it.
struct EmbedInput {
  std::vector<std::int32_t> ids;   // special tokens included
  std::size_t truncated = 0;       // tokens cut off at the model's limit
};

struct EmbedOptions {
  // True: "[SEP]" in a text is the token, as the reference does. False: it stays letters, as documents and questions must.
  bool parse_special = true;
  const Cancel* cancel = nullptr;
  OnProgress progress = {};
};

class Embedder {
 public:
  // Opens a model folder or file (an encoder, or a decoder whose last hidden state is pooled). Throws Error.
  explicit Embedder(const std::filesystem::path& model);
  explicit Embedder(std::shared_ptr<const Pretrained> opened);
  ~Embedder();
  Embedder(Embedder&&) noexcept;
  // One per text, in order; equal whatever else is in the call.
  std::vector<Embedding> operator()(std::span<const std::string> texts, const EmbedOptions& options = {}) const;
  // The two halves of that: the tokens of a text, cut at the limit, and the vectors of what was prepared, in one ragged call.
  EmbedInput prepare(std::string_view text, bool parse_special = true) const;
  std::vector<Embedding> encode(std::span<const EmbedInput* const> inputs) const;
  int dimensions() const;
  std::size_t max_tokens() const;               // special tokens included: 256 for all-MiniLM-L6-v2
  const text::Tokenizer& tokenizer() const;
  std::string fingerprint() const;              // sha256 over weights' file identity, pooling, limit: vectors of different fingerprints never mix
  // Share of a text's tokens that are unknown or single letters of a script the vocabulary cannot spell: 0 reads it well, 1 not at all.
  double unreadable(std::string_view text) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::engine
