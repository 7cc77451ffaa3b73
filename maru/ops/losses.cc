// Losses beside cross entropy: for numbers, and for questions of yes or no.
#include <algorithm>
#include <cmath>
#include <limits>

#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

// The mean of `loss(value, target)` with its slope by value; NaN targets are left out.
template <class Loss, class Slope>
Tensor mean_loss(const Tensor& x, std::span<const float> targets, Loss loss, Slope slope) {
  check(std::int64_t(targets.size()) == x.size(), "loss: {} has {} values, got {} targets", x.shape().text(), x.size(), targets.size());
  double total = 0, counted = 0;
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (!std::isnan(targets[i])) {
      total += loss(double(x.data()[i]), double(targets[i]));
      ++counted;
    }
  const float mean = counted > 0 ? float(total / counted) : 0.0f;
  Tensor y = Tensor::of({1}, {&mean, 1});
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=, kept = std::vector<float>(targets.begin(), targets.end())](const Tensor& dy, Grads& grads) {
      Tensor dx = Tensor::zeros(x.shape());
      for (std::size_t i = 0; i < kept.size(); ++i)
        if (!std::isnan(kept[i])) dx.data()[i] = dy.data()[0] * float(slope(double(x.data()[i]), double(kept[i])) / counted);
      grads.add(x, dx);
    });
  return y;
}

}  // namespace

Tensor mean_squared_error(const Tensor& x, std::span<const float> targets) {
  return mean_loss(x, targets, [](double v, double t) { return (v - t) * (v - t); }, [](double v, double t) { return 2 * (v - t); });
}

Tensor binary_cross_entropy(const Tensor& logits, std::span<const float> targets) {
  return mean_loss(logits, targets, [](double v, double t) { return std::max(v, 0.0) - v * t + std::log1p(std::exp(-std::abs(v))); },
                   [](double v, double t) { return 1 / (1 + std::exp(-v)) - t; });
}

}  // namespace maru::ops
