// Q3_K: 256 three-bit codes; every 16 share a signed six-bit scale, and these one half-precision scale.
// w = scale * (scales[s] - 32) * (q - 4)
#include "maru/kernels/half.h"
#include "maru/quant/fit_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

// Of every 128 weights, quarter p is weights 32 p … 32 p + 31.
struct Block {
  std::uint8_t third[32];  // bit s of byte j: the third bit of weight 32 s + j
  std::uint8_t low[64];    // bits 2 p and 2 p + 1 of byte j of a half: the lower bits of weight 32 p + j
  std::uint8_t scales[12];
  Half scale;
};
static_assert(sizeof(Block) == 110, "the size is part of the file format");

// Bytes 0…7 hold the lower four bits of scales 0…7 (low halves) and 8…15 (high halves); bytes 8…11 the upper two bits of scales
// j, j + 4, j + 8 and j + 12.
int scale_code(const Block& block, std::size_t s) {
  return (block.scales[s % 8] >> (s / 8 * 4) & 15) | (block.scales[8 + s % 4] >> (s / 4 * 2) & 3) << 4;
}
void set_scale_code(Block& block, std::size_t s, int code) {
  block.scales[s % 8] |= std::uint8_t((code & 15) << (s / 8 * 4));
  block.scales[8 + s % 4] |= std::uint8_t(code >> 4 << (s / 4 * 2));
}

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 256, ++block) {
    const float scale = kernels::float_from_half(block->scale);
    for (std::size_t i = 0; i < 256; ++i) {
      const int low = block->low[i / 128 * 32 + i % 32] >> (i / 32 % 4 * 2) & 3, third = block->third[i % 32] >> (i / 32) & 1;
      out[at + i] = scale * float(scale_code(*block, i / 16) - 32) * float((low | third << 2) - 4);
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t at = 0; at < in.size(); at += 256, ++block) {
    *block = {};
    std::array<float, 16> scales;
    for (std::size_t s = 0; s < 16; ++s) scales[s] = fitted_scale(in.subspan(at + s * 16, 16), 4);
    // The largest scale takes code 0, which stands for -32: one more step is used on its side.
    block->scale = kernels::half_from_float(extreme(scales) / -32);
    const float scale = kernels::float_from_half(block->scale);
    for (std::size_t s = 0; s < 16; ++s) set_scale_code(*block, s, nearest_code(scales[s], inverse(scale), -32, 31) + 32);
    for (std::size_t i = 0; i < 256; ++i) {
      const int code = nearest_code(in[at + i], inverse(scale * float(scale_code(*block, i / 16) - 32)), -4, 3) + 4;
      block->low[i / 128 * 32 + i % 32] |= std::uint8_t((code & 3) << (i / 32 % 4 * 2));
      block->third[i % 32] |= std::uint8_t(code >> 2 << i / 32);
    }
  }
}

}  // namespace

Format q3_k() { return {.name = "Q3_K", .gguf_id = 11, .block = 256, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
