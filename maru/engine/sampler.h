#pragma once
// Logits in, one token out.
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "maru/engine/generator.h"

namespace maru::engine {

// Order: repetition penalty, temperature, top-k, min-p, top-p, choice. The same seed and logits give the same tokens everywhere.
class Sampler {
 public:
  explicit Sampler(const Sampling& sampling);
  // `logits` is changed in place. Throws Error when every token is masked out or the numbers are not finite.
  std::int32_t pick(std::span<float> logits, std::span<const std::int32_t> recent);

 private:
  Sampling sampling_;
  std::mt19937_64 random_;
};

}  // namespace maru::engine
