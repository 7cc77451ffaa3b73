// The product with weights that lie row after row: sixteen accumulators along a row, whatever the number of rows.
#include "maru/kernels/isa_includes.h"
#include "maru/kernels/isa_begin.h"
namespace maru::kernels::MARU_ISA {
#include "maru/kernels/simd.h"
namespace {

constexpr int kRows = kRowsF32 >= 3 ? 4 : 2, kColumns = kRowsF32 >= 8 ? 4 : 1;  // as many accumulators as there are registers for

// R rows of x against C rows of w. One order for every pair: lane i adds up k = i, i + 16 …, then the lanes, then what is left of a row.
template <int R, int C>
MARU_INLINE void tile(const GemmRows& g, std::int64_t row, std::int64_t column) {
  const float *x = g.x + row * g.ldx, *w = g.w + column * g.k;
  const std::int64_t whole = g.k / 16 * 16;
  F acc[R][C];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) acc[r][c] = zero();
  for (std::int64_t k = 0; k < whole; k += 16) {
    F b[C];
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) b[c] = load(w + c * g.k + k);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const F a = load(x + r * g.ldx + k);
#pragma GCC unroll 8
      for (int c = 0; c < C; ++c) acc[r][c] = fma(a, b[c], acc[r][c]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      float y = sum(acc[r][c]);
      for (std::int64_t k = whole; k < g.k; ++k) y += x[r * g.ldx + k] * w[c * g.k + k];
      g.y[(row + r) * g.ldy + column + c] = g.bias ? y + g.bias[column + c] : y;
    }
}

template <int R>
void columns(const GemmRows& g, std::int64_t row) {
  std::int64_t column = 0;
  for (; column + kColumns <= g.n; column += kColumns) tile<R, kColumns>(g, row, column);
  for (; column < g.n; ++column) tile<R, 1>(g, row, column);
}

}  // namespace

void gemm_rows(const GemmRows& g) noexcept {
  std::int64_t row = 0;
  for (; row + kRows <= g.rows; row += kRows) columns<kRows>(g, row);
  for (; row < g.rows; ++row) columns<1>(g, row);
}

}  // namespace maru::kernels::MARU_ISA
#include "maru/kernels/isa_end.h"
