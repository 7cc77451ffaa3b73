// Q5_1: thirty-two five-bit codes share a half-precision scale and minimum.  w = scale * q + minimum
#include "maru/kernels/half.h"
#include "maru/quant/fit_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

struct Block {
  Half scale, minimum;
  std::uint8_t fifth[4];  // bit i of the little-endian word: the fifth bit of weight i
  std::uint8_t q[16];     // low halves: weights 0…15, high halves: 16…31
};
static_assert(sizeof(Block) == 24, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 32, ++block) {
    const float scale = kernels::float_from_half(block->scale), minimum = kernels::float_from_half(block->minimum);
    for (std::size_t i = 0; i < 32; ++i) {
      const int code = (block->q[i % 16] >> (i / 16 * 4) & 15) | (block->fifth[i / 8] >> (i % 8) & 1) << 4;
      out[at + i] = scale * float(code) + minimum;
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t at = 0; at < in.size(); at += 32, ++block) {
    *block = {};
    const auto w = in.subspan(at, 32);
    const auto [low, high] = std::minmax_element(w.begin(), w.end());
    block->scale = kernels::half_from_float((*high - *low) / 31);
    block->minimum = kernels::half_from_float(*low);
    const float one_by = inverse(kernels::float_from_half(block->scale)), minimum = kernels::float_from_half(block->minimum);
    for (std::size_t i = 0; i < 32; ++i) {
      const int code = nearest_code(w[i] - minimum, one_by, 0, 31);
      block->q[i % 16] |= std::uint8_t((code & 15) << (i / 16 * 4));
      block->fifth[i / 8] |= std::uint8_t(code >> 4 << (i % 8));
    }
  }
}

}  // namespace

Format q5_1() { return {.name = "Q5_1", .gguf_id = 7, .block = 32, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
