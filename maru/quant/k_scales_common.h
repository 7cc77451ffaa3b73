#pragma once
// What Q4_K and Q5_K share: eight scales and eight minima of six bits in twelve bytes, chosen for eight sub-blocks of 32 weights.
#include <cstdint>
#include <span>

#include "maru/kernels/half.h"
#include "maru/quant/fit_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {

// Bytes 0…3: scales 0…3; bytes 4…7: minima 0…3; bytes 8…11: low halves of scales 4…7 (low) and minima 4…7 (high), whose upper two
// bits stand in the top of bytes 0…3 and 4…7.
inline int k_scale(const std::uint8_t* packed, int i) {
  return i < 4 ? packed[i] & 63 : (packed[i + 4] & 15) | (packed[i - 4] >> 6) << 4;
}
inline int k_minimum(const std::uint8_t* packed, int i) {
  return i < 4 ? packed[i + 4] & 63 : packed[i + 4] >> 4 | (packed[i] >> 6) << 4;
}
inline void set_k_scale(std::uint8_t* packed, int i, int scale, int minimum) {
  if (i < 4) {
    packed[i] = std::uint8_t((packed[i] & 192) | scale);
    packed[i + 4] = std::uint8_t((packed[i + 4] & 192) | minimum);
    return;
  }
  packed[i + 4] = std::uint8_t((scale & 15) | (minimum & 15) << 4);
  packed[i - 4] = std::uint8_t((packed[i - 4] & 63) | scale >> 4 << 6);
  packed[i] = std::uint8_t((packed[i] & 63) | minimum >> 4 << 6);
}

// Fits 256 weights with codes from 0 to top; fills scale, minimum and scales, and tells every weight's code: put(weight, code).
template <class Block, class Put>
void encode_k_block(std::span<const float> w, int top, Block& block, Put put) {
  std::array<Range, 8> ranges;
  float most_scale = 0, most_minimum = 0;
  for (std::size_t s = 0; s < 8; ++s) {
    ranges[s] = fitted_range(w.subspan(s * 32, 32), top);
    most_scale = std::max(most_scale, ranges[s].scale);
    most_minimum = std::max(most_minimum, ranges[s].minimum);
  }
  block.scale = kernels::half_from_float(most_scale / 63);
  block.minimum = kernels::half_from_float(most_minimum / 63);
  const float scale = kernels::float_from_half(block.scale), minimum = kernels::float_from_half(block.minimum);
  for (std::size_t s = 0; s < 8; ++s) {
    const int scale_code = nearest_code(ranges[s].scale, inverse(scale), 0, 63);
    const int minimum_code = nearest_code(ranges[s].minimum, inverse(minimum), 0, 63);
    set_k_scale(block.scales, int(s), scale_code, minimum_code);
    const float one_by = inverse(scale * float(scale_code)), shift = minimum * float(minimum_code);
    for (std::size_t i = s * 32; i < s * 32 + 32; ++i) put(i, nearest_code(w[i] + shift, one_by, 0, top));
  }
}

}  // namespace maru::quant
