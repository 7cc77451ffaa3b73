#pragma once
// Multi-head attention with its four projections (Vaswani et al. 2017, section 3.2). Position is none of its business: families add it to
// the words, turn q and k, or hand in a bias.
#include <string_view>

#include "maru/nn/layers.h"

namespace maru::nn {

// What a family calls the projections, below its attention's path.
struct Projections {
  std::string_view query = "q_proj", key = "k_proj", value = "v_proj", out = "out_proj";
  Linear::Bias bias = Linear::with_bias, out_bias = Linear::with_bias;  // of the first three, and of the last
};

class Attention {
 public:
  // width: of what comes in and goes out; inner = heads * head, which need not be the width.
  Attention(const Weights& w, const Projections& names, std::int64_t width, std::int64_t heads, std::int64_t head)
      : heads_(heads), head_(head), query_(w / names.query, width, heads * head, names.bias), key_(w / names.key, width, heads * head, names.bias),
        value_(w / names.value, width, heads * head, names.bias), out_(w / names.out, heads * head, width, names.out_bias) {}

  // To the sequence itself.  x: [rows, width] -> [rows, width]
  Tensor operator()(const Tensor& x, const ops::Ragged& rows, const ops::Attend& attend, std::span<ops::KvCache* const> caches = {}) const {
    const Tensor q = split(query_(x)), k = split(key_(x)), v = split(value_(x));
    return joined(ops::attention(q, k, v, rows, attend, caches));
  }
  // To another sequence: q from x, k and v from `memory`, which may be empty once the caches hold them.
  Tensor cross(const Tensor& x, const ops::Ragged& rows, const Tensor& memory, const ops::Ragged& memory_rows, const ops::Attend& attend,
               std::span<ops::KvCache* const> caches = {}) const {
    const Tensor q = split(query_(x));
    const Tensor k = memory ? split(key_(memory)) : Tensor(), v = memory ? split(value_(memory)) : Tensor();
    return joined(ops::cross_attention(q, k, v, rows, memory_rows, attend, caches));
  }

 private:
  Tensor split(const Tensor& x) const { return x.reshape({x.dim(0), heads_, head_}); }
  Tensor joined(const Tensor& x) const { return out_(x.reshape({x.dim(0), heads_ * head_})); }
  std::int64_t heads_, head_;
  Linear query_, key_, value_, out_;
};

}  // namespace maru::nn
