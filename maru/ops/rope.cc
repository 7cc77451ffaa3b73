// Rotary position embedding: pair i of a head turns by position * theta^(-2i / head) / factors[i].
#include <algorithm>
#include <cmath>
#include <utility>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

// Cosine and sine of every position's angles, [positions, half].
struct Turns {
  std::vector<std::int32_t> positions;
  float theta = 0;
  std::int64_t half = 0;
  std::uint64_t factors = 0;       // the tensor's id
  std::vector<float> cosine, sine;
  bool are_of(std::span<const std::int32_t> asked, const Rope& rope, std::int64_t half_asked) const {
    return half == half_asked && theta == rope.theta && factors == (rope.factors ? rope.factors.id() : 0) && std::ranges::equal(positions, asked);
  }
};

Turns turns_of(std::span<const std::int32_t> positions, const Rope& rope, std::int64_t half) {
  Turns t{.positions = {positions.begin(), positions.end()}, .theta = rope.theta, .half = half, .factors = rope.factors ? rope.factors.id() : 0,
          .cosine = std::vector<float>(positions.size() * std::size_t(half)), .sine = {}};
  t.sine.resize(t.cosine.size());
  std::vector<float> frequency(static_cast<std::size_t>(half));
  for (std::int64_t i = 0; i < half; ++i)
    frequency[std::size_t(i)] = std::pow(rope.theta, -2.0f * float(i) / float(2 * half)) / (rope.factors ? rope.factors.data()[i] : 1.0f);
  for (std::size_t r = 0, at = 0; r < positions.size(); ++r)
    for (std::size_t i = 0; i < frequency.size(); ++i, ++at) {
      const float angle = float(positions[r]) * frequency[i];
      t.cosine[at] = std::cos(angle);
      t.sine[at] = std::sin(angle);
    }
  return t;
}

// Every layer turns queries and keys by the same angles, some models by two kinds in turn: the last two are kept, since they cost more
// than the turning.
const Turns& kept_turns(std::span<const std::int32_t> positions, const Rope& rope, std::int64_t half) {
  thread_local Turns last, before;
  if (last.are_of(positions, rope, half)) return last;
  std::swap(last, before);
  if (!last.are_of(positions, rope, half)) last = turns_of(positions, rope, half);
  return last;
}

// The derivative is the turn in the other direction.
Tensor turned(const Tensor& x, std::span<const std::int32_t> positions, const Rope& rope, float direction) {
  const std::int64_t rows = x.dim(0), heads = x.dim(1), head = x.dim(2), half = head / 2;
  Tensor y(x.shape());
  const Turns& turns = kept_turns(positions, rope, half);
  const auto turn_row = [&](std::int64_t r) {
    const float *cosine = turns.cosine.data() + r * half, *sine = turns.sine.data() + r * half;
    for (std::int64_t h = 0; h < heads; ++h) {
      const float* from = x.data() + (r * heads + h) * head;
      float* to = y.data() + (r * heads + h) * head;
      for (std::int64_t i = 0; i < half; ++i) {
        const std::int64_t a = rope.interleaved ? 2 * i : i, b = rope.interleaved ? 2 * i + 1 : i + half;
        const float c = cosine[i], s = sine[i] * direction;
        to[a] = from[a] * c - from[b] * s;
        to[b] = from[a] * s + from[b] * c;
      }
    }
  };
  constexpr std::int64_t kTogether = 16;
  if (x.size() < 32768)
    for (std::int64_t r = 0; r < rows; ++r) turn_row(r);
  else
    parallel((rows + kTogether - 1) / kTogether, [&](std::int64_t piece) {
      for (std::int64_t r = piece * kTogether; r < std::min(rows, (piece + 1) * kTogether); ++r) turn_row(r);
    });
  return y;
}

}  // namespace

Tensor rope(const Tensor& x, std::span<const std::int32_t> positions, const Rope& rope) {
  check(x.shape().rank() == 3 && x.dim(2) % 2 == 0, "rope: expected [rows, heads, even head], got {}", x.shape().text());
  const std::int64_t factors = rope.factors ? rope.factors.size() : x.dim(2) / 2;
  check(factors == x.dim(2) / 2, "rope: {} factors for the {} pairs of a head", factors, x.dim(2) / 2);
  check(std::int64_t(positions.size()) == x.dim(0), "rope: {} rows, {} positions", x.dim(0), positions.size());
  const std::vector<std::int32_t> kept(positions.begin(), positions.end());
  Tensor y = turned(x, kept, rope, 1);
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=](const Tensor& dy, Grads& grads) { grads.add(x, turned(dy.reshape(x.shape()), kept, rope, -1)); });
  return y;
}

}  // namespace maru::ops
