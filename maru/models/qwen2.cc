// Qwen2 and Qwen2.5 (Yang et al. 2024): LLaMA with biases on queries, keys and values. Small ones tie their head; some let upper layers see
// a window only, which GGUF does not tell.
#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

std::unique_ptr<Model> make(const nn::Weights& w, const Config& c) {
  const DecoderSizes sizes(c);
  nn::GatedBlockConfig block = gated_block(c, w, sizes);
  block.attention.bias = nn::Linear::with_bias;
  return std::make_unique<GatedDecoder>(w, c, sizes, block, windows_of_upper_layers(c, sizes.layers));
}

}  // namespace

Architecture qwen2() {
  return {.name = "qwen2", .gguf_name = "qwen2", .gguf_tensors = kGatedTensors, .gguf_keys = kDecoderKeys, .prefixes = kDecoderPrefixes,
          .unused = kDecoderUnused, .make = make};
}

}  // namespace maru::models
