// Q4_1: thirty-two four-bit codes share a half-precision scale and minimum.  w = scale * q + minimum
#include <algorithm>
#include <cmath>

#include "maru/kernels/half.h"
#include "maru/quant/panels.h"

namespace maru::quant {
MARU_DECLARE_GEMM(q4_1)
namespace {

struct Block {
  Half scale, minimum;
  std::uint8_t q[16];  // low halves: weights 0…15, high halves: 16…31
};
static_assert(sizeof(Block) == 20, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t i = 0; i < out.size(); i += 32, ++block) {
    const float scale = kernels::float_from_half(block->scale), minimum = kernels::float_from_half(block->minimum);
    for (int j = 0; j < 16; ++j) {
      out[i + j] = scale * float(block->q[j] & 15) + minimum;
      out[i + j + 16] = scale * float(block->q[j] >> 4) + minimum;
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t i = 0; i < in.size(); i += 32, ++block) {
    const auto [low, high] = std::minmax_element(in.begin() + std::ptrdiff_t(i), in.begin() + std::ptrdiff_t(i) + 32);
    const float scale = (*high - *low) / 15, minimum = *low;
    block->scale = kernels::half_from_float(scale);
    block->minimum = kernels::half_from_float(minimum);
    const auto code = [&](float w) { return std::uint8_t(std::clamp(scale > 0 ? int((w - minimum) / scale + 0.5f) : 0, 0, 15)); };
    for (int j = 0; j < 16; ++j) block->q[j] = std::uint8_t(code(in[i + j]) | code(in[i + j + 16]) << 4);
  }
}

constexpr std::size_t kPanelBlock = 64 + 256;

void pack(const std::byte* const* rows, std::int64_t blocks, std::uint8_t* panel) {
  pack_blocks<Block>(rows, blocks, kPanelBlock, panel, [](const Block& block, int output, std::uint8_t* to) {
    std::memcpy(to + output * 2, &block.scale, 2);
    std::memcpy(to + 32 + output * 2, &block.minimum, 2);
    pack_nibbles(block.q, output, to + 64);
  });
}

constexpr Panels kPanels{.block_bytes = kPanelBlock, .pack = pack, .gemm = MARU_GEMMS(q4_1)};

}  // namespace

Format q4_1() {
  return {.name = "Q4_1", .gguf_id = 3, .block = 32, .bytes = sizeof(Block), .decode = decode, .encode = encode, .panels = &kPanels};
}

}  // namespace maru::quant
