#pragma once
// How the next token is chosen and where an answer ends: what a request may ask for, and the one place that checks it. It computes nothing.
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maru::engine {

struct Sampling {
  float temperature = 0.7f;           // 0 is greedy
  int top_k = 40;                     // 0: off
  float top_p = 0.95f, min_p = 0.0f;  // 1 and 0: off
  float typical_p = 1.0f;             // 1: off.  Meister et al. 2023
  float repeat_penalty = 1.0f;        // 1: off.  Keskar et al. 2019; over the last repeat_last_n tokens of the answer
  int repeat_last_n = 64;             // of the answer, for all three penalties; 0: none are looked at, -1: all are
  float presence_penalty = 0.0f;      // taken from the logit of a token that came
  float frequency_penalty = 0.0f;     // taken from it as often as it came
  std::map<std::int32_t, float> logit_bias = {};  // added to the logit of a token; -100 and below forbids it
  std::uint64_t seed = 0;
  std::int64_t max_tokens = 512;      // -1: until the context is full
  bool ignore_end = false;            // the tokens that end an answer are never chosen: for measuring
  int logprobs = -1;                  // how many of the likeliest tokens are told with each, 0 to 20: its own only; -1: nothing is told
  std::vector<std::string> stop = {};
  // Called before each choice with the text so far and the logits, which it may mask (a citation number that is not in the context …).
  std::function<void(std::string_view so_far, std::span<float> logits)> mask = {};
};

// Throws Error (usage) that names the first field out of its range, with the range and the value. `vocabulary`: how many tokens the model
// has, for logit_bias; 0: not known.
void check_sampling(const Sampling& sampling, std::int64_t vocabulary = 0);

enum class Finish {
  stop,         // the model ended it
  length,       // max_tokens, or the context is full
  stop_string,  // one of Sampling::stop
  cancelled,
  error,        // the model's numbers were not finite, nothing was left to choose …: what is said beside it
};

}  // namespace maru::engine
