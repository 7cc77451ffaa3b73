// IQ4_NL: thirty-two four-bit codes of a table share one half-precision scale.  w = scale * values[q]
#include "maru/kernels/half.h"
#include "maru/quant/fit_common.h"
#include "maru/quant/iq4_common.h"
#include "maru/quant/quant.h"

namespace maru::quant {
namespace {

struct Block {
  Half scale;
  std::uint8_t q[16];  // low halves: weights 0…15, high halves: 16…31
};
static_assert(sizeof(Block) == 18, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t at = 0; at < out.size(); at += 32, ++block) {
    const float scale = kernels::float_from_half(block->scale);
    for (std::size_t i = 0; i < 32; ++i) out[at + i] = scale * float(kIq4Values[block->q[i % 16] >> (i / 16 * 4) & 15]);
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  // The extreme weight may be the table's lowest or its highest value, or a little beyond either.
  constexpr std::array<float, 16> kEnds{-139, -135, -131, -127, -123, -119, -115, -111, 97, 101, 105, 109, 113, 117, 121, 125};
  for (std::size_t at = 0; at < in.size(); at += 32, ++block) {
    *block = {};
    const auto value = [](float x) { return float(kIq4Values[std::size_t(iq4_code(x))]); };
    block->scale = kernels::half_from_float(fitted_scale(in.subspan(at, 32), kEnds, value));
    const float one_by = inverse(kernels::float_from_half(block->scale));
    for (std::size_t i = 0; i < 32; ++i) block->q[i % 16] |= std::uint8_t(iq4_code(in[at + i] * one_by) << (i / 16 * 4));
  }
}

}  // namespace

Format iq4_nl() { return {.name = "IQ4_NL", .gguf_id = 20, .block = 32, .bytes = sizeof(Block), .decode = decode, .encode = encode}; }

}  // namespace maru::quant
