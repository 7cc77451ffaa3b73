#pragma once
// Brings a collection level with folders on disk: reads what is new or changed, forgets what is gone, embeds only new text.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/base/progress.h"
#include "maru/rag/document.h"
#include "maru/rag/store.h"
#include "maru/rag/text_embedder.h"

namespace maru::rag {

struct IndexOptions {
  std::size_t chunk_tokens = 200;   // lowered to what the embedder takes
  std::size_t batch = 64;           // chunks embedded and committed together
};
struct IndexReport {
  std::uint64_t files = 0, unchanged = 0, added = 0, changed = 0, removed = 0;
  std::uint64_t chunks = 0;         // in the collection now
  std::uint64_t embedded = 0, reused = 0;  // chunks of new and changed files: computed now, or known by their text
  std::vector<Skipped> skipped;
  std::vector<Phrase> notes;        // "PATH: 3 invalid bytes replaced"
};
Json to_json(const IndexReport& report);

// `embedder` null: words only. One transaction per document, then vectors in batches, so that an end at any moment (Ctrl-C, kill -9) leaves a
// collection that answers from what it has and that the next call completes. Documents below `paths` that are gone leave the collection.
// Throws Error: not_found or invalid when nothing under the paths can be read, cancelled.
IndexReport index(Store& store, std::span<const std::filesystem::path> paths, const TextEmbedder* embedder, const IndexOptions& options = {},
                  const OnProgress& progress = {}, const Cancel* cancel = nullptr);

}  // namespace maru::rag
