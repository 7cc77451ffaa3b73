// Products value by value: of two tensors, and with one number.
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor multiply(const Tensor& a, const Tensor& b) {
  check(a.shape() == b.shape(), "multiply: {} and {} differ", a.shape().text(), b.shape().text());
  Tensor y(a.shape());
  kernels::table().multiply(a.data(), b.data(), y.data(), y.size());
  if (Tape* tape = Tape::recording(a, b))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      const auto part = [&](const Tensor& other) {
        Tensor d(y.shape());
        kernels::table().multiply(dy.data(), other.data(), d.data(), d.size());
        return d;
      };
      if (a.trainable()) grads.add(a, part(b));
      if (b.trainable()) grads.add(b, part(a));
    });
  return y;
}

Tensor scale(const Tensor& x, float factor) {
  const auto scaled = [factor](const Tensor& from) {
    Tensor to(from.shape());
    for (std::int64_t i = 0; i < from.size(); ++i) to.data()[i] = from.data()[i] * factor;
    return to;
  };
  Tensor y = scaled(x);
  if (Tape* tape = Tape::recording(x)) tape->record(y, [=](const Tensor& dy, Grads& grads) { grads.add(x, scaled(dy)); });
  return y;
}

}  // namespace maru::ops
