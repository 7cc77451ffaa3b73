// Sixteen floats or sixteen 32-bit integers as one value, with named verbs, for the instruction set in force. Include between
// isa_begin.h and isa_end.h, inside namespace maru::kernels::MARU_ISA.
namespace {

#define MARU_INLINE inline __attribute__((always_inline))

#if defined(MARU_ISA_avx512) || defined(MARU_ISA_amx)
// ---- AVX-512: one register holds sixteen
using F = __m512;
using I = __m512i;   // 16 x i32, and 64 bytes
constexpr int kRowsF32 = 8, kRowsI8 = 4;
MARU_INLINE F zero() { return _mm512_setzero_ps(); }
MARU_INLINE F set(float v) { return _mm512_set1_ps(v); }
MARU_INLINE F load(const float* p) { return _mm512_loadu_ps(p); }
MARU_INLINE void store(float* p, F v) { _mm512_storeu_ps(p, v); }
MARU_INLINE F load_some(const float* p, int n, float fill) { return _mm512_mask_loadu_ps(set(fill), __mmask16((1u << n) - 1), p); }
MARU_INLINE void store_some(float* p, F v, int n) { _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), v); }
MARU_INLINE F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
MARU_INLINE F add(F a, F b) { return _mm512_add_ps(a, b); }
MARU_INLINE F sub(F a, F b) { return _mm512_sub_ps(a, b); }
MARU_INLINE F mul(F a, F b) { return _mm512_mul_ps(a, b); }
MARU_INLINE F div(F a, F b) { return _mm512_div_ps(a, b); }
MARU_INLINE F min(F a, F b) { return _mm512_min_ps(a, b); }
MARU_INLINE F max(F a, F b) { return _mm512_max_ps(a, b); }
MARU_INLINE F round(F a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
MARU_INLINE F power_of_two(F n) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127)), 23)); }
MARU_INLINE F halves(const std::uint16_t* p) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
// Rounds to the nearest half, ties to even.
MARU_INLINE void store_halves(std::uint16_t* p, F v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
// Whole numbers within ±127.
MARU_INLINE void store_signed_bytes(std::int8_t* p, F v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)));
}
MARU_INLINE F signed_bytes(const std::int8_t* p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
MARU_INLINE F to_float(I v) { return _mm512_cvtepi32_ps(v); }
MARU_INLINE I set_int(std::int32_t v) { return _mm512_set1_epi32(v); }
MARU_INLINE I add_int(I a, I b) { return _mm512_add_epi32(a, b); }
MARU_INLINE I load_bytes(const std::uint8_t* p) { return _mm512_loadu_si512(p); }
MARU_INLINE I low_nibbles(I v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
MARU_INLINE I high_nibbles(I v) { return _mm512_and_si512(_mm512_srli_epi16(v, 4), _mm512_set1_epi8(15)); }
MARU_INLINE I load_ints(const std::int32_t* p) { return _mm512_loadu_si512(p); }
// acc[i] += sum over j < 4 of w[4i + j] (unsigned) * x[j] (signed), x four bytes for every lane.
MARU_INLINE I dot4(I acc, I w, const std::int8_t* x) {
  std::int32_t four;
  __builtin_memcpy(&four, x, 4);
  return _mm512_dpbusd_epi32(acc, w, _mm512_set1_epi32(four));
}
MARU_INLINE __m256 low_half(F v) { return _mm512_castps512_ps256(v); }
MARU_INLINE __m256 high_half(F v) { return _mm512_extractf32x8_ps(v, 1); }
#elif defined(MARU_ISA_avx2)
// ---- AVX2: two registers
struct F { __m256 a, b; };
struct I { __m256i a, b; };
constexpr int kRowsF32 = 3, kRowsI8 = 2;
MARU_INLINE F zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
MARU_INLINE F set(float v) { return {_mm256_set1_ps(v), _mm256_set1_ps(v)}; }
MARU_INLINE F load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
MARU_INLINE void store(float* p, F v) { _mm256_storeu_ps(p, v.a); _mm256_storeu_ps(p + 8, v.b); }
MARU_INLINE F fma(F x, F y, F z) { return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)}; }
MARU_INLINE F add(F x, F y) { return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)}; }
MARU_INLINE F sub(F x, F y) { return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)}; }
MARU_INLINE F mul(F x, F y) { return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)}; }
MARU_INLINE F div(F x, F y) { return {_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)}; }
MARU_INLINE F min(F x, F y) { return {_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)}; }
MARU_INLINE F max(F x, F y) { return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)}; }
MARU_INLINE F round(F x) {
  return {_mm256_round_ps(x.a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), _mm256_round_ps(x.b, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
MARU_INLINE __m256 power_of_two_half(__m256 n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23));
}
MARU_INLINE F power_of_two(F n) { return {power_of_two_half(n.a), power_of_two_half(n.b)}; }
MARU_INLINE F halves(const std::uint16_t* p) {
  return {_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))), _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 8)))};
}
MARU_INLINE void store_halves(std::uint16_t* p, F v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v.a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 8), _mm256_cvtps_ph(v.b, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
MARU_INLINE __m256 low_half(F v) { return v.a; }
MARU_INLINE __m256 high_half(F v) { return v.b; }
MARU_INLINE __m128i words_of(__m256 v) {
  const __m256i all = _mm256_cvtps_epi32(v);
  return _mm_packs_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}
MARU_INLINE void store_signed_bytes(std::int8_t* p, F v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm_packs_epi16(words_of(v.a), words_of(v.b)));
}
MARU_INLINE F signed_bytes(const std::int8_t* p) {
  const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(all)), _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(all, 8)))};
}
MARU_INLINE F to_float(I v) { return {_mm256_cvtepi32_ps(v.a), _mm256_cvtepi32_ps(v.b)}; }
MARU_INLINE I set_int(std::int32_t v) { return {_mm256_set1_epi32(v), _mm256_set1_epi32(v)}; }
MARU_INLINE I add_int(I x, I y) { return {_mm256_add_epi32(x.a, y.a), _mm256_add_epi32(x.b, y.b)}; }
MARU_INLINE I load_bytes(const std::uint8_t* p) {
  return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 32))};
}
MARU_INLINE I load_ints(const std::int32_t* p) { return load_bytes(reinterpret_cast<const std::uint8_t*>(p)); }
MARU_INLINE I low_nibbles(I v) {
  const __m256i m = _mm256_set1_epi8(15);
  return {_mm256_and_si256(v.a, m), _mm256_and_si256(v.b, m)};
}
MARU_INLINE I high_nibbles(I v) {
  const __m256i m = _mm256_set1_epi8(15);
  return {_mm256_and_si256(_mm256_srli_epi16(v.a, 4), m), _mm256_and_si256(_mm256_srli_epi16(v.b, 4), m)};
}
// Even and odd bytes are multiplied apart in 16 bits, so that nothing saturates: 255 * 127 fits, two of them do not.
MARU_INLINE __m256i dot4_half(__m256i acc, __m256i w, __m256i x) {
  const __m256i even = _mm256_madd_epi16(_mm256_and_si256(w, _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8));
  const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(w, 8), _mm256_srai_epi16(x, 8));
  return _mm256_add_epi32(acc, _mm256_add_epi32(even, odd));
}
MARU_INLINE I dot4(I acc, I w, const std::int8_t* x) {
  std::int32_t four;
  __builtin_memcpy(&four, x, 4);
  const __m256i xs = _mm256_set1_epi32(four);
  return {dot4_half(acc.a, w.a, xs), dot4_half(acc.b, w.b, xs)};
}
#else
// ---- baseline: plain arrays, left to the compiler
struct F { float v[16]; };
struct I { std::int32_t v[16]; };
constexpr int kRowsF32 = 2, kRowsI8 = 1;
#define MARU_EACH for (int i = 0; i < 16; ++i)
MARU_INLINE F set(float v) { F r; MARU_EACH r.v[i] = v; return r; }
MARU_INLINE F zero() { return set(0); }
MARU_INLINE F load(const float* p) { F r; MARU_EACH r.v[i] = p[i]; return r; }
MARU_INLINE void store(float* p, F a) { MARU_EACH p[i] = a.v[i]; }
MARU_INLINE F fma(F a, F b, F c) { MARU_EACH c.v[i] += a.v[i] * b.v[i]; return c; }
MARU_INLINE F add(F a, F b) { MARU_EACH a.v[i] += b.v[i]; return a; }
MARU_INLINE F sub(F a, F b) { MARU_EACH a.v[i] -= b.v[i]; return a; }
MARU_INLINE F mul(F a, F b) { MARU_EACH a.v[i] *= b.v[i]; return a; }
MARU_INLINE F div(F a, F b) { MARU_EACH a.v[i] /= b.v[i]; return a; }
MARU_INLINE F min(F a, F b) { MARU_EACH a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i]; return a; }
MARU_INLINE F max(F a, F b) { MARU_EACH a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i]; return a; }
MARU_INLINE F round(F a) { MARU_EACH a.v[i] = __builtin_nearbyintf(a.v[i]); return a; }
MARU_INLINE F power_of_two(F n) {
  MARU_EACH { const std::int32_t bits = (std::int32_t(n.v[i]) + 127) << 23; __builtin_memcpy(&n.v[i], &bits, 4); }
  return n;
}
MARU_INLINE F halves(const std::uint16_t* p) { F r; MARU_EACH r.v[i] = float_from_half(p[i]); return r; }
MARU_INLINE void store_halves(std::uint16_t* p, F a) { MARU_EACH p[i] = half_from_float(a.v[i]); }
MARU_INLINE void store_signed_bytes(std::int8_t* p, F a) { MARU_EACH p[i] = std::int8_t(int(a.v[i])); }
MARU_INLINE F signed_bytes(const std::int8_t* p) { F r; MARU_EACH r.v[i] = float(p[i]); return r; }
MARU_INLINE F to_float(I a) { F r; MARU_EACH r.v[i] = float(a.v[i]); return r; }
MARU_INLINE I set_int(std::int32_t v) { I r; MARU_EACH r.v[i] = v; return r; }
MARU_INLINE I add_int(I a, I b) { MARU_EACH a.v[i] += b.v[i]; return a; }
MARU_INLINE I load_bytes(const std::uint8_t* p) { I r; __builtin_memcpy(&r, p, 64); return r; }
MARU_INLINE I load_ints(const std::int32_t* p) { I r; __builtin_memcpy(&r, p, 64); return r; }
MARU_INLINE I low_nibbles(I a) { MARU_EACH a.v[i] &= 0x0f0f0f0f; return a; }
MARU_INLINE I high_nibbles(I a) { MARU_EACH a.v[i] = std::int32_t((std::uint32_t(a.v[i]) >> 4) & 0x0f0f0f0fu); return a; }
MARU_INLINE I dot4(I acc, I w, const std::int8_t* x) {
  MARU_EACH {
    const std::uint32_t b = std::uint32_t(w.v[i]);
    acc.v[i] += int(b & 255) * x[0] + int(b >> 8 & 255) * x[1] + int(b >> 16 & 255) * x[2] + int(b >> 24) * x[3];
  }
  return acc;
}
MARU_INLINE float sum(F a) {
  for (int s = 8; s; s /= 2)
    for (int i = 0; i < s; ++i) a.v[i] += a.v[i + s];
  return a.v[0];
}
#endif

#if !defined(MARU_ISA_avx512) && !defined(MARU_ISA_amx)
MARU_INLINE F load_some(const float* p, int n, float fill) {
  float t[16];
  for (int i = 0; i < 16; ++i) t[i] = i < n ? p[i] : fill;
  return load(t);
}
MARU_INLINE void store_some(float* p, F v, int n) {
  float t[16];
  store(t, v);
  for (int i = 0; i < n; ++i) p[i] = t[i];
}
#endif

#if defined(MARU_ISA_avx512) || defined(MARU_ISA_amx) || defined(MARU_ISA_avx2)
// One half onto the other, four times: the order of the plain loop.
MARU_INLINE float sum(F v) {
  const __m256 eight = _mm256_add_ps(low_half(v), high_half(v));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
MARU_INLINE float max_of(F v) {
  const __m256 eight = _mm256_max_ps(low_half(v), high_half(v));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}
#else
MARU_INLINE float max_of(F v) {
  for (int s = 8; s; s /= 2)
    for (int i = 0; i < s; ++i) v.v[i] = v.v[i] > v.v[i + s] ? v.v[i] : v.v[i + s];
  return v.v[0];
}
#endif

// e^x to about 1 ulp of f32: x = n ln 2 + r, a polynomial of degree six in r. Below -87 it is 0 to all purposes.
MARU_INLINE F exponential(F x) {
  x = max(min(x, set(88.0f)), set(-87.0f));
  const F n = round(mul(x, set(1.44269504f)));
  const F r = fma(n, set(2.12194440e-4f), fma(n, set(-0.693359375f), x));
  F p = set(1.9875691500e-4f);
  p = fma(p, r, set(1.3981999507e-3f));
  p = fma(p, r, set(8.3334519073e-3f));
  p = fma(p, r, set(4.1665795894e-2f));
  p = fma(p, r, set(1.6666665459e-1f));
  p = fma(p, r, set(5.0000001201e-1f));
  p = add(fma(mul(p, r), r, r), set(1.0f));
  return mul(p, power_of_two(n));
}

}  // namespace
