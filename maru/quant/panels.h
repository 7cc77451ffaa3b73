#pragma once
// What the formats of four- and eight-bit codes share when they pack sixteen rows into a panel block:
// sixteen scales (half), sixteen minima (half, where the format has them), then codes in groups of four weights:
// [group of 4][output][4 bytes]; four-bit codes put group g in the low and group g + 4 in the high half of a byte.
#include <cstdint>
#include <cstring>

#include "maru/quant/quant.h"

namespace maru::quant {

inline void pack_nibbles(const std::uint8_t* packed, int output, std::uint8_t* codes) {
  // A block's byte j holds weight j (low) and weight j + 16 (high): exactly group g and group g + 4 of the panel.
  for (int g = 0; g < 4; ++g) std::memcpy(codes + g * 64 + output * 4, packed + g * 4, 4);
}
inline void pack_bytes(const std::int8_t* signed_codes, int output, std::uint8_t* codes) {
  for (int g = 0; g < 8; ++g)
    for (int j = 0; j < 4; ++j) codes[g * 64 + output * 4 + j] = std::uint8_t(signed_codes[g * 4 + j] + 128);
}

// Sixteen rows, block after block: `put` writes what one output's block gives to a panel block of `bytes` bytes.
template <class Block, class Put>
void pack_blocks(const std::byte* const* rows, std::int64_t blocks, std::size_t bytes, std::uint8_t* panel, Put put) {
  for (int output = 0; output < kernels::kPanel; ++output) {
    const auto* block = reinterpret_cast<const Block*>(rows[output]);
    for (std::int64_t b = 0; b < blocks; ++b) put(block[b], output, panel + std::size_t(b) * bytes);
  }
}

// The product of one format on every instruction set this program is built for.
#define MARU_DECLARE_GEMM(name)                                                            \
  }                                                                                        \
  namespace maru::kernels {                                                                \
  namespace baseline { void gemm_##name(const GemmQuantised&) noexcept; }                  \
  namespace avx2 { void gemm_##name(const GemmQuantised&) noexcept; }                      \
  namespace avx512 { void gemm_##name(const GemmQuantised&) noexcept; }                    \
  namespace amx { void gemm_##name(const GemmQuantised&) noexcept; }                       \
  }                                                                                        \
  namespace maru::quant {
#define MARU_GEMMS(name) {kernels::baseline::gemm_##name, kernels::avx2::gemm_##name, kernels::avx512::gemm_##name, kernels::amx::gemm_##name}

}  // namespace maru::quant
