// Mistral (Jiang et al. 2023): LLaMA whose queries see a window of keys only, in its first version. GGUF files of this family say that they
// are llama's and know no window.
#include "maru/models/decoder_common.h"

namespace maru::models {
namespace {

std::unique_ptr<Model> make(const nn::Weights& w, const Config& c) {
  const DecoderSizes sizes(c);
  nn::GatedBlockConfig block = gated_block(c, w, sizes);
  block.attention.window = c.integer("sliding_window", 1, 1 << 24, 0);  // null in later versions: all keys
  return std::make_unique<GatedDecoder>(w, c, sizes, block);
}

}  // namespace

Architecture mistral() { return {.name = "mistral", .prefixes = kDecoderPrefixes, .unused = kDecoderUnused, .gguf_as = "llama", .make = make}; }

}  // namespace maru::models
