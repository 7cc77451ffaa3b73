#pragma once
// A collection: one SQLite file with documents, their chunks, an FTS5 index over the chunks, and their vectors. Knows how to keep
// and find, not what to read or how to rank across the two kinds of search. One Store serves one thread at a time.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/rag/document.h"
#include "maru/rag/sqlite.h"

namespace maru::rag {

struct StoredDocument {
  std::int64_t id = 0;
  std::string path = {}, title = {};
  std::string sha256 = {};        // of the file's bytes
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;   // of the file
  std::int64_t indexed_ns = 0;    // when it was read
  std::string recipe = {};        // how it was cut; another recipe means cutting again
  std::vector<Phrase> notes = {};
};
struct StoredChunk {
  std::int64_t id = 0, document = 0;
  std::string path, title;
  std::size_t begin = 0, end = 0;  // code points of the document's text
  int page = 0;
  std::string heading, text;
};
struct Scored {
  std::int64_t chunk = 0;
  double score = 0;
};
// A chunk's text and heading that have no vector yet, by hash: equal texts are embedded once.
struct Unembedded {
  std::string hash;
  std::int64_t chunk = 0;
};
struct NewVector {
  std::string hash;
  std::vector<float> vector;
  double unreadable = 0;           // of the text, by the embedder
};

// What is embedded and hashed for a chunk: heading and text together.
std::string embedded_text(std::string_view heading, std::string_view text);

class Store {
 public:
  enum class Open { existing, create };
  // Throws Error: not_found, or invalid for a damaged file, another program's file, another schema, another tokenizer. ":memory:" is kept nowhere.
  explicit Store(const std::filesystem::path& path, Open open = Open::existing);

  std::vector<StoredDocument> documents() const;
  std::optional<StoredDocument> document(std::string_view path) const;
  std::string text(std::int64_t document) const;                             // whole, NFC
  std::string quote(std::int64_t document, std::size_t begin, std::size_t end) const;  // by code points; throws Error outside the text
  // Writes a document and its chunks, in the place of what its path held before, in one transaction.
  void put(const StoredDocument& document, std::string_view text, std::span<const Chunk> chunks);
  void touch(const StoredDocument& document);                                 // size and times only
  void remove(std::string_view path);                                         // with its chunks, in one transaction

  std::vector<Unembedded> unembedded(std::string_view fingerprint) const;     // in the order of the chunks
  void add_vectors(std::string_view fingerprint, std::span<const NewVector> vectors);
  bool has_vector(std::string_view fingerprint, std::string_view hash) const;
  std::uint64_t forget_unused_vectors(std::string_view live_fingerprint);     // returns how many
  bool pending(std::int64_t document, std::string_view fingerprint) const;    // some of its chunks have no vector yet

  StoredChunk chunk(std::int64_t id) const;
  std::vector<StoredChunk> chunks_of(std::int64_t document) const;
  std::uint64_t document_count() const;
  std::uint64_t chunk_count() const;

  // BM25 with k1 = 1.5, b = 0.75 and Lucene's idf over any of the terms; the best `limit`, ties by chunk.
  std::vector<Scored> lexical(std::span<const std::string> terms, std::size_t limit) const;
  // What each term gives to one chunk's score; they sum to it.
  std::map<std::string, double> lexical_parts(std::span<const std::string> terms, std::int64_t chunk) const;
  double idf(std::string_view term) const;                                    // highest for a term that nothing holds
  // Cosine similarity by a flat scan over the vectors of this fingerprint.
  std::vector<Scored> dense(std::string_view fingerprint, std::span<const float> query, std::size_t limit) const;
  std::optional<double> cosine(std::string_view fingerprint, std::span<const float> query, std::int64_t chunk) const;
  double unreadable(std::string_view fingerprint, std::int64_t chunk) const;  // as the embedder said; 1 without a vector

  // Small facts: the embedder's name and fingerprint, the folders that were indexed.
  std::optional<std::string> fact(std::string_view name) const;
  void set_fact(std::string_view name, std::string_view value);
  // Reads every page and index entry. Throws Error (invalid) naming the first thing that is wrong.
  void verify() const;
  const std::string& path() const { return database_.path(); }

 private:
  // Held in memory for searching; read again when this or another process has written.
  struct Cache {
    std::int64_t version = -1, changes = -1;
    std::vector<std::uint32_t> lengths;   // terms of a chunk, by its id
    double average_length = 0, count = 0;
    std::string fingerprint;
    bool vectors_loaded = false;
    std::size_t dimensions = 0;
    std::vector<std::int64_t> vector_chunks;  // ascending
    std::vector<float> vectors;               // [vector_chunks, dimensions]
    std::vector<float> unreadable;
  };
  const Cache& cache() const;
  const Cache& cache_with_vectors(std::string_view fingerprint) const;
  void prepare_schema(bool create);
  void remove_rows(std::int64_t document);

  Database database_;
  mutable Cache cache_;
};

}  // namespace maru::rag
