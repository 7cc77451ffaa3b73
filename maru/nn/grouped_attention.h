#pragma once
// Attention of decoders since LLaMA: heads share keys and values in groups (Ainslie et al. 2023), and positions turn queries and keys
// (Su et al. 2021). Which layers see a window only is none of its business.
#include <optional>

#include "maru/nn/layers.h"

namespace maru::nn {

struct GroupedConfig {
  std::int64_t width, heads, kv_heads, head;
  ops::Rope rope = {};
  std::int64_t window = 0;                    // keys that a query sees, its own the last; 0: all
  float scale = 0;                            // of the scores; 0: 1 / sqrt(head)
  Linear::Bias bias = Linear::no_bias, out_bias = Linear::no_bias;
  std::optional<float> head_norm_eps = {};    // queries and keys are normalised head by head before they turn
  RmsNorm::Gain head_norm_gain = RmsNorm::stored;
};

class GroupedAttention {
 public:
  GroupedAttention(const Weights& w, const GroupedConfig& c, int layer)
      : c_(c), layer_(layer), query_(w / "q_proj", c.width, c.heads * c.head, c.bias),
        key_(w / "k_proj", c.width, c.kv_heads * c.head, c.bias), value_(w / "v_proj", c.width, c.kv_heads * c.head, c.bias), out_(w / "o_proj", c.heads * c.head, c.width, c.out_bias) {
    if (!c.head_norm_eps) return;
    query_norm_.emplace(w / "q_norm", c.head, *c.head_norm_eps, c.head_norm_gain);
    key_norm_.emplace(w / "k_norm", c.head, *c.head_norm_eps, c.head_norm_gain);
  }

  // x: [rows, width] -> [rows, width]
  Tensor operator()(const Tensor& x, std::span<const std::int32_t> positions, const ops::Ragged& rows,
                    std::span<ops::KvCache* const> caches) const {
    const std::int64_t n = x.dim(0);
    Tensor q = query_(x).reshape({n, c_.heads, c_.head}), k = key_(x).reshape({n, c_.kv_heads, c_.head});
    const Tensor v = value_(x).reshape({n, c_.kv_heads, c_.head});
    if (query_norm_) q = (*query_norm_)(q), k = (*key_norm_)(k);
    q = ops::rope(q, positions, c_.rope);
    k = ops::rope(k, positions, c_.rope);
    return out_(ops::attention(q, k, v, rows, {.causal = true, .scale = c_.scale, .layer = layer_, .window = c_.window}, caches)
                    .reshape({n, c_.heads * c_.head}));
  }

 private:
  GroupedConfig c_;
  int layer_;
  Linear query_, key_, value_, out_;
  std::optional<RmsNorm> query_norm_, key_norm_;
};

}  // namespace maru::nn
