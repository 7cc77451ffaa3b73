// Embedders of collections, and indexing with progress.
#include "cli/commands/rag_common.h"

#include "cli/commands/model_common.h"
#include "cli/terminal.h"

namespace maru::cli {

LoadedEmbedder load_embedder_named(Context& context, std::string_view name) {
  // A path is kept whole: the next command may start in another folder.
  const bool path = (name.contains('/') || name.starts_with('.')) && std::filesystem::exists(std::filesystem::path(name));
  // A link is kept as a link: the store's point to blobs, whose names say nothing.
  const std::string kept = path ? std::filesystem::absolute(name).lexically_normal().string() : std::string(name);
  LoadedEmbedder out{kept, std::make_unique<engine::Embedder>(model_path(context, name)), {}};
  out.plain = rag::text_embedder(*out.model);
  return out;
}

std::optional<LoadedEmbedder> load_embedder(Context& context, const rag::Store& store, std::string_view asked) {
  const std::string own = store.fact(kEmbedderFact).value_or("");
  if (asked.empty() && own.empty()) return std::nullopt;
  return load_embedder_named(context, asked.empty() ? own : asked);
}

std::filesystem::path existing_collection(std::string_view name) {
  const std::filesystem::path path = collection_path(name);
  if (std::filesystem::exists(path)) return path;
  std::string there;
  for (const CollectionFile& file : collections()) there += (there.empty() ? "" : ", ") + file.name;
  if (there.empty()) fail(ErrorKind::not_found, "there is no collection {:?}; maru index NAME FOLDER makes one", name);
  fail(ErrorKind::not_found, "there is no collection {:?}; there are: {}", name, there);
}

rag::IndexReport bring_level(Context& context, const std::filesystem::path& path, std::span<const std::filesystem::path> folders,
                             const std::optional<std::string>& embedder) {
  // The paths are looked through first: a mistake in them must not leave an empty collection behind.
  bool any = false;
  for (const std::filesystem::path& folder : folders) any = any || !rag::walk(folder, &context.cancel).files.empty();
  const bool fresh = !std::filesystem::exists(path);
  if (!any && fresh) {
    std::string names;
    for (const std::filesystem::path& folder : folders) names += (names.empty() ? "" : ", ") + folder.string();
    fail(ErrorKind::not_found, "{}: no documents that maru can read (.txt .md .html .pdf, source code)", names);
  }
  std::filesystem::create_directories(path.parent_path());
  std::optional<LoadedEmbedder> loaded;
  std::optional<rag::Store> store;
  const auto open = [&] { store.emplace(path, rag::Store::Open::create); };
  if (!fresh) open();
  if (embedder) {
    const std::string own = store ? store->fact(kEmbedderFact).value_or("") : "";
    const std::string name = !embedder->empty() ? *embedder : !own.empty() ? own : std::string(kDefaultEmbedder);
    loaded.emplace(load_embedder_named(context, name));
  }
  if (!store) open();
  if (loaded) store->set_fact(kEmbedderFact, loaded->name);
  try {
    return rag::index(*store, folders, loaded ? &loaded->plain : nullptr, {}, context.progress(), &context.cancel);
  } catch (const Error&) {
    const bool empty = fresh && store->document_count() == 0;
    store.reset();
    std::error_code ignored;
    for (const char* suffix : {"-wal", "-shm", ""})
      if (empty) std::filesystem::remove(path.string() + suffix, ignored);
    throw;
  }
}

void note_report(const Context& context, const rag::IndexReport& report, bool all) {
  const std::size_t most = all ? std::size_t(-1) : 5;
  for (std::size_t i = 0; i < report.notes.size() && i < most; ++i) context.note(context.say(report.notes[i]));
  for (std::size_t i = 0; i < report.skipped.size() && i < most; ++i)
    context.note(fmt::format(fmt::runtime(context.say("left out {}: {}", "뺌 {}: {}")), report.skipped[i].path.string(),
                             context.say(report.skipped[i].why)));
  const auto beyond = [most](std::size_t count) { return count > most ? count - most : 0; };
  const std::size_t more = beyond(report.notes.size()) + beyond(report.skipped.size());
  if (more)
    context.note(fmt::format(fmt::runtime(context.say("… and {} more (--verbose shows all)", "… 그 밖에 {}개 (--verbose로 모두 봅니다)")), more));
}

}  // namespace maru::cli
