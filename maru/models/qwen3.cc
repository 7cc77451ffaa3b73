// Qwen3 (Yang et al. 2025), without its mixtures of experts: LLaMA whose queries and keys are normalised head by head before they turn, and
// whose heads need not share the width.
#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

std::unique_ptr<Model> make(const nn::Weights& w, const Config& c) {
  const DecoderSizes sizes(c);
  nn::GatedBlockConfig block = gated_block(c, w, sizes);
  block.attention.bias = block.attention.out_bias = c.boolean("attention_bias", false) ? nn::Linear::with_bias : nn::Linear::no_bias;
  block.attention.head_norm_eps = sizes.eps;
  return std::make_unique<GatedDecoder>(w, c, sizes, block, windows_of_upper_layers(c, sizes.layers));
}

}  // namespace

Architecture qwen3() {
  return {.name = "qwen3", .gguf_name = "qwen3", .gguf_tensors = kGatedTensors, .gguf_keys = kDecoderKeys, .prefixes = kDecoderPrefixes,
          .unused = kDecoderUnused, .make = make};
}

}  // namespace maru::models
