// Rotary position embedding: pair i of a head turns by position * theta^(-2i / head) / factors[i].
#include <cmath>

#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

// The derivative is the turn in the other direction.
Tensor turned(const Tensor& x, const std::vector<std::int32_t>& positions, const Rope& rope, float direction) {
  const std::int64_t rows = x.dim(0), heads = x.dim(1), head = x.dim(2), half = head / 2;
  Tensor y(x.shape());
  std::vector<float> frequency(static_cast<std::size_t>(half)), cosine(frequency.size()), sine(frequency.size());
  for (std::int64_t i = 0; i < half; ++i)
    frequency[std::size_t(i)] = std::pow(rope.theta, -2.0f * float(i) / float(head)) / (rope.factors ? rope.factors.data()[i] : 1.0f);
  for (std::int64_t r = 0; r < rows; ++r) {
    if (r == 0 || positions[std::size_t(r)] != positions[std::size_t(r) - 1])
      for (std::size_t i = 0; i < frequency.size(); ++i) {
        const float angle = float(positions[std::size_t(r)]) * frequency[i];
        cosine[i] = std::cos(angle);
        sine[i] = std::sin(angle) * direction;
      }
    for (std::int64_t h = 0; h < heads; ++h) {
      const float* from = x.data() + (r * heads + h) * head;
      float* to = y.data() + (r * heads + h) * head;
      for (std::int64_t i = 0; i < half; ++i) {
        const std::int64_t a = rope.interleaved ? 2 * i : i, b = rope.interleaved ? 2 * i + 1 : i + half;
        const float c = cosine[std::size_t(i)], s = sine[std::size_t(i)];
        to[a] = from[a] * c - from[b] * s;
        to[b] = from[a] * s + from[b] * c;
      }
    }
  }
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
