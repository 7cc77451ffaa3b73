#pragma once
// What retrieval needs of an embedder, as plain functions: a model in the program, a few lines in a test.
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"

namespace maru::engine {
class Embedder;
}

namespace maru::rag {

struct TextEmbedder {
  std::string fingerprint;                                   // vectors of different fingerprints never mix
  std::size_t max_tokens = 256;                              // special tokens left out
  std::function<std::vector<std::vector<float>>(std::span<const std::string>, const Cancel*)> embed;  // unit vectors, in order
  std::function<std::size_t(std::string_view)> tokens;       // special tokens left out
  std::function<double(std::string_view)> unreadable;        // 0 reads the text well, 1 not at all
};

// The embedder must outlive what is returned.
TextEmbedder text_embedder(const engine::Embedder& embedder);

}  // namespace maru::rag
