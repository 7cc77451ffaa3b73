// Layer normalisation, row by row.
#include <algorithm>
#include <cmath>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias, float eps) {
  const std::int64_t rows = x.shape().rows(), n = x.dim(-1);
  check(gain.size() == n && bias.size() == n, "layer_norm: rows of {}, gain of {}, bias of {}", n, gain.size(), bias.size());
  Tensor y(x.shape());
  if (rows < 32) kernels::table().layer_norm(x.data(), gain.data(), bias.data(), y.data(), rows, n, eps);
  else parallel((rows + 15) / 16, [&](std::int64_t p) {
    kernels::table().layer_norm(x.data() + p * 16 * n, gain.data(), bias.data(), y.data() + p * 16 * n, std::min<std::int64_t>(16, rows - p * 16), n, eps);
  });
  if (Tape* tape = Tape::recording(x, gain, bias))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dx(x.shape()), dg = Tensor::zeros(gain.shape()), db = Tensor::zeros(bias.shape());
      for (std::int64_t r = 0; r < rows; ++r) {
        const float *xr = x.data() + r * n, *dyr = dy.data() + r * n;
        float mean = 0, variance = 0;
        for (std::int64_t i = 0; i < n; ++i) mean += xr[i] / float(n);
        for (std::int64_t i = 0; i < n; ++i) variance += (xr[i] - mean) * (xr[i] - mean) / float(n);
        const float s = 1 / std::sqrt(variance + eps);
        float sum = 0, inner = 0;
        for (std::int64_t i = 0; i < n; ++i) {
          const float h = (xr[i] - mean) * s, dh = dyr[i] * gain.data()[i];
          dg.data()[i] += dyr[i] * h;
          db.data()[i] += dyr[i];
          sum += dh;
          inner += dh * h;
        }
        for (std::int64_t i = 0; i < n; ++i) {
          const float h = (xr[i] - mean) * s, dh = dyr[i] * gain.data()[i];
          dx.data()[r * n + i] = s * (dh - sum / float(n) - h * inner / float(n));
        }
      }
      grads.add(x, dx);
      grads.add(gain, dg);
      grads.add(bias, db);
    });
  return y;
}

}  // namespace maru::ops
