#pragma once
// Raw loops over raw memory, one build per instruction set, chosen once. Nothing here knows what a tensor is; nothing throws,
// allocates or checks. One order of summation holds whatever the number of rows, so neighbours and threads change no result.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "maru/base/phrase.h"

namespace maru::kernels {

constexpr int kPanel = 16;      // outputs that a packed panel of quantised weights holds side by side
constexpr int kPanelF32 = 32;   // the same of f32 weights
constexpr int kBlock = 32;      // weights that share one scale
constexpr int kScale = 16;      // activations that share one scale
constexpr int kPage = 16;       // keys in one page of attention memory

// Rows of activations in signed bytes: value = scale * code. Half of a weight's block shares a scale: with whole blocks the outliers of
// SmolLM2 cost half as much error again.
struct QuantisedRows {
  const std::int8_t* codes;     // [rows, k]
  const float* scales;          // [rows, k / 16]
  const float* sums;            // [rows, k / 32]: the sum of scale * code over the block
};

// y[rows, n] = x[rows, k] times the transposed packed weights [n, k], for the panels [first, last). `bias` may be null.
struct GemmF32 {
  const float* x; std::int64_t ldx;
  const float* panels;          // [n / 32 rounded up][k][32]
  const float* bias;
  float* y; std::int64_t ldy;
  std::int64_t rows, n, k, first, last;
};
// The same with weights as they are, [n][k], for formats that are decoded a few rows at a time: packing them would cost a lone row more
// than its product.
struct GemmRows {
  const float* x; std::int64_t ldx;
  const float* w;               // [n, k]
  const float* bias;
  float* y; std::int64_t ldy;
  std::int64_t rows, n, k;
};
struct GemmQuantised {
  QuantisedRows x;
  const std::uint8_t* panels;   // [n / 16 rounded up][k / 32][panel block]
  const float* bias;
  float* y; std::int64_t ldy;
  std::int64_t rows, n, k, first, last;
};

// How a page stores numbers. q8_0: signed bytes, of which 32 dimensions of one position share a scale in half precision.
enum class KvType : std::uint8_t { f32, f16, q8_0 };
// A page holds for each head its keys [head][16] and behind them its values [16][head rounded up to 16]. In q8_0 the scales
// [head / 32 rounded up][16] follow the codes of each.
constexpr std::int64_t page_scales_bytes(KvType type, std::int64_t head) { return type == KvType::q8_0 ? (head + 31) / 32 * kPage * 2 : 0; }
constexpr std::int64_t page_value_bytes(KvType type) { return type == KvType::f32 ? 4 : type == KvType::f16 ? 2 : 1; }
constexpr std::int64_t page_keys_bytes(KvType type, std::int64_t head) {
  return head * kPage * page_value_bytes(type) + page_scales_bytes(type, head);
}
constexpr std::int64_t page_values_bytes(KvType type, std::int64_t head) { return page_keys_bytes(type, (head + 15) / 16 * 16); }

// Positions of one head on their way into a page.
struct PageWrite {
  KvType type;
  const float* k;               // n rows of [head], each `stride` behind the last …
  const float* v;               // … and so the values
  std::int64_t stride, n, head;
  int slot;                     // of the first position in the page; slot + n <= 16
  std::byte* keys;              // of this head in the page …
  std::byte* values;            // … and its values
};

// Attention of a few query rows of one head over pages of keys and values.
struct AttentionTile {
  const float* const* q;        // `rows` pointers to [head]
  float* const* out;            // `rows` pointers to [head]
  const std::int64_t* begin;    // first key each row sees …
  const std::int64_t* end;      // … and one past the last
  int rows;                     // at most 4
  KvType type;
  const std::byte* const* pages;  // page p holds keys 16p … 16p+15
  std::int64_t k_offset;        // bytes in a page before this head's keys …
  std::int64_t v_offset;        // … and before its values
  std::int64_t head;
  float scale;
  const float* const* bias;     // null, or for each row what is added to its scaled scores, by key (readable up to keys rounded up to 16)
  float* scores;                // workspace: rows * (keys rounded up to 32)
  std::int64_t scores_stride;
  // All of it, or one of three steps in this order, of which the first and the last may be cut among threads: the scores of the pages
  // [first, last); the softmax; the columns [first, last) of the output, from a multiple of 32 on. The bits are the same.
  enum class Part : std::uint8_t { all, scores, softmax, values };
  Part part = Part::all;
  std::int64_t first = 0, last = 0;
};

struct Table {
  std::string_view isa;
  void (*gemm_f32)(const GemmF32&) noexcept;
  void (*gemm_rows)(const GemmRows&) noexcept;
  void (*quantise_rows)(const float* x, std::int64_t rows, std::int64_t k, std::int8_t* codes, float* scales, float* sums) noexcept;
  void (*attention)(const AttentionTile&) noexcept;
  // Rounds to the page's type: half precision to nearest even, at most 65504; codes to the nearest multiple of their rounded scale.
  void (*write_page)(const PageWrite&) noexcept;
  void (*rms_norm)(const float* x, const float* gain, float* y, std::int64_t rows, std::int64_t n, float eps) noexcept;
  void (*layer_norm)(const float* x, const float* gain, const float* bias, float* y, std::int64_t rows, std::int64_t n, float eps) noexcept;
  void (*swiglu)(const float* gate, const float* up, float* y, std::int64_t n) noexcept;
  void (*gelu)(const float* x, float* y, std::int64_t n) noexcept;          // x Φ(x), by erf
  void (*gelu_tanh)(const float* x, float* y, std::int64_t n) noexcept;     // its approximation by tanh
  void (*relu)(const float* x, float* y, std::int64_t n) noexcept;
  void (*silu)(const float* x, float* y, std::int64_t n) noexcept;
  void (*tanh)(const float* x, float* y, std::int64_t n) noexcept;
  void (*multiply)(const float* a, const float* b, float* y, std::int64_t n) noexcept;
  void (*add)(const float* a, const float* b, float* y, std::int64_t n) noexcept;
  // Adds b[n] to every row of x.
  void (*add_row)(const float* x, const float* b, float* y, std::int64_t rows, std::int64_t n) noexcept;
  float (*dot)(const float* a, const float* b, std::int64_t n) noexcept;
  void (*softmax)(float* x, std::int64_t n) noexcept;                       // in place
};

const Table& table();                              // the chosen one
std::span<const Table* const> tables();            // every one this CPU can run, baseline first
int isa_index();                                   // 0 baseline, 1 avx2, 2 avx512, 3 amx
std::string_view isa_name();
Phrase isa_reason();                               // in plain words: what the CPU has, what MARU_ISA asked for
void set_isa(std::string_view name);               // for tests and benches; throws Error when this CPU cannot

float half_to_float(std::uint16_t h);
std::uint16_t float_to_half(float f);              // round to nearest even

}  // namespace maru::kernels
