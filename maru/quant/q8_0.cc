// Q8_0: thirty-two signed bytes share one half-precision scale.  w = scale * q
#include <algorithm>
#include <cmath>

#include "maru/kernels/half.h"
#include "maru/quant/panels.h"

namespace maru::quant {
MARU_DECLARE_GEMM(q8_0)
namespace {

struct Block {
  Half scale;
  std::int8_t q[32];
};
static_assert(sizeof(Block) == 34, "the size is part of the file format");

void decode(const std::byte* in, std::span<float> out) {
  const auto* block = reinterpret_cast<const Block*>(in);
  for (std::size_t i = 0; i < out.size(); i += 32, ++block) {
    const float scale = kernels::float_from_half(block->scale);
    for (int j = 0; j < 32; ++j) out[i + j] = scale * float(block->q[j]);
  }
}

void encode(std::span<const float> in, std::byte* out) {
  auto* block = reinterpret_cast<Block*>(out);
  for (std::size_t i = 0; i < in.size(); i += 32, ++block) {
    float top = 0;
    for (int j = 0; j < 32; ++j) top = std::max(top, std::abs(in[i + j]));
    const float scale = top / 127;
    block->scale = kernels::half_from_float(scale);
    for (int j = 0; j < 32; ++j) block->q[j] = std::int8_t(std::lround(scale > 0 ? in[i + j] / scale : 0.0f));
  }
}

constexpr std::size_t kPanelBlock = 32 + 512;

void pack(const std::byte* const* rows, std::int64_t blocks, std::uint8_t* panel) {
  pack_blocks<Block>(rows, blocks, kPanelBlock, panel, [](const Block& block, int output, std::uint8_t* to) {
    std::memcpy(to + output * 2, &block.scale, 2);
    pack_bytes(block.q, output, to + 32);
  });
}

constexpr Panels kPanels{.block_bytes = kPanelBlock, .pack = pack, .gemm = MARU_GEMMS(q8_0)};

}  // namespace

Format q8_0() {
  return {.name = "Q8_0", .gguf_id = 8, .block = 32, .bytes = sizeof(Block), .decode = decode, .encode = encode, .panels = &kPanels};
}

}  // namespace maru::quant
