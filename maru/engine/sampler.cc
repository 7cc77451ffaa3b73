// Greedy choice, or a draw from what top-k, min-p, typical and top-p leave.
#include "maru/engine/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "maru/base/error.h"

namespace maru::engine {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr float kForbids = -100;

// The `count` first of `all` in the order `before`, in that order; the rest goes.
template <class T, class Before>
void keep_first(std::vector<T>& all, std::size_t count, Before before) {
  count = std::min(count, all.size());
  if (count < all.size()) std::ranges::nth_element(all, all.begin() + std::ptrdiff_t(count), before);
  all.resize(count);
  std::ranges::sort(all, before);
}

// What scan() offers: the `count` largest above `floor`, equal ones by id. `room` is kept sorted out by a rising floor.
template <class T, class Make, class Before>
void largest_of(std::span<const float> values, std::size_t count, float floor, std::vector<T>& found, Make make, Before before) {
  const std::size_t room = std::max<std::size_t>(4 * count, 256);
  found.clear();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] > floor)) continue;
    found.push_back(make(std::int32_t(i), values[i]));
    if (found.size() < room) continue;
    std::ranges::nth_element(found, found.begin() + std::ptrdiff_t(count - 1), before);
    found.resize(count);
    // Later ids lose against an equal value, so only what is above counts.
    floor = values[std::size_t(found.back().id)];
  }
  keep_first(found, count, before);
}

}  // namespace

float largest(std::span<const float> logits) {
  std::array<float, 16> lanes;
  lanes.fill(kNever);
  std::array<int, 16> broken{};
  std::size_t i = 0;
  for (; i + lanes.size() <= logits.size(); i += lanes.size())
    for (std::size_t j = 0; j < lanes.size(); ++j) {
      const float v = logits[i + j];
      lanes[j] = v > lanes[j] ? v : lanes[j];
      broken[j] |= v != v;
    }
  for (; i < logits.size(); ++i) {
    lanes[0] = std::max(lanes[0], logits[i]);
    broken[0] |= logits[i] != logits[i];
  }
  const float top = *std::ranges::max_element(lanes);
  const bool any_broken = std::ranges::any_of(broken, [](int b) { return b != 0; });
  check(std::isfinite(top) && !any_broken,
        "sampling: no token is left to choose from, or the model's numbers are not finite; the model file may be damaged (maru verify)");
  return top;
}

Sampler::Sampler(const Sampling& s) : sampling_(s), random_(s.seed) { check_sampling(s); }

std::int32_t Sampler::pick(std::span<float> logits, std::span<const std::int32_t> answer) {
  adjust(logits, answer);
  const float top = largest(logits);
  if (sampling_.temperature == 0 || sampling_.top_k == 1) return std::int32_t(std::ranges::find(logits, top) - logits.begin());
  keep_likely(logits, top);
  if (sampling_.typical_p < 1) keep_typical();
  if (sampling_.top_p < 1) keep_top_p();
  return draw();
}

void Sampler::adjust(std::span<float> logits, std::span<const std::int32_t> answer) const {
  for (const auto& [id, bias] : sampling_.logit_bias)
    if (std::size_t(id) < logits.size()) logits[std::size_t(id)] = bias <= kForbids ? kNever : logits[std::size_t(id)] + bias;
  if (sampling_.repeat_penalty == 1 && sampling_.presence_penalty == 0 && sampling_.frequency_penalty == 0) return;
  const std::size_t window = sampling_.repeat_last_n < 0 ? answer.size() : std::min(answer.size(), std::size_t(sampling_.repeat_last_n));
  std::vector<std::int32_t> seen(answer.end() - std::ptrdiff_t(window), answer.end());
  std::ranges::sort(seen);
  for (auto at = seen.begin(); at != seen.end();) {
    const auto next = std::upper_bound(at, seen.end(), *at);
    float& v = logits[std::size_t(*at)];
    // The first counts a token once, however often it came.
    v = v > 0 ? v / sampling_.repeat_penalty : v * sampling_.repeat_penalty;
    v -= sampling_.presence_penalty + sampling_.frequency_penalty * float(next - at);
    at = next;
  }
}

void Sampler::keep_likely(std::span<const float> logits, float top) {
  const auto make = [](std::int32_t id, float logit) { return Candidate{id, logit, 0}; };
  const auto before = [](const Candidate& a, const Candidate& b) { return a.logit != b.logit ? a.logit > b.logit : a.id < b.id; };
  if (sampling_.top_k > 0 && std::size_t(sampling_.top_k) < logits.size()) {
    largest_of(logits, std::size_t(sampling_.top_k), kNever, candidates_, make, before);
  } else {
    candidates_.clear();
    for (std::size_t i = 0; i < logits.size(); ++i)
      if (logits[i] > kNever) candidates_.push_back(make(std::int32_t(i), logits[i]));
  }
  std::erase_if(candidates_, [&](Candidate& c) {
    c.p = std::exp((c.logit - top) / sampling_.temperature);
    return c.p < sampling_.min_p || c.p == 0;
  });
}

void Sampler::keep_typical() {
  double total = 0, entropy = 0;
  for (const Candidate& c : candidates_) total += c.p;
  for (const Candidate& c : candidates_) entropy -= c.p / total * std::log(c.p / total);
  const auto surprise = [&](const Candidate& c) { return std::abs(-std::log(c.p / total) - entropy); };
  std::ranges::sort(candidates_, [&](const Candidate& a, const Candidate& b) {
    const double of_a = surprise(a), of_b = surprise(b);
    return of_a != of_b ? of_a < of_b : a.id < b.id;
  });
  double kept = 0;
  std::size_t count = 0;
  while (count < candidates_.size() && (count == 0 || kept < double(sampling_.typical_p) * total)) kept += candidates_[count++].p;
  candidates_.resize(count);
}

void Sampler::keep_top_p() {
  const auto before = [](const Candidate& a, const Candidate& b) { return a.p != b.p ? a.p > b.p : a.id < b.id; };
  double total = 0, kept = 0;
  for (const Candidate& c : candidates_) total += c.p;
  // Sorted only as far as it takes: most of the mass lies in few tokens.
  std::size_t count = 0, sorted = 0;
  while (count < candidates_.size() && (count == 0 || kept < double(sampling_.top_p) * total)) {
    if (count == sorted) {
      sorted = std::min(candidates_.size(), std::max<std::size_t>(64, 4 * sorted));
      std::ranges::partial_sort(candidates_.begin() + std::ptrdiff_t(count), candidates_.begin() + std::ptrdiff_t(sorted), candidates_.end(), before);
    }
    kept += candidates_[count++].p;
  }
  candidates_.resize(count);
}

std::int32_t Sampler::draw() {
  double total = 0;
  for (const Candidate& c : candidates_) total += c.p;
  double at = double(random_() >> 11) * 0x1p-53 * total;
  for (const Candidate& c : candidates_)
    if ((at -= c.p) < 0) return c.id;
  return candidates_.back().id;
}

Logprobs logprobs(std::span<const float> logits, std::int32_t id, std::size_t count) {
  const float top = largest(logits);
  double sum = 0;
  for (const float v : logits) sum += std::exp(v - top);
  const double all = top + std::log(sum);
  Logprobs out;
  out.own = float(logits[std::size_t(id)] - all);
  if (count == 0) return out;
  largest_of(logits, count, kNever, out.top, [](std::int32_t i, float logit) { return TokenLogprob{i, logit}; },
             [](const TokenLogprob& a, const TokenLogprob& b) { return a.logprob != b.logprob ? a.logprob > b.logprob : a.id < b.id; });
  for (TokenLogprob& t : out.top) t.logprob = float(t.logprob - all);
  return out;
}

}  // namespace maru::engine
