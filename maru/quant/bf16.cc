// BF16: the upper half of an f32, one number a block.
#include <cstring>

#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

void decode(const std::byte* in, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint16_t upper;
    std::memcpy(&upper, in + 2 * i, 2);
    const std::uint32_t bits = std::uint32_t(upper) << 16;
    std::memcpy(&out[i], &bits, 4);
  }
}

// To nearest, ties to even; a NaN stays one.
void encode(std::span<const float> in, std::byte* out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    std::uint32_t bits;
    std::memcpy(&bits, &in[i], 4);
    const bool nan = (bits & 0x7fffffff) > 0x7f800000;
    const std::uint16_t upper = nan ? std::uint16_t(bits >> 16 | 64) : std::uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    std::memcpy(out + 2 * i, &upper, 2);
  }
}

}  // namespace

Format bf16() { return {.name = "BF16", .gguf_id = 30, .block = 1, .bytes = 2, .decode = decode, .encode = encode}; }

}  // namespace maru::quant
