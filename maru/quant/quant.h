#pragma once
// Number formats of weights. A format is one small pair of files: what a block holds (q4_1.cc) and, when it is to be fast, how
// its packed panel is unpacked in registers (q4_1.inc.cc). Every format but f32 and i32 is one of these.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "maru/kernels/kernels.h"

namespace maru::quant {

using Half = std::uint16_t;

using QuantisedGemm = void (*)(const kernels::GemmQuantised&) noexcept;

// Panels: sixteen outputs side by side, block of 32 weights after block, so that one register serves sixteen outputs.
struct Panels {
  std::size_t block_bytes;                          // of sixteen outputs times one block of 32 weights
  void (*pack)(const std::byte* const* rows, std::int64_t blocks, std::uint8_t* panel);  // sixteen rows of blocks to one panel
  QuantisedGemm gemm[4];                            // by instruction set: baseline, avx2, avx512, amx
};

struct Format {
  std::string_view name;                            // as files spell it: "Q4_1"
  int gguf_id;
  std::int64_t block;                               // weights per block
  std::size_t bytes;                                // bytes per block
  void (*decode)(const std::byte* in, std::span<float> out);   // out.size() is a multiple of block
  void (*encode)(std::span<const float> in, std::byte* out);   // nearest values; null: cannot be written
  const Panels* panels = nullptr;                   // null: a tile is decoded and the f32 kernel runs
};

std::span<const Format> all();                      // the generated table
const Format* find(std::string_view name);          // null when there is none; "F32" is not a format

}  // namespace maru::quant
