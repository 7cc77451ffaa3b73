#pragma once
// LLaMA's block (Touvron et al. 2023): attention, then a gated feed-forward, each on what was normalised and added to what came in.
#include "maru/nn/gated_mlp.h"
#include "maru/nn/grouped_attention.h"

namespace maru::nn {

struct GatedBlockConfig {
  GroupedConfig attention;
  std::int64_t hidden;
  float eps;
  ops::Activation activation = ops::Activation::silu;
  Linear::Bias mlp_bias = Linear::no_bias;
};

class GatedBlock {
 public:
  GatedBlock(const Weights& w, const GatedBlockConfig& c, int layer)
      : layer_(layer), before_attention_(w / "input_layernorm", c.attention.width, c.eps),
        before_mlp_(w / "post_attention_layernorm", c.attention.width, c.eps), attention_(w / "self_attn", c.attention, layer),
        mlp_(w / "mlp", c.attention.width, c.hidden, c.activation, c.mlp_bias) {}

  Tensor operator()(const Tensor& x, std::span<const std::int32_t> positions, const ops::Ragged& rows,
                    std::span<ops::KvCache* const> caches) const {
    const Tensor h = ops::add(x, attention_(before_attention_(x), positions, rows, caches));
    return tap({"residual", layer_}, ops::add(h, mlp_(before_mlp_(h))));
  }

 private:
  int layer_;
  RmsNorm before_attention_, before_mlp_;
  GroupedAttention attention_;
  GatedMlp mlp_;
};

}  // namespace maru::nn
