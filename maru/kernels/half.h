#pragma once
// IEEE 754 half precision in plain C++, for the places where no instruction does it.
#include <cstdint>
#include <cstring>

namespace maru::kernels {

inline float float_from_half(std::uint16_t h) {
  const std::uint32_t sign = std::uint32_t(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023;
  std::uint32_t bits;
  if (exponent == 31) bits = sign | 0x7f800000 | fraction << 13;
  else if (exponent) bits = sign | (exponent + 112) << 23 | fraction << 13;
  else {  // zero or subnormal: fraction * 2^-24
    const float v = float(fraction) * 0x1p-24f;
    std::memcpy(&bits, &v, 4);
    bits |= sign;
  }
  float f;
  std::memcpy(&f, &bits, 4);
  return f;
}

inline std::uint16_t half_from_float(float f) {
  std::uint32_t bits;
  std::memcpy(&bits, &f, 4);
  const std::uint16_t sign = std::uint16_t(bits >> 16 & 0x8000);
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) return sign | 0x7e00;
  if (bits >= 0x477ff000) return sign | 0x7c00;
  if (bits < 0x38800000) {  // subnormal: adding 0.5 leaves the rounded fraction in the low bits
    float v;
    std::memcpy(&v, &bits, 4);
    v += 0.5f;
    std::memcpy(&bits, &v, 4);
    return sign | std::uint16_t(bits - 0x3f000000);
  }
  bits += 0xfff + (bits >> 13 & 1);
  return sign | std::uint16_t((bits - 0x38000000) >> 13);
}

}  // namespace maru::kernels
