// The engine's embedder as retrieval sees it.
#include "maru/rag/text_embedder.h"

#include "maru/engine/embedder.h"

namespace maru::rag {

TextEmbedder text_embedder(const engine::Embedder& embedder) {
  const std::size_t special = embedder.tokenizer().special_count();
  return {.fingerprint = embedder.fingerprint(),
          .max_tokens = embedder.max_tokens() - special,
          .embed =
              [&embedder](std::span<const std::string> texts, const Cancel* cancel) {
                std::vector<std::vector<float>> vectors;
                for (auto& embedding : embedder(texts, {.parse_special = false, .cancel = cancel})) vectors.push_back(std::move(embedding.vector));
                return vectors;
              },
          .tokens = [&embedder](std::string_view text) { return embedder.tokenizer().encode(text, {.add_special = false}).ids.size(); },
          .unreadable = [&embedder](std::string_view text) { return embedder.unreadable(text); }};
}

}  // namespace maru::rag
