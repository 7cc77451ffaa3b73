// Values from one file to another, a few rows at a time.
#include "maru/convert/values.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "maru/base/error.h"

namespace maru::convert {
namespace {

constexpr std::int64_t kPiece = std::int64_t{1} << 20;  // values that are held at once, or one row of more

// Null for f32.
const quant::Format* format_of(const io::StoredTensor& tensor, std::string_view type) {
  const quant::Format* const format = type == "F32" ? nullptr : quant::find(type);
  check(format || type == "F32", "tensor {}: type {} cannot be computed with", tensor.name, type);
  return format;
}

struct Rows {
  const quant::Format* format;
  std::span<const std::byte> bytes;
  std::int64_t count, width;
  void decode(std::int64_t row, std::span<float> out) const {
    decode_row(format, bytes.data() + std::size_t(row) * row_bytes(format, width), out);
  }
};

std::vector<float> turned(const Rows& rows) {
  std::vector<float> row(std::size_t(rows.width)), all(std::size_t(rows.count * rows.width));
  for (std::int64_t r = 0; r < rows.count; ++r) {
    rows.decode(r, row);
    for (std::int64_t i = 0; i < rows.width; ++i) all[std::size_t(i * rows.count + r)] = row[std::size_t(i)];
  }
  return all;
}

void put_values(std::span<const float> values, const quant::Format* format, std::vector<std::byte>& buffer, const io::Put& put) {
  if (!format) return put(std::as_bytes(values));
  buffer.resize(values.size() / std::size_t(format->block) * format->bytes);
  format->encode(values, buffer.data());
  put(buffer);
}

}  // namespace

std::size_t row_bytes(const quant::Format* format, std::int64_t width) {
  return format ? std::size_t(width / format->block) * format->bytes : std::size_t(width) * sizeof(float);
}

void decode_row(const quant::Format* format, const std::byte* in, std::span<float> out) {
  if (format) format->decode(in, out);
  else std::memcpy(out.data(), in, out.size_bytes());
}

io::NewTensor passed(const io::StoredTensor& from, std::string name, std::string type, const Passage& passage) {
  io::NewTensor to{std::move(name), from.shape, type, {}};
  if (passage.transposed) std::ranges::reverse(to.shape);
  if (type == from.type && !passage.source_row && passage.added == 0 && !passage.transposed) {
    to.fill = io::whole(from.bytes);
    return to;
  }
  const quant::Format* const out = format_of(from, type);
  check(!out || out->encode, "tensor {}: type {} cannot be written", from.name, type);
  const std::int64_t width = from.shape.empty() ? 1 : from.shape.back();
  std::int64_t count = 1;
  for (std::size_t i = 0; i + 1 < from.shape.size(); ++i) count *= from.shape[i];
  const Rows rows{format_of(from, from.type), from.bytes, count, width};
  const std::int64_t written = passage.transposed ? count : width;
  check(!out || written % out->block == 0, "tensor {}: rows of {} do not fill blocks of {} ({})", from.name, written, out ? out->block : 1, type);
  to.fill = [=](const io::Put& put) {
    std::vector<std::byte> buffer;
    std::vector<float> values;
    if (passage.transposed) {
      values = turned(rows);
      for (float& v : values) v += passage.added;
      return put_values(values, out, buffer, put);
    }
    const std::int64_t step = std::max<std::int64_t>(1, kPiece / std::max<std::int64_t>(1, width));
    for (std::int64_t first = 0; first < count; first += step) {
      const std::int64_t n = std::min(step, count - first);
      values.resize(std::size_t(n * width));
      for (std::int64_t r = 0; r < n; ++r)
        rows.decode(passage.source_row ? passage.source_row(first + r) : first + r, std::span(values).subspan(std::size_t(r * width), std::size_t(width)));
      for (float& v : values) v += passage.added;
      put_values(values, out, buffer, put);
    }
  };
  return to;
}

}  // namespace maru::convert
