#pragma once
// The values of a stored tensor on their way into another file: decoded, reordered and encoded a few rows at a time.
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "maru/io/model_file.h"
#include "maru/io/writers.h"
#include "maru/quant/quant.h"

namespace maru::convert {

// Bytes of a row of `width` values, and its values; a null format is f32.
std::size_t row_bytes(const quant::Format* format, std::int64_t width);
void decode_row(const quant::Format* format, const std::byte* in, std::span<float> out);

struct Passage {
  // The row of the stored tensor that becomes row `row` of the written one; empty: the same.
  std::function<std::int64_t(std::int64_t row)> source_row = {};
  float added = 0;                 // to every value
  bool transposed = false;         // a matrix is written the other way round
};

// `type` as the written file calls it. Bytes pass as they are when nothing changes. Throws Error for a type that cannot be computed with.
io::NewTensor passed(const io::StoredTensor& from, std::string name, std::string type, const Passage& passage = {});

}  // namespace maru::convert
