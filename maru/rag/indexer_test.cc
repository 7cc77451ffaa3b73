#include "maru/rag/indexer.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/rag/fakes_test.h"
#include "maru/rag/retriever.h"

using namespace maru;
using namespace maru::rag;
namespace fs = std::filesystem;

namespace {
struct Library {
  TemporaryFolder folder;
  FakeEmbedder embedder;
  Store store{":memory:", Store::Open::create};
  Library() {
    folder.write("a.txt", "The otter swims in the river.\n");
    folder.write("b.md", "# Trees\n\nThe cedar grows on the hill.\n\n# Birds\n\nThe heron waits in the reeds.\n");
  }
  IndexReport index(const Cancel* cancel = nullptr) {
    const fs::path root = folder.path();
    const TextEmbedder view = embedder.view();
    return rag::index(store, {&root, 1}, &view, {.batch = 1}, {}, cancel);
  }
  std::string first(std::string_view query) {
    const TextEmbedder view = embedder.view();
    const auto found = search(store, query, 1, &view);
    return found.hits.empty() ? "" : found.hits[0].chunk.text;
  }
};
}  // namespace

TEST_CASE("indexing an unchanged folder again embeds nothing") {
  Library library;
  const IndexReport once = library.index();
  CHECK(once.added == 2);
  CHECK(once.embedded == once.chunks);
  library.embedder.texts = 0;
  const IndexReport again = library.index();
  CHECK(again.unchanged == 2);
  CHECK(again.embedded == 0);
  CHECK(library.embedder.texts == 0);
}

TEST_CASE("an edited file embeds only the chunks whose text or heading is new") {
  Library library;
  library.index();
  library.folder.write("b.md", "Something before.\n\n# Trees\n\nThe cedar grows on the hill.\n\n# Birds\n\nThe stork waits in the reeds.\n");
  library.embedder.texts = 0;
  const IndexReport report = library.index();
  CHECK(report.changed == 1);
  CHECK(report.embedded < report.chunks);
  CHECK(library.embedder.texts == int(report.embedded));
  CHECK(report.reused >= 1);
  CHECK(library.first("stork").find("stork") != std::string::npos);
}

TEST_CASE("a deleted file stops answering before the next indexing, and leaves with it") {
  Library library;
  library.index();
  fs::remove(library.folder / "a.txt");
  CHECK(library.first("otter").find("otter") == std::string::npos);
  CHECK(library.index().removed == 1);
  CHECK(library.store.document_count() == 1);
}

TEST_CASE("a copy of a file embeds nothing") {
  Library library;
  library.index();
  library.folder.write("copy.txt", "The otter swims in the river.\n");
  library.embedder.texts = 0;
  const IndexReport report = library.index();
  CHECK(report.added == 1);
  CHECK(library.embedder.texts == 0);
  CHECK(report.reused == 1);
}

TEST_CASE("stopped while embedding, it answers by words and goes on where it was") {
  Library library;
  Cancel cancel;
  const fs::path root = library.folder.path();
  TextEmbedder view = library.embedder.view();
  int batches = 0;
  view.embed = [&, embed = view.embed](std::span<const std::string> texts, const Cancel* given) {
    if (++batches == 2) cancel.raise();
    return embed(texts, given);
  };
  CHECK_THROWS_AS(rag::index(library.store, {&root, 1}, &view, {.batch = 1}, {}, &cancel), Error);
  CHECK(library.first("heron").find("heron") != std::string::npos);
  const IndexReport report = library.index();
  CHECK(report.embedded == report.chunks - 1);
}

TEST_CASE("a folder without documents is an error, and another embedder embeds everything anew") {
  TemporaryFolder folder;
  fs::create_directory(folder / "empty");
  Store store(":memory:", Store::Open::create);
  const fs::path root = folder / "empty";
  CHECK_THROWS_WITH_AS(rag::index(store, {&root, 1}, nullptr), doctest::Contains("no document"), Error);

  Library library;
  const IndexReport once = library.index();
  const TextEmbedder other = library.embedder.view("other");
  const fs::path again = library.folder.path();
  CHECK(rag::index(library.store, {&again, 1}, &other).embedded == once.chunks);
  CHECK(library.store.dense("fake", std::vector<float>(64), 1).empty());
}

TEST_CASE("progress counts chunks up to their total") {
  Library library;
  const fs::path root = library.folder.path();
  const TextEmbedder view = library.embedder.view();
  std::uint64_t last = 0, total = 0;
  rag::index(library.store, {&root, 1}, &view, {.batch = 1}, [&](const Progress& progress) {
    if (progress.unit != "chunks") return;
    CHECK(progress.done >= last);
    last = progress.done, total = progress.total;
  });
  CHECK(last == total);
  CHECK(total == library.store.chunk_count());
}
