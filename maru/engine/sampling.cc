// The ranges of everything that a request may say about the choice of tokens.
#include "maru/engine/sampling.h"

#include <cmath>

#include "maru/base/error.h"

namespace maru::engine {
namespace {

constexpr std::size_t kMostStops = 64, kLongestStop = 4096;
constexpr double kMostTokens = 1 << 30;

// NaN is in no range.
void range(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high)) fail(ErrorKind::usage, "{}: expected {} to {}, got {}", name, low, high, value);
}

// One value more than the range: -1, which means something else.
void range_or_minus_one(const char* name, double value, double low, double high) {
  if (value != -1 && !(value >= low && value <= high)) fail(ErrorKind::usage, "{}: expected -1 or {} to {}, got {}", name, low, high, value);
}

void check_bias(const Sampling& s, std::int64_t vocabulary) {
  for (const auto& [id, bias] : s.logit_bias) {
    if (id < 0 || (vocabulary > 0 && id >= vocabulary))
      fail(ErrorKind::usage, "logit_bias: the token {} is not in the vocabulary, which has {}", id, vocabulary);
    if (!(std::isfinite(bias) && std::abs(bias) <= 1e6f)) fail(ErrorKind::usage, "logit_bias of token {}: expected {} to {}, got {}", id, -1e6, 1e6, bias);
  }
}

void check_stops(const Sampling& s) {
  if (s.stop.size() > kMostStops) fail(ErrorKind::usage, "stop: expected at most {} strings, got {}", kMostStops, s.stop.size());
  for (const std::string& stop : s.stop) {
    if (stop.empty()) fail(ErrorKind::usage, "stop: an empty stop string would end every answer");
    if (stop.size() > kLongestStop) fail(ErrorKind::usage, "stop: expected at most {} bytes a string, got {}", kLongestStop, stop.size());
  }
}

}  // namespace

void check_sampling(const Sampling& s, std::int64_t vocabulary) {
  range("temperature", s.temperature, 0, 100);
  range("top_k", s.top_k, 0, 1e9);
  range("top_p", s.top_p, 0, 1);
  range("min_p", s.min_p, 0, 1);
  range("typical_p", s.typical_p, 0, 1);
  range("repeat_penalty", s.repeat_penalty, 0.01, 100);
  range_or_minus_one("repeat_last_n", s.repeat_last_n, 0, 1e9);
  range("presence_penalty", s.presence_penalty, -100, 100);
  range("frequency_penalty", s.frequency_penalty, -100, 100);
  range_or_minus_one("max_tokens", double(s.max_tokens), 1, kMostTokens);
  range_or_minus_one("logprobs", s.logprobs, 0, 20);
  check_bias(s, vocabulary);
  check_stops(s);
}

}  // namespace maru::engine
