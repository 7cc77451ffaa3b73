// Q6_K: 256 six-bit codes; every 16 share a signed eight-bit scale, and these one half-precision scale.
// w = scale * scales[s] * (q - 32)
#include "maru/kernels/half.h"
#include "maru/quant/fit_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

// Of every 128 weights, quarter p is weights 32 p … 32 p + 31: quarters 0 and 1 in the low halves of 64 bytes, 2 and 3 in the high.
struct Block {
  std::uint8_t low[128];
  std::uint8_t high[64];  // bits 2 p and 2 p + 1 of byte j: the upper bits of weight 32 p + j
  std::int8_t scales[16];
  Half scale;
};
static_assert(sizeof(Block) == 210, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 256, ++block) {
    const float scale = kernels::float_from_half(block->scale);
    for (std::size_t i = 0; i < 256; ++i) {
      const std::size_t half = i / 128, quarter = i / 32 % 4, j = i % 32;
      const int low = block->low[half * 64 + quarter % 2 * 32 + j] >> (quarter / 2 * 4) & 15;
      const int high = block->high[half * 32 + j] >> (quarter * 2) & 3;
      out[at + i] = scale * float(block->scales[i / 16]) * float((low | high << 4) - 32);
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t at = 0; at < in.size(); at += 256, ++block) {
    *block = {};
    std::array<float, 16> scales;
    for (std::size_t s = 0; s < 16; ++s) scales[s] = fitted_scale(in.subspan(at + s * 16, 16), 32);
    // The largest scale takes code -128: one more step is used on its side.
    block->scale = kernels::half_from_float(extreme(scales) / -128);
    const float scale = kernels::float_from_half(block->scale);
    for (std::size_t s = 0; s < 16; ++s) block->scales[s] = std::int8_t(nearest_code(scales[s], inverse(scale), -128, 127));
    for (std::size_t i = 0; i < 256; ++i) {
      const std::size_t half = i / 128, quarter = i / 32 % 4, j = i % 32;
      const int code = nearest_code(in[at + i], inverse(scale * float(block->scales[i / 16])), -32, 31) + 32;
      block->low[half * 64 + quarter % 2 * 32 + j] |= std::uint8_t((code & 15) << (quarter / 2 * 4));
      block->high[half * 32 + j] |= std::uint8_t(code >> 4 << (quarter * 2));
    }
  }
}

}  // namespace

Format q6_k() { return {.name = "Q6_K", .gguf_id = 14, .block = 256, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
