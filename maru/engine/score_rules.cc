// Rules on scores, in the order in which the reference library applies them.
#include "maru/engine/score_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace maru::engine {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

void forbid(std::span<float> scores, std::span<const std::int32_t> ids) {
  for (const std::int32_t id : ids) scores[std::size_t(id)] = kForbidden;
}

void allow_only(std::span<float> scores, std::span<const std::int32_t> ids) {
  std::ranges::fill(scores, kForbidden);
  for (const std::int32_t id : ids) scores[std::size_t(id)] = 0;
}

void normalise(std::span<float> scores) {
  const float most = *std::ranges::max_element(scores);
  double sum = 0;
  for (const float s : scores) sum += std::exp(double(s) - double(most));
  const double log_sum = double(most) + std::log(sum);
  for (float& s : scores) s = float(double(s) - log_sum);
}

}  // namespace

ScoreRules::ScoreRules(const SearchOptions& options, std::int64_t prompt, std::int64_t length, std::span<const std::int32_t> source,
                       std::int64_t vocabulary)
    : options_(options), prompt_(prompt), length_(length),
      first_written_(prompt > 1 || !options.forced_bos_token_id ? prompt : prompt + 1) {
  const auto in_vocabulary = [&](std::span<const std::int32_t> ids) {
    for (const std::int32_t id : ids)
      check(id >= 0 && id < vocabulary, "a rule for writing names the id {}, but the model's vocabulary has {} tokens", id, vocabulary);
  };
  for (const std::vector<std::int32_t>& word : options_.bad_words_ids) in_vocabulary(word);
  for (const std::vector<std::int32_t>* ids : {&options_.suppress_tokens, &options_.begin_suppress_tokens, &options_.forced_eos_token_id,
                                               &options_.eos_token_id})
    in_vocabulary(*ids);
  if (options_.forced_bos_token_id) in_vocabulary({&*options_.forced_bos_token_id, 1});
  // The end may always be written, whatever the list says.
  std::erase_if(options_.bad_words_ids, [&](const std::vector<std::int32_t>& word) {
    return word.size() == 1 && std::ranges::find(options_.eos_token_id, word[0]) != options_.eos_token_id.end();
  });
  const std::size_t n = std::size_t(options_.encoder_no_repeat_ngram_size);
  for (std::size_t i = 0; n > 0 && i + n <= source.size(); ++i)
    source_ngrams_[{source.begin() + std::ptrdiff_t(i), source.begin() + std::ptrdiff_t(i + n - 1)}].push_back(source[i + n - 1]);
}

void ScoreRules::forbid_repeated(std::span<float> scores, std::span<const std::int32_t> ids) const {
  const auto inside = [&](std::int32_t id) { return id < std::int32_t(scores.size()); };
  if (const std::size_t n = std::size_t(options_.no_repeat_ngram_size); n > 0 && ids.size() >= n) {
    const auto behind = ids.last(n - 1);
    for (std::size_t i = 0; i + n <= ids.size(); ++i)
      if (std::ranges::equal(ids.subspan(i, n - 1), behind) && inside(ids[i + n - 1])) scores[std::size_t(ids[i + n - 1])] = kForbidden;
  }
  if (const std::size_t n = std::size_t(options_.encoder_no_repeat_ngram_size); n > 0 && ids.size() + 1 >= n) {
    const auto at = source_ngrams_.find({ids.end() - std::ptrdiff_t(n - 1), ids.end()});
    if (at == source_ngrams_.end()) return;
    for (const std::int32_t id : at->second)
      if (inside(id)) scores[std::size_t(id)] = kForbidden;
  }
}

void ScoreRules::forbid_words(std::span<float> scores, std::span<const std::int32_t> ids) const {
  for (const std::vector<std::int32_t>& word : options_.bad_words_ids) {
    const auto before = std::span(word).first(word.size() - 1);
    if (before.size() <= ids.size() && std::ranges::equal(ids.last(before.size()), before)) scores[std::size_t(word.back())] = kForbidden;
  }
}

void ScoreRules::apply(std::span<float> scores, std::span<const std::int32_t> ids) const {
  const std::int64_t length = std::int64_t(ids.size());
  if (options_.repetition_penalty != 1)
    for (const std::int32_t id : std::set<std::int32_t>(ids.begin(), ids.end())) {
      if (id >= std::int32_t(scores.size())) continue;
      float& s = scores[std::size_t(id)];
      s = s < 0 ? s * options_.repetition_penalty : s / options_.repetition_penalty;
    }
  forbid_repeated(scores, ids);
  forbid_words(scores, ids);
  const std::int64_t least = options_.min_new_tokens > 0 ? prompt_ + options_.min_new_tokens : options_.min_length;
  if (length < least) forbid(scores, options_.eos_token_id);
  if (options_.forced_bos_token_id && length == 1) allow_only(scores, {&*options_.forced_bos_token_id, 1});
  if (!options_.forced_eos_token_id.empty() && length == length_ - 1) allow_only(scores, options_.forced_eos_token_id);
  forbid(scores, options_.suppress_tokens);
  if (length == first_written_) forbid(scores, options_.begin_suppress_tokens);
  if (options_.renormalize_logits) normalise(scores);
}

}  // namespace maru::engine
