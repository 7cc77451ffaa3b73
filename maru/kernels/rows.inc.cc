// Row-wise functions: norms, activations, sums.
#include "maru/kernels/isa_includes.h"
#include "maru/kernels/isa_begin.h"
namespace maru::kernels::MARU_ISA {
#include "maru/kernels/simd.h"
namespace {

template <class Step>
MARU_INLINE void each(const float* x, float* y, std::int64_t n, Step step) {
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) store(y + i, step(load(x + i), i));
  if (i < n) store_some(y + i, step(load_some(x + i, int(n - i), 0), i), int(n - i));
}
MARU_INLINE F load_upto(const float* p, std::int64_t i, std::int64_t n) { return i + 16 <= n ? load(p + i) : load_some(p + i, int(n - i), 0); }

template <class Term>
MARU_INLINE float total(const float* x, std::int64_t n, Term term) {
  F s = zero();
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) s = add(s, term(load(x + i)));
  float rest = 0;
  if (i < n) {
    float t[16];
    store(t, term(load_some(x + i, int(n - i), 0)));
    for (int j = 0; j < n - i; ++j) rest += t[j];
  }
  return sum(s) + rest;
}

MARU_INLINE F sigmoid(F v) { return div(set(1.0f), add(set(1.0f), exponential(sub(zero(), v)))); }

// erf to 1.5e-7: Abramowitz and Stegun, 7.1.26.
MARU_INLINE F error_function(F x) {
  const F negative = sub(zero(), x), a = max(x, negative);
  const F t = div(set(1.0f), fma(a, set(0.3275911f), set(1.0f)));
  F p = fma(t, set(1.061405429f), set(-1.453152027f));
  p = fma(p, t, set(1.421413741f));
  p = fma(p, t, set(-0.284496736f));
  p = fma(p, t, set(0.254829592f));
  const F y = sub(set(1.0f), mul(mul(p, t), exponential(sub(zero(), mul(a, a)))));
  // The sign of x, without branches: x / |x|, and 0 at 0.
  return mul(y, div(x, max(a, set(1e-30f))));
}

}  // namespace

void rms_norm(const float* x, const float* gain, float* y, std::int64_t rows, std::int64_t n, float eps) noexcept {
  for (; rows > 0; --rows, x += n, y += n) {
    const float square = total(x, n, [](F v) { return mul(v, v); });
    const F s = set(1.0f / __builtin_sqrtf(square / float(n) + eps));
    each(x, y, n, [&](F v, std::int64_t i) { return mul(mul(v, s), load_upto(gain, i, n)); });
  }
}

void layer_norm(const float* x, const float* gain, const float* bias, float* y, std::int64_t rows, std::int64_t n, float eps) noexcept {
  for (; rows > 0; --rows, x += n, y += n) {
    const F mean = set(total(x, n, [](F v) { return v; }) / float(n));
    const float variance = total(x, n, [&](F v) { const F d = sub(v, mean); return mul(d, d); }) / float(n);
    const F s = set(1.0f / __builtin_sqrtf(variance + eps));
    each(x, y, n, [&](F v, std::int64_t i) { return fma(mul(sub(v, mean), s), load_upto(gain, i, n), load_upto(bias, i, n)); });
  }
}

void swiglu(const float* gate, const float* up, float* y, std::int64_t n) noexcept {
  each(gate, y, n, [&](F g, std::int64_t i) { return mul(mul(g, sigmoid(g)), load_upto(up, i, n)); });
}

void gelu(const float* x, float* y, std::int64_t n) noexcept {
  each(x, y, n, [](F v, std::int64_t) {
    return mul(mul(v, set(0.5f)), add(set(1.0f), error_function(mul(v, set(0.70710678f)))));
  });
}

// 0.5 x (1 + tanh(u)) = x sigmoid(2u), u = sqrt(2 / pi) (x + 0.044715 x³).
void gelu_tanh(const float* x, float* y, std::int64_t n) noexcept {
  each(x, y, n, [](F v, std::int64_t) {
    const F u = mul(mul(v, set(1.59576912f)), fma(mul(v, v), set(0.044715f), set(1.0f)));
    return mul(v, sigmoid(u));
  });
}

void relu(const float* x, float* y, std::int64_t n) noexcept {
  each(x, y, n, [](F v, std::int64_t) { return max(v, zero()); });
}

void silu(const float* x, float* y, std::int64_t n) noexcept {
  each(x, y, n, [](F v, std::int64_t) { return mul(v, sigmoid(v)); });
}

void tanh_values(const float* x, float* y, std::int64_t n) noexcept {
  each(x, y, n, [](F v, std::int64_t) { return sub(mul(set(2.0f), sigmoid(add(v, v))), set(1.0f)); });
}

void multiply(const float* a, const float* b, float* y, std::int64_t n) noexcept {
  each(a, y, n, [&](F v, std::int64_t i) { return mul(v, load_upto(b, i, n)); });
}

void add_values(const float* a, const float* b, float* y, std::int64_t n) noexcept {
  each(a, y, n, [&](F v, std::int64_t i) { return add(v, load_upto(b, i, n)); });
}

void add_row(const float* x, const float* b, float* y, std::int64_t rows, std::int64_t n) noexcept {
  for (; rows > 0; --rows, x += n, y += n) add_values(x, b, y, n);
}

float dot(const float* a, const float* b, std::int64_t n) noexcept {
  F s = zero();
  for (std::int64_t i = 0; i < n; i += 16) s = fma(load_upto(a, i, n), load_upto(b, i, n), s);
  return sum(s);
}

void softmax(float* x, std::int64_t n) noexcept {
  float top = x[0];
  for (std::int64_t i = 1; i < n; ++i) top = x[i] > top ? x[i] : top;
  float s = 0;
  each(x, x, n, [&](F v, std::int64_t) { return exponential(sub(v, set(top))); });
  s = total(x, n, [](F v) { return v; });
  each(x, x, n, [&](F v, std::int64_t) { return div(v, set(s)); });
}

}  // namespace maru::kernels::MARU_ISA
#include "maru/kernels/isa_end.h"
