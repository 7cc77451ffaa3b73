// The product with a weight, packed or f32: one driver that owns threads and the order of work.
#include <algorithm>
#include <memory>
#include <vector>

#include "maru/base/large_block.h"
#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

using kernels::kBlock;
using kernels::kPanel;
using kernels::kPanelF32;

constexpr std::int64_t kTileFloats = 64 * 1024;  // of decoded weights: a quarter of a megabyte, which stays in the second cache

thread_local constinit Precision current_precision = Precision::fast;

// A packed copy, outside the pool: weights are never pooled.
template <class T>
struct Block {
  explicit Block(std::size_t count) : bytes(lasting_bytes(count * sizeof(T) + 64)), data(reinterpret_cast<T*>(bytes.get())) {}
  std::shared_ptr<std::byte[]> bytes;
  T* data;
};

std::int64_t groups(std::int64_t n, std::int64_t size) { return (n + size - 1) / size; }

// Rows [32p, 32p + 32) of an f32 weight, [k][32]; missing rows are zero.
void pack_f32(const float* w, std::int64_t n, std::int64_t k, std::int64_t panel, float* out) {
  for (std::int64_t j = 0; j < kPanelF32; ++j) {
    const std::int64_t row = panel * kPanelF32 + j;
    for (std::int64_t i = 0; i < k; ++i) out[i * kPanelF32 + j] = row < n ? w[row * k + i] : 0.0f;
  }
}

std::shared_ptr<const Block<float>> panels_f32(const Tensor& w) {
  const std::int64_t n = w.dim(0), k = w.dim(1), count = groups(n, kPanelF32);
  const auto pack = [&] {
    auto packed = std::make_shared<Block<float>>(std::size_t(count * kPanelF32 * k));
    const float* from = w.data();
    parallel(count, [&](std::int64_t p) { pack_f32(from, n, k, p, packed->data + p * kPanelF32 * k); });
    return packed;
  };
  // A weight that is being learned changes under its panels.
  if (w.trainable()) return pack();
  return w.derived<Block<float>>([&] {
    auto packed = pack();
    w.storage().forget_pages();
    return packed;
  });
}

std::shared_ptr<const Block<std::uint8_t>> panels_quantised(const Tensor& w) {
  const std::int64_t n = w.dim(0), blocks = w.dim(1) / kBlock, count = groups(n, kPanel);
  const quant::Format& format = *w.format();
  return w.derived<Block<std::uint8_t>>([&] {
    const std::size_t panel_bytes = std::size_t(blocks) * format.panels->block_bytes, row_bytes = std::size_t(blocks) * format.bytes;
    auto packed = std::make_shared<Block<std::uint8_t>>(std::size_t(count) * panel_bytes);
    const std::vector<std::byte> zero(row_bytes);
    parallel(count, [&](std::int64_t p) {
      const std::byte* rows[kPanel];
      for (std::int64_t j = 0; j < kPanel; ++j)
        rows[j] = p * kPanel + j < n ? w.bytes() + std::size_t(p * kPanel + j) * row_bytes : zero.data();
      format.panels->pack(rows, blocks, packed->data + std::size_t(p) * panel_bytes);
    });
    w.storage().forget_pages();
    return packed;
  });
}

// Pieces of panels (and, for many rows, of rows) that the pool's threads take one by one.
template <class Run>
void over_pieces(std::int64_t rows, std::int64_t panels, std::int64_t row_block, std::int64_t work, Run run) {
  if (work < 20'000) return run(0, rows, 0, panels);
  const std::int64_t row_pieces = groups(rows, row_block), wanted = std::max<std::int64_t>(1, 4 * thread_count() / row_pieces);
  const std::int64_t step = std::max<std::int64_t>(1, (groups(panels, wanted) + 1) / 2 * 2), panel_pieces = groups(panels, step);
  parallel(row_pieces * panel_pieces, [&](std::int64_t piece) {
    const std::int64_t row = piece / panel_pieces * row_block, panel = piece % panel_pieces * step;
    run(row, std::min(rows, row + row_block), panel, std::min(panels, panel + step));
  });
}

void product_f32(const Tensor& x, const Tensor& w, const float* bias, Tensor& y) {
  const std::int64_t rows = x.shape().rows(), n = w.dim(0), k = w.dim(1), panels = groups(n, kPanelF32);
  const auto packed = panels_f32(w);
  const float* from = x.data();
  float* to = y.data();
  over_pieces(rows, panels, 256, rows * n * k, [&](std::int64_t row, std::int64_t row_end, std::int64_t first, std::int64_t last) {
    kernels::table().gemm_f32({.x = from + row * k, .ldx = k, .panels = packed->data, .bias = bias, .y = to + row * n, .ldy = n,
                               .rows = row_end - row, .n = n, .k = k, .first = first, .last = last});
  });
}

// A packed weight without a fast product, or whose product is to be exact: a tile of rows at a time is decoded, never the whole matrix.
void product_decoded(const Tensor& x, const Tensor& w, const float* bias, Tensor& y) {
  const std::int64_t rows = x.shape().rows(), n = w.dim(0), k = w.dim(1);
  const std::int64_t tile = std::clamp<std::int64_t>(kTileFloats / k, 1, 32);
  const quant::Format& format = *w.format();
  const std::size_t row_bytes = std::size_t(k / format.block) * format.bytes;
  const float* from = x.data();
  float* to = y.data();
  over_pieces(rows, groups(n, tile), 256, rows * n * k, [&](std::int64_t row, std::int64_t row_end, std::int64_t first, std::int64_t last) {
    thread_local std::vector<float> decoded;
    decoded.resize(std::size_t(tile * k));
    for (std::int64_t begin = first * tile; begin < std::min(n, last * tile); begin += tile) {
      const std::int64_t count = std::min(tile, n - begin);
      format.decode(w.bytes() + std::size_t(begin) * row_bytes, std::span(decoded).first(std::size_t(count * k)));
      kernels::table().gemm_rows({.x = from + row * k, .ldx = k, .w = decoded.data(), .bias = bias ? bias + begin : nullptr,
                                  .y = to + row * n + begin, .ldy = n, .rows = row_end - row, .n = count, .k = k});
    }
  });
}

struct Activations {
  explicit Activations(std::int64_t rows, std::int64_t k) : codes({rows, (k + 3) / 4}), scales({rows, k / kernels::kScale}), sums({rows, k / kBlock}) {}
  Tensor codes, scales, sums;   // codes: bytes in a pooled block
};

// Quantised once and kept on the tensor's storage, so that q, k and v share it.
std::shared_ptr<const Activations> quantised(const Tensor& x, std::int64_t k) {
  return x.derived<Activations>([&] {
    const std::int64_t rows = x.shape().rows();
    auto a = std::make_shared<Activations>(rows, k);
    const float* from = x.data();
    auto* codes = reinterpret_cast<std::int8_t*>(a->codes.data());
    float *scales = a->scales.data(), *sums = a->sums.data();
    const std::int64_t step = rows * k < 8192 ? rows : std::clamp<std::int64_t>(groups(rows, 2 * thread_count()), 1, 16);
    parallel(groups(rows, step), [&](std::int64_t piece) {
      const std::int64_t row = piece * step, count = std::min(step, rows - row);
      kernels::table().quantise_rows(from + row * k, count, k, codes + row * k, scales + row * (k / kernels::kScale), sums + row * (k / kBlock));
    });
    return a;
  });
}

void product_quantised(const Tensor& x, const Tensor& w, const float* bias, Tensor& y) {
  const std::int64_t rows = x.shape().rows(), n = w.dim(0), k = w.dim(1), panels = groups(n, kPanel);
  const auto packed = panels_quantised(w);
  const auto a = quantised(x, k);
  const auto gemm = w.format()->panels->gemm[kernels::isa_index()];
  const auto* codes = reinterpret_cast<const std::int8_t*>(a->codes.data());
  const float *scales = a->scales.data(), *sums = a->sums.data();
  float* to = y.data();
  over_pieces(rows, panels, 512, rows * n * k, [&](std::int64_t row, std::int64_t row_end, std::int64_t first, std::int64_t last) {
    gemm({.x = {codes + row * k, scales + row * (k / kernels::kScale), sums + row * (k / kBlock)}, .panels = packed->data, .bias = bias,
          .y = to + row * n, .ldy = n, .rows = row_end - row, .n = n, .k = k, .first = first, .last = last});
  });
}

// [n, k] -> [k, n]
Tensor transposed(const Tensor& w) {
  const std::int64_t n = w.dim(0), k = w.dim(1);
  Tensor t({k, n});
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < k; ++j) t.data()[j * n + i] = w.data()[i * k + j];
  return t;
}

}  // namespace

PrecisionScope::PrecisionScope(Precision precision) : outer_(current_precision) { current_precision = precision; }
PrecisionScope::~PrecisionScope() { current_precision = outer_; }

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias) {
  check(w.shape().rank() == 2 && x.dim(-1) == w.dim(1), "linear: weight {} takes {} inputs, got {}", w.shape().text(), w.dim(-1), x.shape().text());
  check(!bias || bias.size() == w.dim(0), "linear: weight {} gives {} outputs, the bias has {}", w.shape().text(), w.dim(0), bias ? bias.size() : 0);
  Tensor y({x.shape().rows(), w.dim(0)});
  Tape* const tape = bias ? Tape::recording(x, w, bias) : Tape::recording(x, w);
  const float* b = bias ? bias.data() : nullptr;
  const bool packed = w.format() && w.format()->panels && w.dim(1) % kBlock == 0;
  if (y.size() == 0) return y;
  if (packed && !tape && current_precision == Precision::fast) product_quantised(x, w, b, y);
  else if (w.format()) product_decoded(x, w, b, y);
  else product_f32(x, w, b, y);
  if (tape)
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      // dx = dy w, dw = dyᵀ x, db = the sum of dy's rows.
      const std::int64_t rows = x.shape().rows(), n = w.dim(0), k = w.dim(1);
      if (x.trainable()) grads.add(x, linear(dy.reshape({rows, n}), transposed(w.decoded())));
      if (w.trainable()) grads.add(w, linear(transposed(dy.reshape({rows, n})), transposed(x.reshape({rows, k}))));
      if (bias && bias.trainable()) {
        Tensor db = Tensor::zeros(bias.shape());
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t i = 0; i < n; ++i) db.data()[i] += dy.data()[r * n + i];
        grads.add(bias, db);
      }
    });
  return y;
}

}  // namespace maru::ops
