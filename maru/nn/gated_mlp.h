#pragma once
// The feed-forward of decoders since LLaMA: one projection opens and closes another (Shazeer 2020).
#include "maru/nn/layers.h"

namespace maru::nn {

struct GatedMlp {
  Linear gate, up, down;
  ops::Activation activation;
  GatedMlp(const Weights& w, std::int64_t width, std::int64_t hidden, ops::Activation activation, Linear::Bias bias = Linear::no_bias)
      : gate(w / "gate_proj", width, hidden, bias), up(w / "up_proj", width, hidden, bias), down(w / "down_proj", hidden, width, bias),
        activation(activation) {}
  Tensor operator()(const Tensor& x) const {
    const Tensor g = gate(x), u = up(x);
    return down(activation == ops::Activation::silu ? ops::swiglu(g, u) : ops::multiply(ops::activate(g, activation), u));
  }
};

}  // namespace maru::nn
