// Mistral (Jiang et al. 2023): LLaMA whose queries see a window of keys only, in its first version. GGUF files of this family say that they
// are llama's and know no window.
#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

std::unique_ptr<Model> make(const nn::Weights& w, const Config& c) {
  const DecoderSizes sizes(c);
  nn::GroupedConfig attention = sizes.attention();
  attention.rope = rotary(c, w, sizes.head);
  attention.window = c.integer("sliding_window", 1, 1 << 24, 0);  // null in later versions: all keys
  const nn::GatedBlockConfig block{.attention = attention, .hidden = sizes.hidden, .eps = sizes.eps, .activation = c.activation("hidden_act", "silu")};
  return std::make_unique<GatedDecoder>(w, c, sizes, block);
}

}  // namespace

Architecture mistral() { return {.name = "mistral", .prefixes = kDecoderPrefixes, .unused = kDecoderUnused, .gguf_as = "llama", .make = make}; }

}  // namespace maru::models
