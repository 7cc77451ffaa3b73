#pragma once
// How encoders choose the scale of a block: scales near the one that just reaches the extremes are tried, each is moved to the least
// squares of the codes it gives, and the one with the smallest squared error is kept. Which bits store a scale is not known here.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

namespace maru::quant {

constexpr std::size_t kMostFitted = 32;  // weights that share a scale in any format

// To the nearest integer, for magnitudes below 2^22: two additions that a compiler makes into vectors.
inline float nearest(float x) { return (x + 12582912.0f) - 12582912.0f; }

// The code of w = scale * code, between low and high; 0 where the scale is 0.
inline int nearest_code(float w, float inverse_scale, int low, int high) {
  return int(nearest(std::clamp(w * inverse_scale, float(low), float(high))));
}

inline float inverse(float scale) {
  const float one_by = scale != 0 ? 1 / scale : 0;
  return std::isfinite(one_by) ? one_by : 0;  // a scale so small that its inverse overflows stands for zero
}

// The value of the largest magnitude, with its sign.
inline float extreme(std::span<const float> w) {
  float found = 0;
  for (const float value : w)
    if (std::abs(value) > std::abs(found)) found = value;
  return found;
}

// The scale of w = scale * code. `code` gives the stored value nearest to its argument; the extreme value of w is tried at every one of
// `ends`, the values around the largest that is stored. At most kMostFitted weights.
template <class Code>
float fitted_scale(std::span<const float> w, std::span<const float> ends, Code code) {
  const float top = extreme(w);
  if (inverse(top) == 0) return 0;
  float best = 0, best_gain = 0;
  const auto attempt = [&](float one_by) {
    float products = 0, squares = 0;
    for (const float value : w) {
      const float stored = code(value * one_by);
      products += value * stored;
      squares += stored * stored;
    }
    // The squared error is the sum of w² less this gain, where the scale is the least squares' own.
    const float gain = squares > 0 ? products * products / squares : 0;
    if (gain > best_gain) best_gain = gain, best = products / squares;
  };
  for (const float end : ends) attempt(end / top);
  for (int again = 0; again < 2; ++again) attempt(inverse(best));
  return best;
}

// The scale of w = scale * code with codes from -half to half - 1.
inline float fitted_scale(std::span<const float> w, int half) {
  std::array<float, 27> ends;
  for (std::size_t i = 0; i < ends.size(); ++i) ends[i] = -float(half) + 0.1f * (float(i) - 9);  // from a little clipped to unused codes
  return fitted_scale(w, ends, [half](float x) { return nearest(std::clamp(x, -float(half), float(half - 1))); });
}

// w = scale * code - minimum, both at least 0, codes from 0 to top.
struct Range {
  float scale = 0, minimum = 0;
};

inline Range fitted_range(std::span<const float> w, int top) {
  const auto [lowest, highest] = std::minmax_element(w.begin(), w.end());
  const float low = std::min(*lowest, 0.0f), high = *highest, n = float(w.size());
  if (inverse(high - low) == 0 || high <= low) return {0, -low};
  float sum = 0;
  for (const float value : w) sum += value;
  Range best{(high - low) / float(top), -low};
  float best_error = INFINITY;
  std::array<float, kMostFitted> codes;
  const auto attempt = [&](float one_by, float minimum) {
    float ones = 0, squares = 0, products = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      codes[i] = nearest(std::clamp((w[i] + minimum) * one_by, 0.0f, float(top)));
      ones += codes[i];
      squares += codes[i] * codes[i];
      products += w[i] * codes[i];
    }
    const float determinant = n * squares - ones * ones;
    if (determinant <= 0) return;
    Range range{(n * products - sum * ones) / determinant, (ones * products - squares * sum) / determinant};
    if (range.minimum < 0) range = {products / squares, 0};
    if (!(range.scale > 0)) return;
    float error = 0;
    for (std::size_t i = 0; i < w.size(); ++i) {
      const float off = range.scale * codes[i] - range.minimum - w[i];
      error += off * off;
    }
    if (error < best_error) best_error = error, best = range;
  };
  for (int step = 0; step <= 20; ++step) attempt((float(top) - 1 + 0.1f * float(step)) / (high - low), -low);
  for (int again = 0; again < 2; ++again) attempt(inverse(best.scale), best.minimum);
  return best;
}

}  // namespace maru::quant
