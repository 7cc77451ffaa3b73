// Index: walk, compare, read, cut, store; then embed what has no vector yet.
#include "maru/rag/indexer.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <unordered_set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

namespace fs = std::filesystem;

// A file written within this time of being read may be written again without its time changing: its bytes are compared then.
constexpr std::int64_t kRacyNs = 2'000'000'000;
constexpr int kCutting = 1;  // raised when readers or the chunker change what they give

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}
std::int64_t modified_ns(const fs::path& path) {
  const auto time = std::chrono::file_clock::to_sys(fs::last_write_time(path));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// Without an embedder: about what a word-piece vocabulary gives, one for each four letters or each character of a dense script.
std::size_t estimated_tokens(std::string_view utf8) {
  std::size_t quarters = 3;
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t c = unicode::next(utf8, at);
    quarters += unicode::is_hangul(c) || unicode::is_han(c) || unicode::is_kana(c) ? 4 : 1;
  }
  return quarters / 4;
}

class Indexing {
 public:
  Indexing(Store& store, const TextEmbedder* embedder, const IndexOptions& options, const OnProgress& progress, const Cancel* cancel)
      : store_(store), embedder_(embedder), options_(options), progress_(progress), cancel_(cancel) {
    // A few tokens are left for how heading and text join.
    chunking_.max_tokens = embedder ? std::min(options.chunk_tokens, embedder->max_tokens > 16 ? embedder->max_tokens - 4 : embedder->max_tokens) : options.chunk_tokens;
    chunking_.tokens = embedder ? embedder->tokens : estimated_tokens;
    recipe_ = fmt::format("{} {} {}", kCutting, chunking_.max_tokens, embedder ? embedder->fingerprint : "words");
  }

  IndexReport run(std::span<const fs::path> paths) {
    const std::vector<fs::path> files = find(paths);
    alone_ = paths.size() == 1 && files.size() == 1 && fs::is_regular_file(paths[0]);
    for (std::size_t i = 0; i < files.size(); ++i) {
      stop_if_asked();
      tell({.what = "reading", .done = i, .total = files.size(), .unit = "files"});
      take(files[i]);
    }
    tell({.what = "reading", .done = files.size(), .total = files.size(), .unit = "files"});
    report_.files = files.size();
    if (store_.document_count() == 0) nothing_to_read(paths);
    if (embedder_) embed();
    report_.chunks = store_.chunk_count();
    return std::move(report_);
  }

 private:
  // Every file below the paths. What the collection holds below them and the walk no longer finds is removed first: it must not answer.
  std::vector<fs::path> find(std::span<const fs::path> paths) {
    std::set<fs::path> files;
    std::vector<fs::path> roots;
    for (const fs::path& path : paths) {
      const fs::path root = fs::weakly_canonical(path);
      roots.push_back(root);
      if (!fs::exists(root) && remove_below({&root, 1}, files) > 0) {
        report_.notes.push_back(phrase("{}: is gone, and its documents have left the collection", path.string()));
        continue;
      }
      Walk found = walk(root, cancel_);
      files.insert(found.files.begin(), found.files.end());
      std::ranges::move(found.skipped, std::back_inserter(report_.skipped));
    }
    remove_below(roots, files);
    return {files.begin(), files.end()};
  }

  std::uint64_t remove_below(std::span<const fs::path> roots, const std::set<fs::path>& files) {
    const auto below = [](const fs::path& path, const fs::path& root) {
      return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
    };
    std::uint64_t removed = 0;
    for (const StoredDocument& document : store_.documents()) {
      const fs::path path = document.path;
      if (files.contains(path) || std::ranges::none_of(roots, [&](const fs::path& root) { return below(path, root); })) continue;
      store_.remove(document.path);
      ++removed;
    }
    report_.removed += removed;
    return removed;
  }

  void take(const fs::path& file) {
    try {
      const auto old = store_.document(file.string());
      StoredDocument now{.path = file.string(), .size = fs::file_size(file), .modified_ns = modified_ns(file), .indexed_ns = now_ns(), .recipe = recipe_};
      // Before it is hashed: a sparse file may claim more bytes than a disk has.
      if (now.size > kMaxDocumentBytes)
        fail(ErrorKind::limit, "{}: {} MiB; a document may have at most {} MiB: split the file", now.path, now.size >> 20, kMaxDocumentBytes >> 20);
      if (old && same(*old, now)) {
        ++report_.unchanged;
        return;
      }
      if (now.sha256.empty()) now.sha256 = sha256_file(file);
      read(std::move(now));
      ++(old ? report_.changed : report_.added);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::internal || concerns_store(error)) throw;
      skip(file, error.said());
      if (alone_) throw;  // the one file that was asked for
    } catch (const fs::filesystem_error& error) {
      skip(file, system_reason(error.code().value()));
    }
  }

  bool concerns_store(const Error& error) const { return std::string_view(error.what()).starts_with(store_.path() + ":"); }

  // A file that can no longer be read no longer answers.
  void skip(const fs::path& file, Phrase why) {
    if (store_.document(file.string())) {
      store_.remove(file.string());
      ++report_.removed;
    }
    report_.skipped.push_back({file, std::move(why)});
  }

  bool same(const StoredDocument& old, StoredDocument& now) {
    if (old.recipe != now.recipe) return false;
    const bool looks_same = old.size == now.size && old.modified_ns == now.modified_ns;
    if (looks_same && old.modified_ns < old.indexed_ns - kRacyNs) return true;
    now.sha256 = sha256_file(now.path);
    if (now.sha256 != old.sha256) return false;
    store_.touch(now);
    return true;
  }

  void read(StoredDocument now) {
    const Document document = read_document(now.path, cancel_);
    stop_if_asked();
    now.title = document.title;
    now.notes = document.notes;
    const std::vector<Chunk> cut = chunks(document, chunking_);
    if (cut.empty() && now.notes.empty()) now.notes.push_back(phrase("no text in this file"));
    for (const Phrase& note : now.notes) report_.notes.push_back(phrase("{}: {}", now.path, note));
    new_chunks_ += cut.size();
    store_.put(now, document.text, cut);
  }

  [[noreturn]] void nothing_to_read(std::span<const fs::path> paths) const {
    std::string where, why;
    for (const fs::path& path : paths) where += (where.empty() ? "" : ", ") + path.string();
    for (std::size_t i = 0; i < std::min<std::size_t>(3, report_.skipped.size()); ++i)
      why += fmt::format("\n  {}: {}", report_.skipped[i].path.string(), report_.skipped[i].why.text);
    if (report_.skipped.empty()) fail(ErrorKind::invalid, "{}: no document found; maru reads .txt .md .html .pdf and source code", where);
    fail(ErrorKind::invalid, "{}: no document found; maru reads .txt .md .html .pdf and source code. Left out ({}):{}", where, report_.skipped.size(), why);
  }

  void embed() {
    const std::vector<Unembedded> missing = store_.unembedded(embedder_->fingerprint);
    std::size_t unread = 0;
    for (std::size_t done = 0; done < missing.size(); done += options_.batch) {
      stop_if_asked();
      tell({.what = "embedding", .done = done, .total = missing.size(), .unit = "chunks"});
      const auto batch = std::span(missing).subspan(done, std::min(options_.batch, missing.size() - done));
      std::vector<std::string> texts;
      for (const Unembedded& one : batch) {
        const StoredChunk chunk = store_.chunk(one.chunk);
        texts.push_back(embedded_text(chunk.heading, chunk.text));
      }
      auto vectors = embedder_->embed(texts, cancel_);
      std::vector<NewVector> added;
      for (std::size_t i = 0; i < batch.size(); ++i) {
        added.push_back({.hash = batch[i].hash, .vector = std::move(vectors.at(i)), .unreadable = embedder_->unreadable(texts[i])});
        unread += added.back().unreadable >= 0.5;
      }
      store_.add_vectors(embedder_->fingerprint, added);
    }
    tell({.what = "embedding", .done = missing.size(), .total = missing.size(), .unit = "chunks"});
    report_.embedded = missing.size();
    report_.reused = new_chunks_ > missing.size() ? new_chunks_ - missing.size() : 0;
    store_.forget_unused_vectors(embedder_->fingerprint);
    store_.set_fact("embedder", embedder_->fingerprint);
    if (unread > 0)
      report_.notes.push_back(phrase("The embedder can hardly read the script of {} of {} new chunks; they are found by their words.", unread, missing.size()));
  }

  void stop_if_asked() const {
    if (cancel_) cancel_->check();
  }
  void tell(const Progress& progress) const {
    if (progress_) progress_(progress);
  }

  Store& store_;
  const TextEmbedder* embedder_;
  IndexOptions options_;
  const OnProgress& progress_;
  const Cancel* cancel_;
  ChunkOptions chunking_;
  std::string recipe_;
  IndexReport report_;
  std::uint64_t new_chunks_ = 0;
  bool alone_ = false;  // one file was asked for: what is wrong with it is the answer
};

}  // namespace

IndexReport index(Store& store, std::span<const fs::path> paths, const TextEmbedder* embedder, const IndexOptions& options,
                  const OnProgress& progress, const Cancel* cancel) {
  return Indexing(store, embedder, options, progress, cancel).run(paths);
}

Json to_json(const IndexReport& report) {
  Json skipped = Json::array(), notes = Json::array();
  for (const Phrase& note : report.notes) notes.push_back(note.text);
  for (const Skipped& one : report.skipped) skipped.push_back({{"path", one.path.string()}, {"why", one.why.text}});
  return {{"files", report.files},   {"unchanged", report.unchanged}, {"added", report.added},       {"changed", report.changed}, {"removed", report.removed},
          {"chunks", report.chunks}, {"embedded", report.embedded},   {"reused", report.reused},     {"skipped", skipped},        {"notes", notes}};
}

}  // namespace maru::rag
