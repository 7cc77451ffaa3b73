// From token vectors to one vector a sequence: the mean, and unit length.
#include <cmath>

#include "maru/ops/ops.h"

namespace maru::ops {

Tensor mean_pool(const Tensor& x, const Ragged& rows) {
  const std::int64_t width = x.dim(-1);
  check(x.shape().rows() == rows.rows(), "mean_pool: {} rows, but the sequences have {}", x.shape().rows(), rows.rows());
  Tensor y = Tensor::zeros({rows.sequences(), width});
  for (std::int64_t s = 0; s < rows.sequences(); ++s) {
    const std::int64_t first = rows.start[std::size_t(s)], last = rows.start[std::size_t(s) + 1];
    float* to = y.data() + s * width;
    for (std::int64_t r = first; r < last; ++r) kernels::table().add(to, x.data() + r * width, to, width);
    for (std::int64_t i = 0; i < width && last > first; ++i) to[i] /= float(last - first);
  }
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dx(x.shape());
      for (std::int64_t s = 0; s < rows.sequences(); ++s) {
        const std::int64_t first = rows.start[std::size_t(s)], last = rows.start[std::size_t(s) + 1];
        for (std::int64_t r = first; r < last; ++r)
          for (std::int64_t i = 0; i < width; ++i) dx.data()[r * width + i] = dy.data()[s * width + i] / float(last - first);
      }
      grads.add(x, dx);
    });
  return y;
}

Tensor normalise(const Tensor& x) {
  const std::int64_t rows = x.shape().rows(), n = x.dim(-1);
  Tensor y(x.shape());
  const auto length = [=](std::int64_t r) { return std::sqrt(kernels::table().dot(x.data() + r * n, x.data() + r * n, n)); };
  for (std::int64_t r = 0; r < rows; ++r) {
    const float l = length(r);
    for (std::int64_t i = 0; i < n; ++i) y.data()[r * n + i] = l > 0 ? x.data()[r * n + i] / l : 0.0f;
  }
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dx = Tensor::zeros(x.shape());
      for (std::int64_t r = 0; r < rows; ++r) {
        const float l = length(r), *u = y.data() + r * n, *d = dy.data() + r * n;
        const float inner = kernels::table().dot(u, d, n);
        for (std::int64_t i = 0; i < n && l > 0; ++i) dx.data()[r * n + i] = (d[i] - u[i] * inner) / l;
      }
      grads.add(x, dx);
    });
  return y;
}

}  // namespace maru::ops
