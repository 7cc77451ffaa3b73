#pragma once
// Layers: parameters with a name, and the tap on what they give.
#include <string>
#include <utility>
#include <vector>

#include "maru/nn/weights.h"
#include "maru/ops/ops.h"

namespace maru::nn {

// x wᵀ + b
struct Linear {
  enum Bias { no_bias, with_bias };
  std::string name;
  Tensor weight, bias;
  Linear(const Weights& w, std::int64_t in, std::int64_t out, Bias has_bias = no_bias)
      : name(w.path()), weight(w.get("weight", {out, in})), bias(has_bias ? w.get("bias", {out}) : Tensor()) {}
  Tensor operator()(const Tensor& x) const { return tap({name}, ops::linear(x, weight, bias)); }
};

struct RmsNorm {
  enum Gain { stored, one_plus };  // one_plus: the file holds what the gain is more than 1
  std::string name;
  Tensor gain, ones;
  float eps;
  RmsNorm(const Weights& w, std::int64_t n, float eps, Gain kind = stored) : name(w.path()), gain(w.get("weight", {n})), eps(eps) {
    if (kind == one_plus) ones = Tensor::of({n}, std::vector<float>(std::size_t(n), 1.0f));
  }
  Tensor operator()(const Tensor& x) const { return tap({name}, ops::rms_norm(x, ones ? ops::add(ones, gain) : gain, eps)); }
};

struct LayerNorm {
  std::string name;
  Tensor gain, bias;
  float eps;
  LayerNorm(const Weights& w, std::int64_t n, float eps) : name(w.path()), gain(w.get("weight", {n})), bias(w.get("bias", {n})), eps(eps) {}
  Tensor operator()(const Tensor& x) const { return tap({name}, ops::layer_norm(x, gain, bias, eps)); }
};

struct Embedding {
  std::string name;
  Tensor table;
  std::int32_t unlearned = -1;  // the padding's id in families whose padding is read and never learned
  Embedding(const Weights& w, std::int64_t vocabulary, std::int64_t width) : name(w.path()), table(w.get("weight", {vocabulary, width})) {}
  Tensor operator()(std::span<const std::int32_t> ids) const { return tap({name}, ops::embed(table, ids, unlearned)); }
  // Tied output head: similarity of each row with every token's vector.
  Tensor unembed(const Tensor& x) const { return tap({"lm_head"}, ops::linear(x, table)); }
};

// Blocks 0 … count-1 below one path.
template <class Block, class Config>
std::vector<Block> stack(const Weights& w, int count, const Config& config) {
  std::vector<Block> blocks;
  blocks.reserve(std::size_t(count));
  for (int i = 0; i < count; ++i) blocks.emplace_back(w / i, config, i);
  return blocks;
}

}  // namespace maru::nn
