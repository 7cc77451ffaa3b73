#pragma once
// The sixteen values that a four-bit code of IQ4_NL and IQ4_XS stands for: dense near zero, where weights are.
#include <array>
#include <cstdint>

namespace maru::quant {

constexpr std::array<std::int8_t, 16> kIq4Values{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// The code whose value is nearest to x.
inline int iq4_code(float x) {
  int code = 0;
  while (code < 15 && x > (float(kIq4Values[std::size_t(code)]) + float(kIq4Values[std::size_t(code) + 1])) / 2) ++code;
  return code;
}

}  // namespace maru::quant
