#pragma once
// The encoder block of the first Transformers (Vaswani et al. 2017, section 3.1; Devlin et al. 2019): attention, then a feed-forward, each
// added to what came in and normalised after that. Families differ in what they call its parts.
#include "maru/nn/attention.h"

namespace maru::nn {

struct PostNormNames {
  Projections attention{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"};
  std::string_view attention_norm = "attention.output.LayerNorm", up = "intermediate.dense", down = "output.dense", norm = "output.LayerNorm";
};

struct PostNormConfig {
  std::int64_t width, hidden, heads;
  float eps;
  ops::Activation activation = ops::Activation::gelu;
  PostNormNames names = {};
  std::string_view tap = "attention";  // what the attention's taps are called
};

class PostNormBlock {
 public:
  PostNormBlock(const Weights& w, const PostNormConfig& c, int layer)
      : layer_(layer), activation_(c.activation), tap_(c.tap), attention_(w, c.names.attention, c.width, c.heads, c.width / c.heads),
        attention_norm_(w / c.names.attention_norm, c.width, c.eps), up_(w / c.names.up, c.width, c.hidden, Linear::with_bias),
        down_(w / c.names.down, c.hidden, c.width, Linear::with_bias), norm_(w / c.names.norm, c.width, c.eps) {}

  Tensor operator()(const Tensor& x, const ops::Ragged& rows) const {
    const Tensor attended = attention_(x, rows, {.causal = false, .layer = layer_, .name = tap_});
    const Tensor h = attention_norm_(ops::add(attended, x));
    const Tensor fed = down_(ops::activate(up_(h), activation_));
    return norm_(ops::add(fed, h));
  }

 private:
  int layer_;
  ops::Activation activation_;
  std::string_view tap_;
  Attention attention_;
  LayerNorm attention_norm_;
  Linear up_, down_;
  LayerNorm norm_;
};

}  // namespace maru::nn
