// The sum of two tensors of one shape.
#include <algorithm>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor add(const Tensor& a, const Tensor& b) {
  check(a.shape() == b.shape(), "add: {} and {} differ", a.shape().text(), b.shape().text());
  Tensor y(a.shape());
  const std::int64_t n = y.size(), step = 16384;
  if (n < 2 * step) kernels::table().add(a.data(), b.data(), y.data(), n);
  else parallel((n + step - 1) / step, [&](std::int64_t p) {
    kernels::table().add(a.data() + p * step, b.data() + p * step, y.data() + p * step, std::min(step, n - p * step));
  });
  if (Tape* tape = Tape::recording(a, b))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      grads.add(a, dy);
      grads.add(b, dy);
    });
  return y;
}

}  // namespace maru::ops
