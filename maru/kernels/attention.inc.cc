// Attention of up to four query rows over pages of keys: scores, softmax, weighted sum of values. A row's result depends on its own
// keys alone: each score is one sum over the head's dimensions, each output one sum over keys in order.
#include "maru/kernels/isa_includes.h"
#include "maru/kernels/isa_begin.h"
namespace maru::kernels::MARU_ISA {
#include "maru/kernels/simd.h"
namespace {

template <int R>
MARU_INLINE void score(const AttentionTile& t, std::int64_t page, std::int64_t last) {
  const float* k0 = t.pages[page] + t.k_offset;
  const bool two = page + 1 < last;
  const float* k1 = two ? t.pages[page + 1] + t.k_offset : k0;
  F a[R], b[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) a[r] = b[r] = zero();
  for (std::int64_t d = 0; d < t.head; ++d) {
    const F x = load(k0 + d * kPage), y = load(k1 + d * kPage);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const F q = set(t.q[r][d]);
      a[r] = fma(q, x, a[r]);
      b[r] = fma(q, y, b[r]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    float* s = t.scores + r * t.scores_stride + page * kPage;
    a[r] = mul(a[r], set(t.scale));
    b[r] = mul(b[r], set(t.scale));
    if (t.bias) [[unlikely]] {
      a[r] = add(a[r], load(t.bias[r] + page * kPage));
      if (two) b[r] = add(b[r], load(t.bias[r] + (page + 1) * kPage));
    }
    store(s, a[r]);
    if (two) store(s + kPage, b[r]);
  }
}

// Softmax of one row over the keys it sees; keys outside get weight 0.
MARU_INLINE void normalise(float* s, std::int64_t begin, std::int64_t end, std::int64_t first, std::int64_t padded) {
  for (std::int64_t i = first; i < begin; ++i) s[i] = -1e30f;
  for (std::int64_t i = end; i < padded; ++i) s[i] = -1e30f;
  F top = set(-1e30f);
  for (std::int64_t i = first; i < padded; i += 16) top = max(top, load(s + i));
  float lanes[16];
  store(lanes, top);
  float highest = lanes[0];
  for (int i = 1; i < 16; ++i) highest = lanes[i] > highest ? lanes[i] : highest;
  F total = zero();
  for (std::int64_t i = first; i < padded; i += 16) {
    const F e = exponential(sub(load(s + i), set(highest)));
    store(s + i, e);
    // exponential() does not reach 0: the keys outside are cleared below before they could count.
    if (i >= begin && i + 16 <= end) total = add(total, e);
    else {
      for (int j = 0; j < 16; ++j)
        if (i + j < begin || i + j >= end) s[i + j] = 0;
      total = add(total, load(s + i));
    }
  }
  const F inverse = set(1.0f / sum(total));
  for (std::int64_t i = first; i < padded; i += 16) store(s + i, mul(load(s + i), inverse));
}

template <int R, int C>
MARU_INLINE void weigh(const AttentionTile& t, std::int64_t first, std::int64_t last, std::int64_t column) {
  const std::int64_t width = (t.head + 15) / 16 * 16;
  F out[R][C];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) out[r][c] = zero();
  for (std::int64_t page = first; page < last; ++page) {
    const float* v = t.pages[page] + t.v_offset + column;
    const float* s = t.scores + page * kPage;
    for (int key = 0; key < kPage; ++key, v += width) {
      F values[C];
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) values[c] = load(v + 16 * c);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const F p = set(s[r * t.scores_stride + key]);
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) out[r][c] = fma(p, values[c], out[r][c]);
      }
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const std::int64_t at = column + 16 * c, left = t.head - at;
      if (left >= 16) store(t.out[r] + at, out[r][c]);
      else if (left > 0) store_some(t.out[r] + at, out[r][c], int(left));
    }
}

template <int R>
void run(const AttentionTile& t) {
  std::int64_t low = t.begin[0], high = t.end[0];
  for (int r = 1; r < R; ++r) {
    low = t.begin[r] < low ? t.begin[r] : low;
    high = t.end[r] > high ? t.end[r] : high;
  }
  // Pages that a row does not see have weight 0 in it and add nothing: fma(0, v, s) is s.
  const std::int64_t first = low / kPage, last = (high + kPage - 1) / kPage;
  for (std::int64_t page = first; page < last; page += 2) score<R>(t, page, last);
  for (int r = 0; r < R; ++r) normalise(t.scores + r * t.scores_stride, t.begin[r], t.end[r], first * kPage, last * kPage);
  const std::int64_t width = (t.head + 15) / 16 * 16;
  std::int64_t column = 0;
  for (; column + 64 <= width; column += 64) weigh<R, 4>(t, first, last, column);
  for (; column + 32 <= width; column += 32) weigh<R, 2>(t, first, last, column);
  for (; column < width; column += 16) weigh<R, 1>(t, first, last, column);
}

}  // namespace

void attention(const AttentionTile& t) noexcept {
  if (t.rows == 4) run<4>(t);
  else if (t.rows == 3) run<3>(t);
  else if (t.rows == 2) run<2>(t);
  else run<1>(t);
}

}  // namespace maru::kernels::MARU_ISA
#include "maru/kernels/isa_end.h"
