#pragma once
// What index, search and ask share: the embedder of a collection, and bringing a collection level.
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "maru/engine/embedder.h"
#include "maru/rag/indexer.h"
#include "maru/rag/store.h"
#include "maru/rag/text_embedder.h"

namespace maru::cli {

struct LoadedEmbedder {
  std::string name;
  std::unique_ptr<engine::Embedder> model;
  rag::TextEmbedder plain;
};
LoadedEmbedder load_embedder_named(Context& context, std::string_view name);
// The one asked for, else the collection's own; nothing for a collection of words only.
std::optional<LoadedEmbedder> load_embedder(Context& context, const rag::Store& store, std::string_view asked);

// Throws Error (not_found) naming the collections that are there.
std::filesystem::path existing_collection(std::string_view name);

// Indexes into the collection at `path`. `embedder`: a model's name, "" for the collection's own or the default; nothing for words only.
rag::IndexReport bring_level(Context& context, const std::filesystem::path& path, std::span<const std::filesystem::path> folders,
                             const std::optional<std::string>& embedder);
// Skipped files and notes, to standard error; the first few, or all.
void note_report(const Context& context, const rag::IndexReport& report, bool all);

}  // namespace maru::cli
