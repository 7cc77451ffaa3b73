// The mean negative log-likelihood of targets under softmax(logits).
#include <algorithm>
#include <cmath>

#include "maru/ops/ops.h"

namespace maru::ops {

Tensor cross_entropy(const Tensor& logits, std::span<const std::int32_t> targets) {
  const std::int64_t rows = logits.shape().rows(), n = logits.dim(-1);
  check(std::int64_t(targets.size()) == rows, "cross_entropy: {} rows, {} targets", rows, targets.size());
  std::int64_t counted = 0;
  double total = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::int32_t target = targets[std::size_t(r)];
    if (target == -1) continue;
    check(target >= 0 && target < n, "cross_entropy: target {} of {} classes", target, n);
    const float *x = logits.data() + r * n, top = *std::max_element(x, x + n);
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += std::exp(double(x[i] - top));
    total += std::log(sum) - double(x[target] - top);
    ++counted;
  }
  const float mean = counted ? float(total / double(counted)) : 0.0f;
  Tensor y = Tensor::of({1}, {&mean, 1});
  if (Tape* tape = Tape::recording(logits))
    tape->record(y, [=, kept = std::vector<std::int32_t>(targets.begin(), targets.end())](const Tensor& dy, Grads& grads) {
      Tensor dx = Tensor::zeros(logits.shape());
      for (std::int64_t r = 0; r < rows; ++r) {
        const std::int32_t target = kept[std::size_t(r)];
        if (target == -1) continue;
        float* d = dx.data() + r * n;
        std::copy_n(logits.data() + r * n, n, d);
        kernels::table().softmax(d, n);
        d[target] -= 1;
        for (std::int64_t i = 0; i < n; ++i) d[i] *= dy.data()[0] / float(counted);
      }
      grads.add(logits, dx);
    });
  return y;
}

}  // namespace maru::ops
