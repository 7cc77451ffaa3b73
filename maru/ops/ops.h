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

// Which rows of a batch belong to which sequence: sequence s has rows [start[s], start[s + 1]). The engine never pads; who must show what a
// padded batch gives says in `seen` which rows attention may look at.
struct Ragged {
  struct Part {
    std::int64_t begin, end;   // rows, counted from the sequence's first
  };
  std::vector<std::int64_t> start{0};
  std::vector<Part> seen = {};  // one a sequence; empty: all rows. The others ask, and nobody sees them
  std::int64_t sequences() const { return std::int64_t(start.size()) - 1; }
  std::int64_t rows() const { return start.back(); }
  void add(std::int64_t length) { start.push_back(start.back() + length); }
};

// Rows of a table [vocabulary, width], packed or f32, by id.  -> [ids, width]
// `unlearned`: an id whose row is read but gets no derivative here, such as the padding's.
Tensor embed(const Tensor& table, std::span<const std::int32_t> ids, std::int32_t unlearned = -1);
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
  Tensor factors = {};        // [head / 2]: each pair's frequency is divided by its own; empty: none is
};
Tensor rope(const Tensor& x, std::span<const std::int32_t> positions, const Rope& rope);
// What is added to the scores, by head and by distance: column `zero` of [heads, distances] is for the key at the query's own position,
// column zero + 1 for the key behind it.
struct Bias {
  Tensor values;
  std::int64_t zero = 0;
};
// The bias that T5 learns: table [buckets, heads], for sequences of up to `positions`.  Raffel et al. 2020, section 2.1.
struct RelativeBuckets {
  bool bidirectional = true;  // false: only what lies before is told apart
  std::int64_t max_distance = 128;
};
Bias relative_bias(const Tensor& table, std::int64_t positions, const RelativeBuckets& how);
// softmax(q kᵀ scale + bias) v within each sequence.  q: [rows, heads, head], k and v: [rows, kv_heads, head]; heads % kv_heads == 0.
// With caches (one a sequence), keys and values are written behind what each holds, and all of it is attended to.
struct Attend {
  bool causal = true;
  float scale = 0;            // 0: 1 / sqrt(head)
  int layer = 0;
  std::int64_t window = 0;    // a causal query sees this many keys, its own the last; 0: all
  std::int64_t ahead = 0;     // and this many behind its own, where they are there: only a broken model does (Probe::Flaw)
  Bias bias = {};             // of self-attention
  std::string_view name = "attention";  // what the taps are called: "attention.q" …
};
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Ragged& rows, const Attend& attend, std::span<KvCache* const> caches = {});
// The same from one batch to another: every query of a sequence sees all keys of that sequence in `keys`. With caches, k and v are written
// once; afterwards they may be empty, and what the caches hold is read.
Tensor cross_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Ragged& rows, const Ragged& keys, const Attend& attend,
                       std::span<KvCache* const> caches = {});
// The weights themselves, which the fast kernel never holds whole: for each sequence [heads, queries, keys], computed plainly. A probe that
// wants "attention.weights" is shown them.
std::vector<Tensor> attention_weights(const Tensor& q, const Tensor& k, const Ragged& rows, const Ragged& keys, const Attend& attend);
// The same before the softmax: q kᵀ scale + bias, and -infinity for keys that a query does not see ("attention.scores").
std::vector<Tensor> attention_scores(const Tensor& q, const Tensor& k, const Ragged& rows, const Ragged& keys, const Attend& attend);
// gate * sigmoid(gate) * up.  Shazeer 2020.
Tensor swiglu(const Tensor& gate, const Tensor& up);
// gelu: x Φ(x), Hendrycks and Gimpel 2016; gelu_tanh: its approximation, as GPT-2 computes it ("gelu_new").
enum class Activation { gelu, gelu_tanh, relu, silu, tanh };
Tensor activate(const Tensor& x, Activation activation);
// a * b, value by value, of one shape.
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor scale(const Tensor& x, float factor);
// Rows [begin, end) of the first axis.
Tensor slice(const Tensor& x, std::int64_t begin, std::int64_t end);
// The rows of a [n, width], then those of b [m, width].  -> [n + m, width]
Tensor join(const Tensor& a, const Tensor& b);
// Rows of x by index, in the order given.
Tensor gather(const Tensor& x, std::span<const std::int64_t> rows);
// The mean over each sequence's rows.  x: [rows, width] -> [sequences, width]
Tensor mean_pool(const Tensor& x, const Ragged& rows);
// Each row divided by its length; a row of zeros stays.
Tensor normalise(const Tensor& x);
// Mean of -log softmax(logits)[target] over rows; a target of -1 is left out.  -> [1]
Tensor cross_entropy(const Tensor& logits, std::span<const std::int32_t> targets);
// The mean over values of (x - target)², and of the cross entropy of sigmoid(logit) with a target of 0 to 1. NaN targets are left out.  -> [1]
Tensor mean_squared_error(const Tensor& x, std::span<const float> targets);
Tensor binary_cross_entropy(const Tensor& logits, std::span<const float> targets);

}  // namespace maru::ops
