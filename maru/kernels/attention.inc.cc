// Attention of up to four query rows over pages of keys: scores, softmax, weighted sum of values. A row's result depends on its own
// keys alone: each score is one sum over the head's dimensions, each output one sum over keys in order.
#include "maru/kernels/isa_includes.h"
#include "maru/kernels/isa_begin.h"
namespace maru::kernels::MARU_ISA {
#include "maru/kernels/simd.h"
namespace {

// Sixteen numbers of a page, from number i on; without their scale in q8_0.
template <KvType T>
MARU_INLINE F numbers(const std::byte* page, std::int64_t i) {
  if constexpr (T == KvType::f32) return load(reinterpret_cast<const float*>(page) + i);
  else if constexpr (T == KvType::f16) return halves(reinterpret_cast<const std::uint16_t*>(page) + i);
  else return signed_bytes(reinterpret_cast<const std::int8_t*>(page) + i);
}

// The scales of block b of 32 dimensions, one for each of the sixteen positions, of keys or values that are n dimensions wide.
MARU_INLINE F scales(const std::byte* page, std::int64_t n, std::int64_t b) {
  return halves(reinterpret_cast<const std::uint16_t*>(page + n * kPage) + b * kPage);
}

// Sums over the dimensions [begin, end) of the keys of two pages, k[0] and k[1]. The same places of the two to come are asked of memory
// meanwhile: pages lie apart, and what guesses streams stops at their ends.
template <KvType T, int R>
MARU_INLINE void products(const AttentionTile& t, const std::byte* const (&k)[4], std::int64_t begin, std::int64_t end, F (&a)[R],
                          F (&b)[R]) {
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) a[r] = b[r] = zero();
  for (std::int64_t d = begin; d < end; ++d) {
    const F x = numbers<T>(k[0], d * kPage), y = numbers<T>(k[1], d * kPage);
    __builtin_prefetch(k[2] + d * kPage * page_value_bytes(T));
    __builtin_prefetch(k[3] + d * kPage * page_value_bytes(T));
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const F q = set(t.q[r][d]);
      a[r] = fma(q, x, a[r]);
      b[r] = fma(q, y, b[r]);
    }
  }
}

template <KvType T, int R>
MARU_INLINE void score(const AttentionTile& t, std::int64_t page, std::int64_t last) {
  const bool two = page + 1 < last;
  const std::byte* k[4];
  for (int i = 0; i < 4; ++i) k[i] = t.pages[page + i < last ? page + i : page] + t.k_offset;
  F a[R], b[R];
  if constexpr (T == KvType::q8_0) {
    F part_a[R], part_b[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) a[r] = b[r] = zero();
    for (std::int64_t d = 0; d < t.head; d += kBlock) {
      products<T, R>(t, k, d, d + kBlock < t.head ? d + kBlock : t.head, part_a, part_b);
      const F x = scales(k[0], t.head, d / kBlock), y = scales(k[1], t.head, d / kBlock);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        a[r] = fma(part_a[r], x, a[r]);
        b[r] = fma(part_b[r], y, b[r]);
      }
    }
  } else {
    products<T, R>(t, k, 0, t.head, a, b);
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

// Columns [column, column + 16 C) of the weighted sum of values. In q8_0 a weight takes its key's scale in first.
template <KvType T, int R, int C>
MARU_INLINE void weigh(const AttentionTile& t, std::int64_t first, std::int64_t last, std::int64_t column) {
  constexpr int kBlocks = T == KvType::q8_0 ? (C + 1) / 2 : 1;  // of 32 columns, each with a scale; columns begin at a multiple of 32
  const std::int64_t width = (t.head + 15) / 16 * 16;
  F out[R][C];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) out[r][c] = zero();
  for (std::int64_t page = first; page < last; ++page) {
    const std::byte* v = t.pages[page] + t.v_offset;
    const std::byte* next = t.pages[page + 1 < last ? page + 1 : page] + t.v_offset + column * page_value_bytes(T);
    constexpr int kStep = C * 16 * int(page_value_bytes(T));  // bytes of a key's columns
    const float* s = t.scores + page * kPage;
    float scaled[R][kBlocks * kPage];
    if constexpr (T == KvType::q8_0) {
#pragma GCC unroll 4
      for (int b = 0; b < kBlocks; ++b) {
        const F scale = scales(v, width, column / kBlock + b);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) store(scaled[r] + b * kPage, mul(load(s + r * t.scores_stride), scale));
      }
    }
    for (int key = 0; key < kPage; ++key) {
      for (int line = 0; line < kStep; line += 64) __builtin_prefetch(next + key * width * page_value_bytes(T) + line);
      F values[C];
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) values[c] = numbers<T>(v, key * width + column + 16 * c);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        F p[kBlocks];
#pragma GCC unroll 4
        for (int b = 0; b < kBlocks; ++b) p[b] = set(T == KvType::q8_0 ? scaled[r][b * kPage + key] : s[r * t.scores_stride + key]);
#pragma GCC unroll 4
        for (int c = 0; c < C; ++c) out[r][c] = fma(p[c / 2 % kBlocks], values[c], out[r][c]);
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

template <KvType T, int R>
void run(const AttentionTile& t) {
  std::int64_t low = t.begin[0], high = t.end[0];
  for (int r = 1; r < R; ++r) {
    low = t.begin[r] < low ? t.begin[r] : low;
    high = t.end[r] > high ? t.end[r] : high;
  }
  using Part = AttentionTile::Part;
  const bool all = t.part == Part::all;
  // Pages that a row does not see have weight 0 in it and add nothing: fma(0, v, s) is s.
  const std::int64_t first = low / kPage, last = (high + kPage - 1) / kPage;
  if (all || t.part == Part::scores) {
    const std::int64_t begin = all || t.first < first ? first : t.first, end = all || t.last > last ? last : t.last;
    for (std::int64_t page = begin; page < end; page += 2) score<T, R>(t, page, end);
  }
  if (all || t.part == Part::softmax)
    for (int r = 0; r < R; ++r) normalise(t.scores + r * t.scores_stride, t.begin[r], t.end[r], first * kPage, last * kPage);
  if (all || t.part == Part::values) {
    const std::int64_t width = (t.head + 15) / 16 * 16, end = all || t.last > width ? width : t.last;
    std::int64_t column = all ? 0 : t.first;
    for (; column + 64 <= end; column += 64) weigh<T, R, 4>(t, first, last, column);
    for (; column + 32 <= end; column += 32) weigh<T, R, 2>(t, first, last, column);
    for (; column < end; column += 16) weigh<T, R, 1>(t, first, last, column);
  }
}

template <KvType T>
void run(const AttentionTile& t) {
  if (t.rows == 4) run<T, 4>(t);
  else if (t.rows == 3) run<T, 3>(t);
  else if (t.rows == 2) run<T, 2>(t);
  else run<T, 1>(t);
}

}  // namespace

void attention(const AttentionTile& t) noexcept {
  if (t.type == KvType::f16) run<KvType::f16>(t);
  else if (t.type == KvType::q8_0) run<KvType::q8_0>(t);
  else run<KvType::f32>(t);
}

}  // namespace maru::kernels::MARU_ISA
#include "maru/kernels/isa_end.h"
