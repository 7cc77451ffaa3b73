// MXFP4: thirty-two four-bit floats (one sign, two exponent, one mantissa bit) share a power of two.  w = 2^(exponent - 128) * values[q]
// OCP Microscaling Formats 1.0; the values are doubled and the power halved, so that all are whole.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "maru/quant/fit_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

struct Block {
  std::uint8_t exponent;
  std::uint8_t q[16];  // low halves: weights 0…15, high halves: 16…31
};
static_assert(sizeof(Block) == 17, "the size is part of the file format");

constexpr std::array<std::int8_t, 16> kValues{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// 2^(exponent - 128); the two smallest are subnormal.
float power(int exponent) {
  return std::bit_cast<float>(exponent < 2 ? std::uint32_t{0x00200000} << exponent : std::uint32_t(exponent - 1) << 23);
}

int nearest_value(float x) {
  const float size = std::abs(x);
  int code = 0;
  while (code < 7 && size > float(kValues[std::size_t(code)] + kValues[std::size_t(code) + 1]) / 2) ++code;
  return x < 0 ? code + 8 : code;
}

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 32, ++block) {
    const float scale = power(block->exponent);
    for (std::size_t i = 0; i < 32; ++i) out[at + i] = scale * float(kValues[block->q[i % 16] >> (i / 16 * 4) & 15]);
  }
}

float squared_error(std::span<const float> w, float scale) {
  float error = 0;
  for (const float value : w) {
    const float off = scale * float(kValues[std::size_t(nearest_value(value * inverse(scale)))]) - value;
    error += off * off;
  }
  return error;
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t at = 0; at < in.size(); at += 32, ++block) {
    *block = {};
    const auto w = in.subspan(at, 32);
    const float top = std::abs(extreme(w));
    if (inverse(top) == 0) continue;
    // The power that brings the largest value near 12, and its neighbours.
    const int middle = std::clamp(std::ilogb(top) - 3 + 128, 3, 253);
    int best = middle;
    for (const int exponent : {middle - 1, middle + 1})
      if (squared_error(w, power(exponent)) < squared_error(w, power(best))) best = exponent;
    block->exponent = std::uint8_t(best);
    for (std::size_t i = 0; i < 32; ++i) block->q[i % 16] |= std::uint8_t(nearest_value(w[i] * inverse(power(best))) << (i / 16 * 4));
  }
}

}  // namespace

Format mxfp4() { return {.name = "MXFP4", .gguf_id = 39, .block = 32, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
