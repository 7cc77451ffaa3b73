// Q4_K: 256 four-bit codes; every 32 share a scale and a minimum of six bits, and these a half-precision scale and minimum.
// w = scale * scales[s] * q - minimum * minima[s]
#include "maru/quant/k_scales_common.h"

namespace maru::quant {
namespace {

struct Block {
  Half scale, minimum;
  std::uint8_t scales[12];
  std::uint8_t q[128];  // of every 64 weights: low halves the first 32, high halves the others
};
static_assert(sizeof(Block) == 144, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 256, ++block) {
    const float scale = kernels::float_from_half(block->scale), minimum = kernels::float_from_half(block->minimum);
    for (int s = 0; s < 8; ++s) {
      const float step = scale * float(k_scale(block->scales, s)), shift = minimum * float(k_minimum(block->scales, s));
      const std::uint8_t* q = block->q + s / 2 * 32;
      for (int j = 0; j < 32; ++j) out[at + std::size_t(s * 32 + j)] = step * float(q[j] >> (s % 2 * 4) & 15) - shift;
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t at = 0; at < in.size(); at += 256, ++block) {
    *block = {};
    encode_k_block(in.subspan(at, 256), 15, *block, [block](std::size_t i, int code) {
      block->q[i / 64 * 32 + i % 32] |= std::uint8_t(code << (i / 32 % 2 * 4));
    });
  }
}

}  // namespace

Format q4_k() { return {.name = "Q4_K", .gguf_id = 12, .block = 256, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
