#pragma once
// Which sentence of which passage supports a sentence of the answer, and how well: words, numbers and embedding together.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/rag/store.h"
#include "maru/rag/text_embedder.h"

namespace maru::rag {

// A sentence of a passage, by code points of its document's text: quote == text[start:end].
struct Evidence {
  std::size_t passage = 0;       // index into the passages given
  std::size_t start = 0, end = 0;
  std::string quote;
};
struct Support {
  Evidence evidence;
  double score = 0;              // 0 … 1
  double words = 0;              // share of the sentence's words, by weight, that the evidence holds
  std::optional<double> cosine;  // absent where the embedder cannot read it
  bool numbers_found = true;     // false: a number of the sentence is nowhere in the passage, and the score is capped
};
constexpr double kWeakSupport = 0.5;  // below, a sentence is marked

// Every sentence of the passages, with its embedding where the embedder can read it.
class Attribution {
 public:
  Attribution(const Store& store, std::span<const StoredChunk> passages, const TextEmbedder* embedder, const Cancel* cancel = nullptr);
  std::optional<Support> best(std::string_view sentence) const;   // nothing when the passages hold no sentence
  std::span<const Evidence> sentences() const { return sentences_; }
  std::span<const float> vector(std::size_t sentence) const { return vectors_[sentence]; }  // empty: not read

 private:
  Support support(std::size_t candidate, std::string_view sentence, std::span<const float> vector) const;

  const Store& store_;
  const TextEmbedder* embedder_;
  const Cancel* cancel_;
  std::vector<std::vector<std::string>> numbers_;   // per passage, sorted
  std::vector<Evidence> sentences_;
  std::vector<std::vector<std::string>> terms_;     // per sentence, sorted
  std::vector<std::vector<float>> vectors_;
};

// The numbers of a text, thousands separators taken out: "1,200" and "1200" are one number, "3.5" is another than "35".
std::vector<std::string> numbers(std::string_view text);

}  // namespace maru::rag
