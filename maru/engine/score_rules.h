#pragma once
// What a search forbids, forces or makes less likely before it chooses: the rules of the reference library, in its order. They see
// scores and ids, never a model.
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "maru/engine/search_options.h"

namespace maru::engine {

class ScoreRules {
 public:
  // `prompt`: tokens that stand before what is written; `length`: the greatest, prompt included; `source`: what an encoder read.
  // Throws Error for an id outside the vocabulary.
  ScoreRules(const SearchOptions& options, std::int64_t prompt, std::int64_t length, std::span<const std::int32_t> source,
             std::int64_t vocabulary);
  // Changes the scores of the token behind `ids`. They are logits or log-probabilities; a forbidden one becomes minus infinity.
  void apply(std::span<float> scores, std::span<const std::int32_t> ids) const;

 private:
  void forbid_repeated(std::span<float> scores, std::span<const std::int32_t> ids) const;
  void forbid_words(std::span<float> scores, std::span<const std::int32_t> ids) const;
  SearchOptions options_;
  std::int64_t prompt_, length_, first_written_;
  std::map<std::vector<std::int32_t>, std::vector<std::int32_t>> source_ngrams_;  // all but the last token -> the last ones
};

}  // namespace maru::engine
