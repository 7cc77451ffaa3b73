#pragma once
// The decoder block of the first Transformer (Vaswani et al. 2017, section 3.1): attention to what was written so far, attention to what
// the encoder read, then a feed-forward; each added to what came in and normalised after that.
#include "maru/nn/post_norm_block.h"

namespace maru::nn {

// As fairseq's translators, and the files that came of them, call the parts.
inline constexpr Projections kOwnProjections{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"};
inline constexpr Projections kCrossProjections{"encoder_attn.q_proj", "encoder_attn.k_proj", "encoder_attn.v_proj",
                                               "encoder_attn.out_proj"};
inline constexpr PostNormNames kTranslatorNames{kOwnProjections, "self_attn_layer_norm", "fc1", "fc2", "final_layer_norm"};

struct PostNormDecoderConfig {
  std::int64_t width, hidden, heads;
  float eps;
  ops::Activation activation = ops::Activation::gelu;
};

class PostNormDecoderBlock {
 public:
  PostNormDecoderBlock(const Weights& w, const PostNormDecoderConfig& c, int layer)
      : layer_(layer), activation_(c.activation), own_(w, kOwnProjections, c.width, c.heads, c.width / c.heads),
        own_norm_(w / "self_attn_layer_norm", c.width, c.eps), cross_(w, kCrossProjections, c.width, c.heads, c.width / c.heads),
        cross_norm_(w / "encoder_attn_layer_norm", c.width, c.eps), up_(w / "fc1", c.width, c.hidden, Linear::with_bias),
        down_(w / "fc2", c.hidden, c.width, Linear::with_bias), norm_(w / "final_layer_norm", c.width, c.eps) {}

  // memory: [rows of memory_rows, width], or empty once `memory_caches` hold its keys and values.
  Tensor operator()(const Tensor& x, const ops::Ragged& rows, std::span<ops::KvCache* const> caches, const Tensor& memory,
                    const ops::Ragged& memory_rows, std::span<ops::KvCache* const> memory_caches) const {
    const Tensor attended = own_(x, rows, {.causal = true, .layer = layer_, .name = "decoder.attention"}, caches);
    const Tensor h = own_norm_(ops::add(attended, x));
    const ops::Attend to_memory{.causal = false, .layer = layer_, .name = "cross_attention"};
    const Tensor read = cross_.cross(h, rows, memory, memory_rows, to_memory, memory_caches);
    const Tensor g = cross_norm_(ops::add(read, h));
    const Tensor fed = down_(ops::activate(up_(g), activation_));
    return norm_(ops::add(fed, g));
  }

 private:
  int layer_;
  ops::Activation activation_;
  Attention own_;
  LayerNorm own_norm_;
  Attention cross_;
  LayerNorm cross_norm_;
  Linear up_, down_;
  LayerNorm norm_;
};

}  // namespace maru::nn
