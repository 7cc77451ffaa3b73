// Attribution: every sentence of the passages is scored against a sentence of the answer; the best one is its source.
#include "maru/rag/attribution.h"

#include <algorithm>

#include "maru/base/unicode.h"
#include "maru/rag/document.h"
#include "maru/rag/lexical.h"

namespace maru::rag {
namespace {

constexpr double kCapWithoutNumber = 0.3;
constexpr double kNumberElsewhere = 0.7;
constexpr double kReadable = 0.35;   // over this share of unreadable tokens, the embedder's opinion is not asked

float cosine(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) sum += a[i] * b[i];
  return sum;
}
// Unrelated sentences have a cosine of some 0.1 to 0.2, restatements 0.75 and more.
double meaning(double cosine) { return std::clamp((cosine - 0.2) / 0.55, 0.0, 1.0); }

bool digit(char c) { return c >= '0' && c <= '9'; }

// Sentence borders cut white space off at neither end for every format: a quote begins and ends with what is to be read.
Range trimmed(std::string_view text, Range range) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  while (range.begin < range.end && blank(text[range.begin])) ++range.begin;
  while (range.end > range.begin && blank(text[range.end - 1])) --range.end;
  return range;
}

}  // namespace

std::vector<std::string> numbers(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < text.size();) {
    if (!digit(text[i])) {
      ++i;
      continue;
    }
    std::string number;
    for (; i < text.size(); ++i) {
      const bool inside = i + 1 < text.size() && digit(text[i + 1]);
      const bool thousands = text[i] == ',' && i + 3 < text.size() && digit(text[i + 1]) && digit(text[i + 2]) && digit(text[i + 3]);
      if (digit(text[i]) || (text[i] == '.' && inside)) number += text[i];
      else if (!thousands) break;
    }
    found.push_back(std::move(number));
  }
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  return found;
}

Attribution::Attribution(const Store& store, std::span<const StoredChunk> passages, const TextEmbedder* embedder, const Cancel* cancel)
    : store_(store), embedder_(embedder), cancel_(cancel) {
  for (std::size_t p = 0; p < passages.size(); ++p) {
    const StoredChunk& passage = passages[p];
    numbers_.push_back(numbers(embedded_text(passage.heading, passage.text)));
    for (Range range : rag::sentences(passage.text)) {
      range = trimmed(passage.text, range);
      if (range.begin == range.end) continue;
      const std::string quote = passage.text.substr(range.begin, range.end - range.begin);
      const std::size_t start = passage.begin + unicode::length(std::string_view(passage.text).substr(0, range.begin));
      // Neighbouring chunks overlap: the same place once.
      if (std::ranges::any_of(sentences_, [&](const Evidence& seen) { return passages[seen.passage].document == passage.document && seen.start == start && seen.quote == quote; }))
        continue;
      sentences_.push_back({.passage = p, .start = start, .end = start + unicode::length(quote), .quote = quote});
      terms_.push_back(index_terms(quote));
      std::ranges::sort(terms_.back());
    }
  }
  vectors_.resize(sentences_.size());
  if (!embedder_) return;
  std::vector<std::string> readable;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < sentences_.size(); ++i)
    if (embedder_->unreadable(sentences_[i].quote) <= kReadable) readable.push_back(sentences_[i].quote), places.push_back(i);
  if (readable.empty()) return;
  auto vectors = embedder_->embed(readable, cancel_);
  for (std::size_t i = 0; i < places.size(); ++i) vectors_[places[i]] = std::move(vectors.at(i));
}

std::optional<Support> Attribution::best(std::string_view sentence) const {
  std::vector<float> vector;
  if (embedder_ && embedder_->unreadable(sentence) <= kReadable) {
    const std::string text(sentence);
    vector = embedder_->embed({&text, 1}, cancel_).at(0);
  }
  std::optional<Support> best;
  for (std::size_t i = 0; i < sentences_.size(); ++i)
    if (Support one = support(i, sentence, vector); !best || one.score > best->score) best = std::move(one);
  return best;
}

Support Attribution::support(std::size_t candidate, std::string_view sentence, std::span<const float> vector) const {
  Support result{.evidence = sentences_[candidate], .cosine = std::nullopt};
  if (result.evidence.quote.contains(sentence)) {
    result.score = result.words = 1;
    return result;
  }
  double held = 0, all = 0;
  for (const std::string& term : query_terms(sentence)) {
    const double weight = store_.idf(term);
    all += weight;
    if (std::ranges::binary_search(terms_[candidate], term)) held += weight;
  }
  result.words = all > 0 ? held / all : 0;
  result.score = result.words;
  if (!vector.empty() && !vectors_[candidate].empty()) {
    result.cosine = cosine(vector, vectors_[candidate]);
    result.score = 0.5 * result.words + 0.5 * meaning(*result.cosine);
  }
  // A number that stands in the passage, but in another sentence, may belong to something else.
  const auto& there = numbers_[result.evidence.passage];
  const auto wanted = numbers(sentence);
  result.numbers_found = std::ranges::includes(there, wanted);
  if (!std::ranges::includes(numbers(result.evidence.quote), wanted)) result.score *= kNumberElsewhere;
  if (!result.numbers_found) result.score = std::min(result.score, kCapWithoutNumber);
  return result;
}

}  // namespace maru::rag
