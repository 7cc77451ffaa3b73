// The gate: the share of the question's words that a passage holds, weighted by rarity, and the nearest passage's cosine.
// The borders were set on tests/questions.json over examples/library; tests/held_out/ was written afterwards, to see how they carry over.
#include "maru/rag/relevance.h"

#include <algorithm>

#include "maru/base/unicode.h"
#include "maru/rag/content_words.h"
#include "maru/rag/lexical.h"

namespace maru::rag {
namespace {

constexpr std::size_t kLooked = 5;           // the best passages
constexpr double kWordsAlone = 0.52;          // border where only words can be asked
constexpr double kBoth = 0.45;               // border of the mean of words and meaning
constexpr double kTogether = 0.85;           // words spread over several passages count a little less than in one

// Unrelated questions come to some 0.1 to 0.3 with their nearest passage, answerable ones to 0.4 and more.
double meaning(double cosine) { return std::clamp((cosine - 0.15) / 0.45, 0.0, 1.0); }

}  // namespace

double rarity(const Store& store, const ContentWord& word) {
  double rarest = 0;
  for (const std::string& term : query_terms(word.term)) rarest = std::max(rarest, store.idf(term));
  if (word.predicate) rarest *= 0.5;
  // A single syllable is found in many words that have nothing to do with it.
  return word.hangul && unicode::length(word.term) == 1 ? 0.3 * rarest : rarest;
}

Relevance relevance(const Store& store, std::string_view question, std::span<const Hit> hits) {
  Relevance result;
  const auto looked = hits.first(std::min(kLooked, hits.size()));
  std::vector<Wording> wordings;
  for (const Hit& hit : looked) {
    wordings.emplace_back(hit.chunk.title + "\n" + hit.chunk.heading + "\n" + hit.chunk.text);
    if (hit.dense) result.cosine = std::max(result.cosine.value_or(-1), *hit.dense);
  }
  double all = 0, together = 0;
  std::vector<double> held(looked.size());
  for (const ContentWord& word : content_words(question)) {
    const double weight = rarity(store, word);
    double most = 0;
    for (std::size_t i = 0; i < looked.size(); ++i) {
      const double share = wordings[i].holds(word);
      held[i] += weight * share;
      most = std::max(most, share);
    }
    together += weight * most;
    all += weight;
  }
  if (all > 0 && !held.empty()) result.covered = std::max(*std::ranges::max_element(held), kTogether * together) / all;
  result.score = result.cosine ? 0.5 * result.covered + 0.5 * meaning(*result.cosine) : result.covered;
  result.relevant = !hits.empty() && result.score >= (result.cosine ? kBoth : kWordsAlone);
  return result;
}

Json to_json(const Relevance& relevance) {
  Json cosine = nullptr;
  if (relevance.cosine) cosine = *relevance.cosine;
  return {{"relevant", relevance.relevant}, {"score", relevance.score}, {"covered", relevance.covered}, {"cosine", cosine}};
}

}  // namespace maru::rag
