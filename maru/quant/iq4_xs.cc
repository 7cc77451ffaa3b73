// IQ4_XS: 256 four-bit codes of a table; every 32 share a six-bit scale, and these one half-precision scale. Read, not written.
// w = scale * (scales[s] - 32) * values[q]
#include "maru/kernels/half.h"
#include "maru/quant/iq4_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

struct Block {
  Half scale;
  std::uint16_t scales_high;   // bits 2 s and 2 s + 1: the upper bits of scale s
  std::uint8_t scales_low[4];  // scale s: low (even s) or high half of byte s / 2
  std::uint8_t q[128];         // of every 32 weights: low halves the first 16, high halves the others
};
static_assert(sizeof(Block) == 136, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 256, ++block) {
    const float scale = kernels::float_from_half(block->scale);
    for (std::size_t s = 0; s < 8; ++s) {
      const int code = (block->scales_low[s / 2] >> (s % 2 * 4) & 15) | (block->scales_high >> (s * 2) & 3) << 4;
      const float step = scale * float(code - 32);
      const std::uint8_t* q = block->q + s * 16;
      for (std::size_t i = 0; i < 32; ++i) out[at + s * 32 + i] = step * float(kIq4Values[q[i % 16] >> (i / 16 * 4) & 15]);
    }
  }
}

}  // namespace

Format iq4_xs() { return {.name = "IQ4_XS", .gguf_id = 23, .block = 256, .bytes = sizeof(Block), .decode = decode, .encode = nullptr}; }

}  // namespace maru::quant
