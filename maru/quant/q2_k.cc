// Q2_K: 256 two-bit codes; every 16 share a scale and a minimum of four bits, and these a half-precision scale and minimum.
// w = scale * scales[s] * q - minimum * minima[s]
#include "maru/kernels/half.h"
#include "maru/quant/fit_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

struct Block {
  std::uint8_t scales[16];  // low halves: scales, high halves: minima
  std::uint8_t q[64];       // bits 2 p and 2 p + 1 of byte j of a half: weight 32 p + j of every 128
  Half scale, minimum;
};
static_assert(sizeof(Block) == 84, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 256, ++block) {
    const float scale = kernels::float_from_half(block->scale), minimum = kernels::float_from_half(block->minimum);
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint8_t both = block->scales[i / 16];
      const int code = block->q[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3;
      out[at + i] = scale * float(both & 15) * float(code) - minimum * float(both >> 4);
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t at = 0; at < in.size(); at += 256, ++block) {
    *block = {};
    std::array<Range, 16> ranges;
    float most_scale = 0, most_minimum = 0;
    for (std::size_t s = 0; s < 16; ++s) {
      ranges[s] = fitted_range(in.subspan(at + s * 16, 16), 3);
      most_scale = std::max(most_scale, ranges[s].scale);
      most_minimum = std::max(most_minimum, ranges[s].minimum);
    }
    block->scale = kernels::half_from_float(most_scale / 15);
    block->minimum = kernels::half_from_float(most_minimum / 15);
    const float scale = kernels::float_from_half(block->scale), minimum = kernels::float_from_half(block->minimum);
    for (std::size_t s = 0; s < 16; ++s) {
      const int scale_code = nearest_code(ranges[s].scale, inverse(scale), 0, 15);
      const int minimum_code = nearest_code(ranges[s].minimum, inverse(minimum), 0, 15);
      block->scales[s] = std::uint8_t(scale_code | minimum_code << 4);
      const float one_by = inverse(scale * float(scale_code)), shift = minimum * float(minimum_code);
      for (std::size_t i = s * 16; i < s * 16 + 16; ++i)
        block->q[i / 128 * 32 + i % 32] |= std::uint8_t(nearest_code(in[at + i] + shift, one_by, 0, 3) << (i / 32 % 4 * 2));
    }
  }
}

}  // namespace

Format q2_k() { return {.name = "Q2_K", .gguf_id = 10, .block = 256, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
