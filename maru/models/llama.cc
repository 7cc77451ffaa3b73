// LLaMA (Touvron et al. 2023; versions 1 to 3.x) and what has its shape, such as SmolLM2. A decoder: each block adds attention, then a
// gated feed-forward, to a residual stream; RMS norms before both; positions by rotation, which 3.1 slowed for longer contexts.
#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

std::unique_ptr<Model> make(const nn::Weights& w, const Config& c) {
  const DecoderSizes sizes(c);
  const nn::Weights first = w / "model" / "layers" / 0;
  const auto bias = [&](std::string_view key, std::string_view tensor) {
    return (c.gguf() ? first.has(tensor) : c.boolean(key, false)) ? nn::Linear::with_bias : nn::Linear::no_bias;
  };
  nn::GatedBlockConfig block = gated_block(c, w, sizes);
  block.attention.rope.interleaved = c.gguf();  // GGUF's converter permutes q and k of this family, so that pairs lie side by side
  block.attention.bias = bias("attention_bias", "self_attn.q_proj.bias");
  block.attention.out_bias = bias("attention_bias", "self_attn.o_proj.bias");
  block.mlp_bias = bias("mlp_bias", "mlp.up_proj.bias");
  return std::make_unique<GatedDecoder>(w, c, sizes, block);
}

constexpr GgufChange kChanges[] = {{"self_attn.q_proj.weight", GgufChange::query_pairs}, {"self_attn.q_proj.bias", GgufChange::query_pairs},
                                   {"self_attn.k_proj.weight", GgufChange::key_pairs}, {"self_attn.k_proj.bias", GgufChange::key_pairs}};

}  // namespace

Architecture llama() {
  return {.name = "llama", .gguf_name = "llama", .gguf_tensors = kGatedTensors, .gguf_keys = kDecoderKeys, .prefixes = kDecoderPrefixes,
          .unused = kDecoderUnused, .gguf_changes = kChanges, .make = make};
}

}  // namespace maru::models
