// Greedy choice, or a draw from what top-k, min-p and top-p leave.
#include "maru/engine/sampler.h"

#include <algorithm>
#include <cmath>

namespace maru::engine {

Sampler::Sampler(const Sampling& s) : sampling_(s), random_(s.seed) {
  const auto range = [](const char* name, double v, double low, double high) {
    if (!(v >= low && v <= high)) fail(ErrorKind::usage, "{}: expected {} to {}, got {}", name, low, high, v);
  };
  range("temperature", s.temperature, 0, 100);
  range("top_k", s.top_k, 0, 1e9);
  range("top_p", s.top_p, 0, 1);
  range("min_p", s.min_p, 0, 1);
  range("repeat_penalty", s.repeat_penalty, 0.01, 100);
  range("max_tokens", s.max_tokens, 1, 1 << 24);
}

std::int32_t Sampler::pick(std::span<float> logits, std::span<const std::int32_t> recent) {
  if (sampling_.repeat_penalty != 1.0f) {
    // Keskar et al. 2019: each token once, however often it came.
    std::vector<std::int32_t> seen(recent.begin(), recent.end());
    std::ranges::sort(seen);
    seen.erase(std::ranges::unique(seen).begin(), seen.end());
    for (const std::int32_t id : seen) {
      float& v = logits[std::size_t(id)];
      v = v > 0 ? v / sampling_.repeat_penalty : v * sampling_.repeat_penalty;
    }
  }
  const auto best = std::ranges::max_element(logits);
  check(std::isfinite(*best), "sampling: no token is left to choose from, or the model's numbers are not finite; the model file may be damaged (maru verify)");
  if (sampling_.temperature == 0 || sampling_.top_k == 1) return std::int32_t(best - logits.begin());

  struct Candidate {
    std::int32_t id;
    float p;
  };
  std::vector<Candidate> candidates;
  candidates.reserve(logits.size());
  const float top = *best;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const float p = std::exp((logits[i] - top) / sampling_.temperature);
    if (p >= sampling_.min_p && p > 0) candidates.push_back({std::int32_t(i), p});
  }
  // Equal probabilities go by id, so that the order is one everywhere.
  const auto before = [](const Candidate& a, const Candidate& b) { return a.p != b.p ? a.p > b.p : a.id < b.id; };
  const std::size_t keep = sampling_.top_k > 0 ? std::min<std::size_t>(std::size_t(sampling_.top_k), candidates.size()) : candidates.size();
  std::ranges::partial_sort(candidates, candidates.begin() + std::ptrdiff_t(keep), before);
  candidates.resize(keep);
  double total = 0;
  for (const Candidate& c : candidates) total += c.p;
  double kept = 0;
  std::size_t count = 0;
  while (count < candidates.size() && (count == 0 || kept < double(sampling_.top_p) * total)) kept += candidates[count++].p;
  double at = double(random_() >> 11) * 0x1p-53 * kept;
  for (std::size_t i = 0; i < count; ++i)
    if ((at -= candidates[i].p) < 0) return candidates[i].id;
  return candidates[count - 1].id;
}

}  // namespace maru::engine
