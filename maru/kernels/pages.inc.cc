// Writes positions into a page of keys and values, rounded to the page's type. Every instruction set writes the same bytes.
#include "maru/kernels/isa_includes.h"
#include "maru/kernels/isa_begin.h"
namespace maru::kernels::MARU_ISA {
#include "maru/kernels/simd.h"
namespace {

MARU_INLINE F some(const float* x, std::int64_t left) { return left >= 16 ? load(x) : load_some(x, int(left), 0); }

// The scale of up to 32 numbers in half precision. What is no number, or too large, makes a scale that is none: it must not pass for a value.
MARU_INLINE std::uint16_t scale_of(const float* x, std::int64_t n) {
  F top = zero(), faults = zero();
  for (std::int64_t i = 0; i < n; i += 16) {
    const F v = some(x + i, n - i);
    top = max(max(v, sub(zero(), v)), top);
    faults = fma(v, zero(), faults);
  }
  return half_from_float(max_of(top) / 127 + sum(faults));
}

// Sixteen codes of the numbers x that are still `left`.
MARU_INLINE void codes_of(const float* x, std::int64_t left, float scale, std::int8_t* to) {
  const F v = round(div(some(x, left), set(scale > 0 ? scale : 1)));
  store_signed_bytes(to, max(min(v, set(127)), set(-127)));
}

template <class Number>
MARU_INLINE void put(const Number* from, std::int64_t n, Number* to, int step) {
  for (std::int64_t i = 0; i < n; ++i) to[i * step] = from[i];
}

// One position: `column` is its place among the sixteen of each dimension, `row` its own row of values.
MARU_INLINE void write_f32(const float* k, const float* v, std::int64_t head, float* column, float* row) {
  put(k, head, column, kPage);
  put(v, head, row, 1);
}

MARU_INLINE void write_f16(const float* k, const float* v, std::int64_t head, std::uint16_t* column, std::uint16_t* row) {
  for (std::int64_t d = 0; d < head; d += 16) {
    const std::int64_t left = head - d;
    std::uint16_t halves_of_k[16];
    store_halves(halves_of_k, some(k + d, left));
    put(halves_of_k, left < 16 ? left : 16, column + d * kPage, kPage);
    store_halves(row + d, some(v + d, left));
  }
}

MARU_INLINE void write_q8_0(const float* k, const float* v, std::int64_t head, int slot, std::byte* keys, std::byte* values) {
  const std::int64_t width = (head + 15) / 16 * 16;
  auto* column = reinterpret_cast<std::int8_t*>(keys) + slot;
  auto* row = reinterpret_cast<std::int8_t*>(values) + slot * width;
  auto* k_scales = reinterpret_cast<std::uint16_t*>(keys + head * kPage) + slot;
  auto* v_scales = reinterpret_cast<std::uint16_t*>(values + width * kPage) + slot;
  for (std::int64_t block = 0; block < head; block += kBlock) {
    const std::int64_t end = block + kBlock < head ? block + kBlock : head;
    const std::uint16_t k_scale = scale_of(k + block, end - block), v_scale = scale_of(v + block, end - block);
    k_scales[block / kBlock * kPage] = k_scale;
    v_scales[block / kBlock * kPage] = v_scale;
    for (std::int64_t d = block; d < end; d += 16) {
      std::int8_t codes[16];
      codes_of(k + d, end - d, float_from_half(k_scale), codes);
      put(codes, end - d < 16 ? end - d : 16, column + d * kPage, kPage);
      codes_of(v + d, end - d, float_from_half(v_scale), row + d);
    }
  }
}

}  // namespace

void write_page(const PageWrite& w) noexcept {
  const std::int64_t width = (w.head + 15) / 16 * 16;
  for (std::int64_t i = 0; i < w.n; ++i) {
    const float *k = w.k + i * w.stride, *v = w.v + i * w.stride;
    const int slot = w.slot + int(i);
    if (w.type == KvType::f16)
      write_f16(k, v, w.head, reinterpret_cast<std::uint16_t*>(w.keys) + slot, reinterpret_cast<std::uint16_t*>(w.values) + slot * width);
    else if (w.type == KvType::q8_0)
      write_q8_0(k, v, w.head, slot, w.keys, w.values);
    else
      write_f32(k, v, w.head, reinterpret_cast<float*>(w.keys) + slot, reinterpret_cast<float*>(w.values) + slot * width);
  }
}

}  // namespace maru::kernels::MARU_ISA
#include "maru/kernels/isa_end.h"
