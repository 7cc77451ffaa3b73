// Q4_0: thirty-two four-bit codes share one half-precision scale.  w = scale * (q - 8)
#include <algorithm>
#include <cmath>

#include "maru/kernels/half.h"
#include "maru/quant/panels.h"

namespace maru::quant {
MARU_DECLARE_GEMM(q4_0)
namespace {

struct Block {
  Half scale;
  std::uint8_t q[16];  // low halves: weights 0…15, high halves: 16…31
};
static_assert(sizeof(Block) == 18, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t i = 0; i < out.size(); i += 32, ++block) {
    const float scale = kernels::float_from_half(block->scale);
    for (int j = 0; j < 16; ++j) {
      out[i + j] = scale * float((block->q[j] & 15) - 8);
      out[i + j + 16] = scale * float((block->q[j] >> 4) - 8);
    }
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t i = 0; i < in.size(); i += 32, ++block) {
    // The largest value in magnitude becomes code 0, which stands for -8: one more step is used on its side.
    float extreme = 0;
    for (int j = 0; j < 32; ++j)
      if (std::abs(in[i + j]) > std::abs(extreme)) extreme = in[i + j];
    const float scale = extreme / -8;
    block->scale = kernels::half_from_float(scale);
    const auto code = [&](float w) { return std::uint8_t(std::clamp(scale != 0 ? int(std::floor(w / scale + 8.5f)) : 8, 0, 15)); };
    for (int j = 0; j < 16; ++j) block->q[j] = std::uint8_t(code(in[i + j]) | code(in[i + j + 16]) << 4);
  }
}

constexpr std::size_t kPanelBlock = 32 + 256;

void pack(const std::byte* const* rows, std::int64_t blocks, std::uint8_t* panel) {
  pack_blocks<Block>(rows, blocks, kPanelBlock, panel, [](const Block& block, int output, std::uint8_t* to) {
    std::memcpy(to + output * 2, &block.scale, 2);
    pack_nibbles(block.q, output, to + 32);
  });
}

constexpr Panels kPanels{.block_bytes = kPanelBlock, .pack = pack, .gemm = MARU_GEMMS(q4_0)};

}  // namespace

Format q4_0() {
  return {.name = "Q4_0", .gguf_id = 2, .block = 32, .bytes = sizeof(Block), .decode = decode, .encode = encode, .panels = &kPanels};
}

}  // namespace maru::quant
