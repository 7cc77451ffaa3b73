// Rows of a table by id; of a packed table only the rows asked for are decoded.
#include "maru/ops/ops.h"

namespace maru::ops {

Tensor embed(const Tensor& table, std::span<const std::int32_t> ids, std::int32_t unlearned) {
  const std::int64_t vocabulary = table.dim(0), width = table.dim(1);
  for (const std::int32_t id : ids) check(id >= 0 && id < vocabulary, "embed: id {} is outside a vocabulary of {}", id, vocabulary);
  Tensor y({std::int64_t(ids.size()), width});
  const quant::Format* const format = table.format();
  const std::size_t row_bytes = format ? std::size_t(width / format->block) * format->bytes : std::size_t(width) * sizeof(float);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const std::span<float> row(y.data() + std::int64_t(i) * width, std::size_t(width));
    const std::byte* from = table.bytes() + std::size_t(ids[i]) * row_bytes;
    if (format) format->decode(from, row);
    else std::copy_n(reinterpret_cast<const float*>(from), width, row.begin());
  }
  if (Tape* tape = Tape::recording(table))
    tape->record(y, [=, kept = std::vector<std::int32_t>(ids.begin(), ids.end())](const Tensor& dy, Grads& grads) {
      Tensor dt = Tensor::zeros(table.shape());
      for (std::size_t i = 0; i < kept.size(); ++i) {
        if (kept[i] == unlearned) continue;
        for (std::int64_t j = 0; j < width; ++j) dt.data()[kept[i] * width + j] += dy.data()[std::int64_t(i) * width + j];
      }
      grads.add(table, dt);
    });
  return y;
}

}  // namespace maru::ops
