// The Gaussian error linear unit in its exact form.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor gelu(const Tensor& x) {
  Tensor y(x.shape());
  const std::int64_t n = y.size(), step = 16384;
  if (n < 2 * step) kernels::table().gelu(x.data(), y.data(), n);
  else parallel((n + step - 1) / step, [&](std::int64_t p) { kernels::table().gelu(x.data() + p * step, y.data() + p * step, std::min(step, n - p * step)); });
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dx(x.shape());
      for (std::int64_t i = 0; i < n; ++i) {
        const float v = x.data()[i], share = 0.5f * (1 + std::erf(v / std::numbers::sqrt2_v<float>));
        const float density = std::exp(-0.5f * v * v) * std::numbers::inv_sqrtpi_v<float> / std::numbers::sqrt2_v<float>;
        dx.data()[i] = dy.data()[i] * (share + v * density);
      }
      grads.add(x, dx);
    });
  return y;
}

}  // namespace maru::ops
