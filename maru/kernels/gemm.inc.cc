// The f32 product, and activations to signed bytes.
#include "maru/kernels/isa_includes.h"
#include "maru/kernels/isa_begin.h"
namespace maru::kernels::MARU_ISA {
#include "maru/kernels/simd.h"
namespace {

// R rows against one panel of 32 outputs. Every output is one accumulator over k = 0 … K-1, whatever R is.
template <int R>
MARU_INLINE void tile(const GemmF32& g, std::int64_t row, std::int64_t panel) {
  const float* x = g.x + row * g.ldx;
  const float* w = g.panels + panel * g.k * kPanelF32;
  F low[R], high[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) low[r] = high[r] = zero();
  for (std::int64_t k = 0; k < g.k; ++k, w += kPanelF32) {
    const F a = load(w), b = load(w + 16);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const F v = set(x[r * g.ldx + k]);
      low[r] = fma(v, a, low[r]);
      high[r] = fma(v, b, high[r]);
    }
  }
  const std::int64_t column = panel * kPanelF32;
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    float* y = g.y + (row + r) * g.ldy + column;
    const std::int64_t left = g.n - column;
    if (left >= kPanelF32) {
      if (g.bias) low[r] = add(low[r], load(g.bias + column)), high[r] = add(high[r], load(g.bias + column + 16));
      store(y, low[r]);
      store(y + 16, high[r]);
    } else {
      float t[kPanelF32];
      store(t, low[r]);
      store(t + 16, high[r]);
      for (std::int64_t i = 0; i < left; ++i) y[i] = g.bias ? t[i] + g.bias[column + i] : t[i];
    }
  }
}

template <int R>
void tail(const GemmF32& g, std::int64_t row, std::int64_t panel) {
  if constexpr (R > 0) {
    if (g.rows - row >= R) tile<R>(g, row, panel);
    else tail<R - 1>(g, row, panel);
  }
}

}  // namespace

void gemm_f32(const GemmF32& g) noexcept {
  for (std::int64_t panel = g.first; panel < g.last; ++panel) {
    std::int64_t row = 0;
    for (; row + kRowsF32 <= g.rows; row += kRowsF32) tile<kRowsF32>(g, row, panel);
    if (row < g.rows) tail<kRowsF32 - 1>(g, row, panel);
  }
}

void quantise_rows(const float* x, std::int64_t rows, std::int64_t k, std::int8_t* codes, float* scales, float* sums) noexcept {
  for (std::int64_t block = 0; block < rows * k / kBlock; ++block) {
    sums[block] = 0;
    for (int half = 0; half < 2; ++half, x += kScale, codes += kScale, ++scales) {
      const F v = load(x);
      const float largest = max_of(max(v, sub(zero(), v)));
      const float inverse = largest > 0 ? 127.0f / largest : 0.0f;
      *scales = largest / 127.0f;
      const F whole = round(mul(v, set(inverse)));
      store_signed_bytes(codes, whole);
      sums[block] += *scales * sum(whole);  // exact: whole numbers
    }
  }
}

}  // namespace maru::kernels::MARU_ISA
#include "maru/kernels/isa_end.h"
