// Q5_0: thirty-two five-bit codes share one half-precision scale.  w = scale * (q - 16)
#include <cstring>

#include "maru/kernels/half.h"
#include "maru/quant/fit_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

struct Block {
  Half scale;
  std::uint8_t fifth[4];  // bit i of the little-endian word: the fifth bit of weight i
  std::uint8_t q[16];     // low halves: weights 0…15, high halves: 16…31
};
static_assert(sizeof(Block) == 22, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 32, ++block) {
    const float scale = kernels::float_from_half(block->scale);
    for (std::size_t i = 0; i < 32; ++i) {
      const int code = (block->q[i % 16] >> (i / 16 * 4) & 15) | (block->fifth[i / 8] >> (i % 8) & 1) << 4;
      out[at + i] = scale * float(code - 16);
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t at = 0; at < in.size(); at += 32, ++block) {
    *block = {};
    // The largest value in magnitude becomes code 0, which stands for -16: one more step is used on its side.
    block->scale = kernels::half_from_float(extreme(in.subspan(at, 32)) / -16);
    const float one_by = inverse(kernels::float_from_half(block->scale));
    for (std::size_t i = 0; i < 32; ++i) {
      const int code = nearest_code(in[at + i], one_by, -16, 15) + 16;
      block->q[i % 16] |= std::uint8_t((code & 15) << (i / 16 * 4));
      block->fifth[i / 8] |= std::uint8_t(code >> 4 << (i % 8));
    }
  }
}

}  // namespace

Format q5_0() { return {.name = "Q5_0", .gguf_id = 6, .block = 32, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
