// The sum of two tensors of one shape.
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor add(const Tensor& a, const Tensor& b) {
  check(a.shape() == b.shape(), "add: {} and {} differ", a.shape().text(), b.shape().text());
  Tensor y(a.shape());
  kernels::table().add(a.data(), b.data(), y.data(), y.size());
  if (Tape* tape = Tape::recording(a, b))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      grads.add(a, dy);
      grads.add(b, dy);
    });
  return y;
}

}  // namespace maru::ops
