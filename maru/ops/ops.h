#pragma once
// The whole mathematics of the engine: eager, coarse, each operation in its own file with its derivative under its value. Shapes are
// checked here and nowhere below.
#include <cstdint>
#include <span>
#include <vector>

#include "maru/ops/kv_cache.h"
#include "maru/tensor/probe.h"
#include "maru/tensor/tape.h"
#include "maru/tensor/tensor.h"

namespace maru::ops {

// How products with packed weights are computed on this thread: `fast` quantises activations to eight bits in blocks of 16, `exact`
// decodes the weights and computes in f32, as the tape always does.
enum class Precision { fast, exact };
class PrecisionScope {
 public:
  explicit PrecisionScope(Precision precision);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  Precision outer_;
};

// Which rows of a batch belong to which sequence: sequence s has rows [start[s], start[s + 1]). Never padded.
struct Ragged {
  std::vector<std::int64_t> start{0};
  std::int64_t sequences() const { return std::int64_t(start.size()) - 1; }
  std::int64_t rows() const { return start.back(); }
  void add(std::int64_t length) { start.push_back(start.back() + length); }
};

// Rows of a table [vocabulary, width], packed or f32, by id.  -> [ids, width]
Tensor embed(const Tensor& table, std::span<const std::int32_t> ids);
// x wᵀ + bias.  x: [rows, in], w: [out, in], bias: [out] or empty.  -> [rows, out]
Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias = {});
// a + b, of one shape.
Tensor add(const Tensor& a, const Tensor& b);
// x / rms(x) * gain, row by row.  Zhang and Sennrich 2019.
Tensor rms_norm(const Tensor& x, const Tensor& gain, float eps);
// (x - mean) / deviation * gain + bias, row by row.  Ba et al. 2016.
Tensor layer_norm(const Tensor& x, const Tensor& gain, const Tensor& bias, float eps);
// Rotates query or key heads by position.  x: [rows, heads, head], even head.  Su et al. 2021, eq. 34.
struct Rope {
  float theta = 10000;
  bool interleaved = false;   // pairs (2i, 2i+1) as in the paper and in GGUF's llama family; else (i, i + head/2) as in HF
};
Tensor rope(const Tensor& x, std::span<const std::int32_t> positions, const Rope& rope);
// softmax(q kᵀ scale) v within each sequence.  q: [rows, heads, head], k and v: [rows, kv_heads, head]; heads % kv_heads == 0.
// With caches (one a sequence), keys and values are written behind what each holds, and all of it is attended to.
struct Attend {
  bool causal = true;
  float scale = 0;            // 0: 1 / sqrt(head)
  int layer = 0;
};
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Ragged& rows, const Attend& attend, std::span<KvCache* const> caches = {});
// gate * sigmoid(gate) * up.  Shazeer 2020.
Tensor swiglu(const Tensor& gate, const Tensor& up);
// x Φ(x), the exact form.  Hendrycks and Gimpel 2016.
Tensor gelu(const Tensor& x);
// Rows [begin, end) of the first axis.
Tensor slice(const Tensor& x, std::int64_t begin, std::int64_t end);
// Rows of x by index, in the order given.
Tensor gather(const Tensor& x, std::span<const std::int64_t> rows);
// The mean over each sequence's rows.  x: [rows, width] -> [sequences, width]
Tensor mean_pool(const Tensor& x, const Ragged& rows);
// Each row divided by its length; a row of zeros stays.
Tensor normalise(const Tensor& x);
// Mean of -log softmax(logits)[target] over rows; a target of -1 is left out.  -> [1]
Tensor cross_entropy(const Tensor& logits, std::span<const std::int32_t> targets);

}  // namespace maru::ops
