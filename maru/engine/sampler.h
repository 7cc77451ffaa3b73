#pragma once
// Logits in, one token out.
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "maru/engine/sampling.h"

namespace maru::engine {

struct TokenLogprob {
  std::int32_t id = 0;
  float logprob = 0;
};

// Order: bias, penalties, temperature, top-k, min-p, typical, top-p, choice. The same seed and logits give the same tokens everywhere.
class Sampler {
 public:
  // Throws Error (usage) for settings out of range.
  explicit Sampler(const Sampling& sampling);
  // `logits` is changed in place; `answer`: the tokens so far, whose end the penalties look at. Throws Error (invalid) when every token is
  // masked out or the numbers are not finite.
  std::int32_t pick(std::span<float> logits, std::span<const std::int32_t> answer);

 private:
  struct Candidate {
    std::int32_t id;
    float logit, p;  // p: beside the likeliest's, which has 1
  };
  void adjust(std::span<float> logits, std::span<const std::int32_t> answer) const;
  void keep_likely(std::span<const float> logits, float top);
  void keep_typical();
  void keep_top_p();
  std::int32_t draw();

  Sampling sampling_;
  std::mt19937_64 random_;
  std::vector<Candidate> candidates_;  // the likeliest first, where a setting asks for an order
};

// log softmax of logits: of one token, and of the `count` likeliest, the likeliest first and equal ones by id.
struct Logprobs {
  float own = 0;
  std::vector<TokenLogprob> top;
};
Logprobs logprobs(std::span<const float> logits, std::int32_t id, std::size_t count);
// The largest. Throws Error (invalid) when that is not finite or any is not a number.
float largest(std::span<const float> logits);

}  // namespace maru::engine
