#pragma once
// Will a model fit here, and how fast would it be? Arithmetic over what its configuration says and what the machine has; opens no model and
// computes with none.
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/hub/machine.h"

namespace maru::hub {

// What decides about memory and speed; 0 where the configuration does not say.
struct Shape {
  std::uint64_t weight_bytes = 0;  // as stored, which is how they lie in memory
  bool generates = true;           // writes text, token by token; false: an encoder, which keeps no cache
  std::int64_t layers = 0, kv_heads = 0, head = 0;
  std::int64_t context = 0;        // tokens it was trained for
  double active = 1;               // part of the weights that one token reads: less than 1 for a mixture of experts
};
// The part of the weights that a token reads when `used` of `experts` work, each of three matrices hidden × expert_width; 1 without
// experts.
double active_part(double hidden, double layers, double experts, double used, double expert_width, double vocabulary);
// config.json of a Hugging Face repository. Values of the wrong type or beyond reason count as absent: this is an estimate, not a check.
Shape shape_of_config(const Json& config, std::uint64_t weight_bytes);
// The first bytes of a GGUF (256 KB are plenty): reads keys until they end or are cut off. Nothing where they are no GGUF.
std::optional<Shape> shape_of_gguf(std::span<const std::byte> head, std::uint64_t weight_bytes);

// What running it takes, in bytes.
struct Need {
  // cache: keys and values of `context` tokens, four bytes a number; reserve: activations, program
  std::uint64_t weights = 0, cache = 0, reserve = 0;
  // tokens that `cache` is for: those asked for, or fewer where it was trained for fewer
  std::int64_t context = 0;
  std::uint64_t total() const { return weights + cache + reserve; }
};
inline constexpr std::int64_t kUsualContext = 4096;
Need need_of(const Shape& shape, std::int64_t context = kUsualContext);

struct Fit {
  Need need;
  std::uint64_t memory_available = 0, disk_free = 0;
  std::uint64_t download_bytes = 0;
  // of one answer, the cache half full: memory's speed over the bytes of a token; 0 for encoders, unknown speed
  double tokens_per_second = 0;
  bool memory() const { return need.total() <= memory_available; }
  bool disk() const { return download_bytes + download_bytes / 50 <= disk_free; }
};
Fit fit(const Shape& shape, std::uint64_t download_bytes, const Machine& machine, std::int64_t context = kUsualContext);

// "fits: needs 1.3 GB, this machine has 20.1 GB free; up to about 11 tokens/s", or what is lacking, in numbers.
Phrase said(const Fit& fit);
std::string gigabytes(std::uint64_t bytes);  // "1.3 GB", below one "310 MB"

}  // namespace maru::hub
