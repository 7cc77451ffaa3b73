// Rows of the first axis: a range without a copy, any rows by index, or those of two tensors as one.
#include <algorithm>

#include "maru/ops/ops.h"

namespace maru::ops {

Tensor slice(const Tensor& x, std::int64_t begin, std::int64_t end) {
  Tensor y = x.rows(begin, end);
  y.set_trainable(false);
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dx = Tensor::zeros(x.shape());
      std::copy_n(dy.data(), dy.size(), dx.rows(begin, end).data());
      grads.add(x, dx);
    });
  return y;
}

Tensor join(const Tensor& a, const Tensor& b) {
  check(a.shape().rank() == 2 && b.shape().rank() == 2 && a.dim(1) == b.dim(1), "join: {} and {} do not fit", a.shape().text(),
        b.shape().text());
  const std::int64_t rows = a.dim(0), all = rows + b.dim(0);
  Tensor y({all, a.dim(1)});
  std::copy_n(b.data(), b.size(), std::copy_n(a.data(), a.size(), y.data()));
  if (Tape* tape = Tape::recording(a, b))
    tape->record(y, [=, shape = y.shape()](const Tensor& given, Grads& grads) {
      const Tensor dy = given.reshape(shape);
      grads.add(a, dy.rows(0, rows));
      grads.add(b, dy.rows(rows, all));
    });
  return y;
}

Tensor gather(const Tensor& x, std::span<const std::int64_t> rows) {
  const std::int64_t width = x.dim(-1);
  Tensor y({std::int64_t(rows.size()), width});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check(rows[i] >= 0 && rows[i] < x.shape().rows(), "gather: row {} of {}", rows[i], x.shape().text());
    std::copy_n(x.data() + rows[i] * width, width, y.data() + std::int64_t(i) * width);
  }
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=, kept = std::vector<std::int64_t>(rows.begin(), rows.end())](const Tensor& dy, Grads& grads) {
      Tensor dx = Tensor::zeros(x.shape());
      for (std::size_t i = 0; i < kept.size(); ++i)
        for (std::int64_t j = 0; j < width; ++j) dx.data()[kept[i] * width + j] += dy.data()[std::int64_t(i) * width + j];
      grads.add(x, dx);
    });
  return y;
}

}  // namespace maru::ops
