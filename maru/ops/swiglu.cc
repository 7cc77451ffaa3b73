// The gated unit of LLaMA's feed-forward.
#include <algorithm>
#include <cmath>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor swiglu(const Tensor& gate, const Tensor& up) {
  check(gate.shape() == up.shape(), "swiglu: gate {} and up {} differ", gate.shape().text(), up.shape().text());
  Tensor y(gate.shape());
  const std::int64_t n = y.size(), step = 16384;
  if (n < 2 * step) kernels::table().swiglu(gate.data(), up.data(), y.data(), n);
  else parallel((n + step - 1) / step, [&](std::int64_t p) {
    kernels::table().swiglu(gate.data() + p * step, up.data() + p * step, y.data() + p * step, std::min(step, n - p * step));
  });
  if (Tape* tape = Tape::recording(gate, up))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dg(gate.shape()), du(up.shape());
      for (std::int64_t i = 0; i < n; ++i) {
        const float g = gate.data()[i], s = 1 / (1 + std::exp(-g));
        du.data()[i] = dy.data()[i] * g * s;
        dg.data()[i] = dy.data()[i] * up.data()[i] * s * (1 + g * (1 - s));
      }
      grads.add(gate, dg);
      grads.add(up, du);
    });
  return y;
}

}  // namespace maru::ops
