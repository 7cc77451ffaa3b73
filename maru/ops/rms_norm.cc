// Root-mean-square normalisation, row by row.
#include <algorithm>
#include <cmath>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor rms_norm(const Tensor& x, const Tensor& gain, float eps) {
  const std::int64_t rows = x.shape().rows(), n = x.dim(-1);
  check(gain.size() == n, "rms_norm: rows of {}, gain of {}", n, gain.size());
  Tensor y(x.shape());
  if (rows < 32) kernels::table().rms_norm(x.data(), gain.data(), y.data(), rows, n, eps);
  else parallel((rows + 15) / 16, [&](std::int64_t p) {
    kernels::table().rms_norm(x.data() + p * 16 * n, gain.data(), y.data() + p * 16 * n, std::min<std::int64_t>(16, rows - p * 16), n, eps);
  });
  if (Tape* tape = Tape::recording(x, gain))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dx(x.shape()), dg = Tensor::zeros(gain.shape());
      for (std::int64_t r = 0; r < rows; ++r) {
        const float *xr = x.data() + r * n, *dyr = dy.data() + r * n;
        float square = 0, inner = 0;
        for (std::int64_t i = 0; i < n; ++i) square += xr[i] * xr[i];
        const float s = 1 / std::sqrt(square / float(n) + eps);
        for (std::int64_t i = 0; i < n; ++i) {
          inner += dyr[i] * gain.data()[i] * xr[i];
          dg.data()[i] += dyr[i] * xr[i] * s;
        }
        for (std::int64_t i = 0; i < n; ++i) dx.data()[r * n + i] = s * (dyr[i] * gain.data()[i] - xr[i] * inner * s * s / float(n));
      }
      grads.add(x, dx);
      grads.add(gain, dg);
    });
  return y;
}

}  // namespace maru::ops
