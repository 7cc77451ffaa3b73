// The product of quantised weights and quantised activations, for a format's Unpack. Include inside the target region, after simd.h.
// Within half a block, which is sixteen activations of one scale, the sum is exact in integers; halves and blocks are added in f32 in one
// order:  y = fma(sum, scale_w * scale_x, y) for the first half, then the second, then y = fma(offset_w, sum_x, y).
namespace {

// Four weights of each of sixteen outputs: group 0…3 of one half of a block.
template <class Unpack>
MARU_INLINE I half_codes(const std::uint8_t* block, int half, int group) {
  const std::uint8_t* codes = Unpack::codes(block);
  if constexpr (!Unpack::kNibbles) return load_bytes(codes + (half * 4 + group) * 64);
  const I both = load_bytes(codes + group * 64);
  return half == 0 ? low_nibbles(both) : high_nibbles(both);
}

// R rows against P panels.
template <class Unpack, int R, int P>
MARU_INLINE void tile(const GemmQuantised& g, std::int64_t row, std::int64_t panel) {
  const std::int64_t blocks = g.k / kBlock;
  const std::uint8_t* w[P];
#pragma GCC unroll 4
  for (int p = 0; p < P; ++p) w[p] = g.panels + (panel + p) * blocks * Unpack::kBytes;
  const std::int8_t* x = g.x.codes + row * g.k;
  const float* scales = g.x.scales + row * blocks * 2;
  const float* sums = g.x.sums + row * blocks;
  F y[R][P];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) y[r][p] = zero();
  for (std::int64_t b = 0; b < blocks; ++b, x += kBlock) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; ++half) {
      I total[R][P];
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (int p = 0; p < P; ++p) total[r][p] = set_int(0);
#pragma GCC unroll 4
      for (int group = 0; group < 4; ++group)
#pragma GCC unroll 4
        for (int p = 0; p < P; ++p) {
          const I codes = half_codes<Unpack>(w[p], half, group);
#pragma GCC unroll 4
          for (int r = 0; r < R; ++r) total[r][p] = dot4(total[r][p], codes, x + r * g.k + half * kScale + group * 4);
        }
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) {
        const F scale = Unpack::scale(w[p]);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r)
          y[r][p] = fma(to_float(total[r][p]), mul(scale, set(scales[(r * blocks + b) * 2 + half])), y[r][p]);
      }
    }
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) {
      const F offset = Unpack::offset(w[p]);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) y[r][p] = fma(offset, set(sums[r * blocks + b]), y[r][p]);
      w[p] += Unpack::kBytes;
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) {
      const std::int64_t column = (panel + p) * kPanel, left = g.n - column;
      float* to = g.y + (row + r) * g.ldy + column;
      if (left >= kPanel) store(to, g.bias ? add(y[r][p], load(g.bias + column)) : y[r][p]);
      else if (left > 0) store_some(to, g.bias ? add(y[r][p], load_some(g.bias + column, int(left), 0)) : y[r][p], int(left));
    }
}

template <class Unpack, int P>
MARU_INLINE void all_rows(const GemmQuantised& g, std::int64_t panel, std::int64_t row) {
  for (; row + kRowsI8 <= g.rows; row += kRowsI8) tile<Unpack, kRowsI8, P>(g, row, panel);
  if constexpr (kRowsI8 > 3)
    if (g.rows - row == 3) return tile<Unpack, 3, P>(g, row, panel);
  if constexpr (kRowsI8 > 2)
    if (g.rows - row == 2) return tile<Unpack, 2, P>(g, row, panel);
  if constexpr (kRowsI8 > 1)
    if (g.rows - row == 1) return tile<Unpack, 1, P>(g, row, panel);
}

#if defined(MARU_ISA_amx)
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start = 0, reserved[14] = {};
  std::uint16_t bytes[16] = {};
  std::uint8_t rows[16] = {};
};

// Sixteen rows at a time on the matrix unit. Tiles 0 and 1 sum the two halves of a block, 4 and 5 hold their weights, 6 and 7 their
// activations.
template <class Unpack>
void gemm_tiles(const GemmQuantised& g, std::int64_t panel, std::int64_t tiled_rows) {
  const std::int64_t blocks = g.k / kBlock;
  constexpr std::int64_t kStrip = 128;  // rows whose running sums stay in the first-level cache
  alignas(64) float y[kStrip][kPanel];
  alignas(64) std::uint8_t weights[8 * 64];
  alignas(64) std::int32_t total[2][16][16];
  for (std::int64_t strip = 0; strip < tiled_rows; strip += kStrip) {
    const std::int64_t rows = tiled_rows - strip < kStrip ? tiled_rows - strip : kStrip;
    const std::uint8_t* w = g.panels + panel * blocks * Unpack::kBytes;
    for (std::int64_t r = 0; r < rows; ++r) store(y[r], zero());
    for (std::int64_t b = 0; b < blocks; ++b, w += Unpack::kBytes) {
      const std::uint8_t* codes = Unpack::codes(w);
      if constexpr (Unpack::kNibbles) {
        for (int half = 0; half < 2; ++half)
          for (int group = 0; group < 4; ++group) _mm512_store_si512(weights + (half * 4 + group) * 64, half_codes<Unpack>(w, half, group));
        codes = weights;
      }
      _tile_loadd(4, codes, 64);
      _tile_loadd(5, codes + 256, 64);
      const F scale = Unpack::scale(w), offset = Unpack::offset(w);
      for (std::int64_t r = 0; r < rows; r += 16) {
        const std::int64_t row = strip + r;
        const std::int8_t* x = g.x.codes + row * g.k + b * kBlock;
        _tile_zero(0);
        _tile_zero(1);
        _tile_loadd(6, x, g.k);
        _tile_loadd(7, x + kScale, g.k);
        _tile_dpbsud(0, 6, 4);
        _tile_dpbsud(1, 7, 5);
        _tile_stored(0, total[0], 64);
        _tile_stored(1, total[1], 64);
        const float* scales = g.x.scales + (row * blocks + b) * 2;
        const float* sums = g.x.sums + row * blocks + b;
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) {
          F v = load(y[r + i]);
          v = fma(to_float(load_ints(total[0][i])), mul(scale, set(scales[i * blocks * 2])), v);
          v = fma(to_float(load_ints(total[1][i])), mul(scale, set(scales[i * blocks * 2 + 1])), v);
          store(y[r + i], fma(offset, set(sums[i * blocks]), v));
        }
      }
    }
    const std::int64_t column = panel * kPanel, left = g.n - column;
    for (std::int64_t r = 0; r < rows; ++r) {
      float* to = g.y + (strip + r) * g.ldy + column;
      if (left >= kPanel) store(to, g.bias ? add(load(y[r]), load(g.bias + column)) : load(y[r]));
      else store_some(to, g.bias ? add(load(y[r]), load_some(g.bias + column, int(left), 0)) : load(y[r]), int(left));
    }
  }
}
#endif

template <class Unpack>
MARU_INLINE void gemm(const GemmQuantised& g) {
  std::int64_t done = 0;
#if defined(MARU_ISA_amx)
  if (g.rows >= 16) {
    done = g.rows / 16 * 16;
    TileConfig config;
    for (int half = 0; half < 2; ++half) {
      config.bytes[half] = 64, config.rows[half] = 16;          // sums: 16 rows of 16 x i32
      config.bytes[4 + half] = 64, config.rows[4 + half] = 4;   // weights: 4 groups of 16 outputs x 4 bytes
      config.bytes[6 + half] = 16, config.rows[6 + half] = 16;  // activations: 16 rows of 16 bytes
    }
    _tile_loadconfig(&config);
    for (std::int64_t panel = g.first; panel < g.last; ++panel) gemm_tiles<Unpack>(g, panel, done);
    _tile_release();
    if (done == g.rows) return;
  }
#endif
  std::int64_t panel = g.first;
  for (; panel + 2 <= g.last; panel += 2) all_rows<Unpack, 2>(g, panel, done);
  if (panel < g.last) all_rows<Unpack, 1>(g, panel, done);
}

}  // namespace
