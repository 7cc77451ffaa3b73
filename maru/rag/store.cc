// The tables of a collection, and the two searches over them.
#include "maru/rag/store.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/rag/lexical.h"

namespace maru::rag {
namespace {

constexpr std::int64_t kApplication = 0x6d617275;  // "maru", in the header of the file
constexpr std::int64_t kSchema = 1;
constexpr double kK1 = 1.5, kB = 0.75;

// The FTS5 table keeps no text of its own (content=''): chunks hold it. Vectors belong to a text, not to a place, so an edit that moves a
// chunk, or a second copy of a file, finds its vector again by hash.
constexpr const char* kTables = R"sql(
  CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL, indexed_ns INTEGER NOT NULL, recipe TEXT NOT NULL, notes TEXT NOT NULL, text TEXT NOT NULL);
  CREATE TABLE chunks(id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents(id), begin INTEGER NOT NULL, end INTEGER NOT NULL,
    page INTEGER NOT NULL, hash TEXT NOT NULL, terms INTEGER NOT NULL, heading TEXT NOT NULL, text TEXT NOT NULL);
  CREATE INDEX chunks_of_document ON chunks(document);
  CREATE INDEX chunks_by_hash ON chunks(hash);
  CREATE INDEX chunk_lengths ON chunks(id, terms);
  CREATE TABLE vectors(hash TEXT NOT NULL, fingerprint TEXT NOT NULL, unreadable REAL NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY(hash, fingerprint));
  CREATE VIRTUAL TABLE postings USING fts5(text, content='', tokenize='maru');
)sql";
// Kept outside the file: a view of the FTS5 index, one row per place of a term.
constexpr const char* kViews = R"sql(
  CREATE VIRTUAL TABLE temp.places USING fts5vocab(main, postings, instance);
  CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, postings, row);
)sql";

using Emit = int (*)(void*, int, const char*, int, int, int);

// Called by FTS5 through C: nothing may be thrown. Text to be indexed goes through our rules; a query is one finished term already.
int tokenize(Fts5Tokenizer*, void* context, int flags, const char* text, int size, Emit emit) {
  try {
    const std::string_view view(text, std::size_t(size));
    if (flags & FTS5_TOKENIZE_QUERY) return emit(context, 0, text, size, 0, size);
    for (const std::string& term : index_terms(view))
      if (const int code = emit(context, 0, term.data(), int(term.size()), 0, size); code != SQLITE_OK) return code;
    return SQLITE_OK;
  } catch (...) {
    return SQLITE_NOMEM;
  }
}
int create_tokenizer(void*, const char**, int, Fts5Tokenizer** out) {
  static char nothing;
  *out = reinterpret_cast<Fts5Tokenizer*>(&nothing);
  return SQLITE_OK;
}

void register_tokenizer(const Database& database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database.handle(), "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  if (!api) fail(ErrorKind::internal, "this SQLite ({}) was built without FTS5, which collections need", sqlite3_libversion());
  fts5_tokenizer functions{create_tokenizer, [](Fts5Tokenizer*) {}, tokenize};
  api->xCreateTokenizer(api, "maru", nullptr, &functions, nullptr);
}

std::string searched_text(std::string_view heading, std::string_view text) { return embedded_text(heading, text); }

float dot(const float* a, const float* b, std::size_t n) {
  float lanes[16] = {};
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (std::size_t j = 0; j < 16; ++j) lanes[j] += a[i + j] * b[i + j];
  float sum = 0;
  for (; i < n; ++i) sum += a[i] * b[i];
  for (const float lane : lanes) sum += lane;
  return sum;
}

void keep_best(std::vector<Scored>& all, std::size_t limit) {
  const auto better = [](const Scored& a, const Scored& b) { return a.score != b.score ? a.score > b.score : a.chunk < b.chunk; };
  const std::size_t kept = std::min(limit, all.size());
  std::partial_sort(all.begin(), all.begin() + std::ptrdiff_t(kept), all.end(), better);
  all.resize(kept);
}

double lucene_idf(double count, double holding) { return std::log(1 + (count - holding + 0.5) / (holding + 0.5)); }
double bm25(double frequency, double length, double average) {
  return frequency * (kK1 + 1) / (frequency + kK1 * (1 - kB + kB * length / average));
}

// A note keeps how it was made, so that it can be said in another language when it is shown. A plain one is a string.
Json json_of(const Phrase& note) {
  if (note.pattern.empty()) return note.text;
  Json values = Json::array();
  for (const Phrase& value : note.values) values.push_back(json_of(value));
  return {{"text", note.text}, {"pattern", note.pattern}, {"values", std::move(values)}};
}
Json json_of(const std::vector<Phrase>& notes) {
  Json out = Json::array();
  for (const Phrase& note : notes) out.push_back(json_of(note));
  return out;
}
Phrase phrase_of(const Json& note) {
  if (note.is_string()) return {.text = note.get<std::string>(), .pattern = {}, .values = {}};
  Phrase out{.text = note.at("text").get<std::string>(), .pattern = note.at("pattern").get<std::string>(), .values = {}};
  for (const Json& value : note.at("values")) out.values.push_back(phrase_of(value));
  return out;
}

StoredDocument document_row(const Statement& row) {
  StoredDocument document{.id = row.integer(0), .path = std::string(row.text(1)), .title = std::string(row.text(2)), .sha256 = std::string(row.text(3)),
                          .size = std::uint64_t(row.integer(4)), .modified_ns = row.integer(5), .indexed_ns = row.integer(6),
                          .recipe = std::string(row.text(7)), .notes = {}};
  for (const auto& note : parse_json(row.text(8), "notes of a document in the collection")) document.notes.push_back(phrase_of(note));
  return document;
}
constexpr const char* kDocumentColumns = "SELECT id, path, title, sha256, size, modified_ns, indexed_ns, recipe, notes FROM documents ";

StoredChunk chunk_row(const Statement& row) {
  return {.id = row.integer(0), .document = row.integer(1), .path = std::string(row.text(2)), .title = std::string(row.text(3)),
          .begin = std::size_t(row.integer(4)), .end = std::size_t(row.integer(5)), .page = int(row.integer(6)),
          .heading = std::string(row.text(7)), .text = std::string(row.text(8))};
}
constexpr const char* kChunkColumns =
    "SELECT c.id, c.document, d.path, d.title, c.begin, c.end, c.page, c.heading, c.text FROM chunks c JOIN documents d ON d.id = c.document ";

}  // namespace

std::string embedded_text(std::string_view heading, std::string_view text) {
  return heading.empty() ? std::string(text) : std::string(heading) + "\n" + std::string(text);
}

Store::Store(const std::filesystem::path& path, Open open) : database_(path, open == Open::create) {
  register_tokenizer(database_);
  database_.execute("PRAGMA journal_mode=WAL");
  // In WAL mode NORMAL cannot damage the file; a power cut may lose the last batches, which are then embedded again.
  database_.execute("PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON");
  prepare_schema(open == Open::create);
  database_.execute(kViews);
}

void Store::prepare_schema(bool create) {
  const auto is_empty = [&] { return database_.integer("SELECT count(*) FROM sqlite_master") == 0; };
  if (create && is_empty()) {
    Transaction transaction(database_);
    if (is_empty()) {  // another process may have been first
      database_.execute(kTables);
      database_.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", kApplication, kSchema));
      set_fact("tokenizer", lexical_fingerprint());
    }
    transaction.commit();
  }
  check(database_.integer("PRAGMA application_id") == kApplication, "{}: this is no maru collection (another program's SQLite file, or an empty one).", path());
  const std::int64_t schema = database_.integer("PRAGMA user_version");
  check(schema == kSchema, "{}: the collection has layout {}, this maru reads layout {}. Remove it and index again.", path(), schema, kSchema);
  check(fact("tokenizer") == lexical_fingerprint(),
        "{}: the collection was indexed with other rules for words than this maru has. Remove it and index again.", path());
}

std::vector<StoredDocument> Store::documents() const {
  std::vector<StoredDocument> all;
  Statement rows = database_.prepare(std::string(kDocumentColumns) + "ORDER BY path");
  while (rows.step()) all.push_back(document_row(rows));
  return all;
}

std::optional<StoredDocument> Store::document(std::string_view path) const {
  Statement row = database_.prepare(std::string(kDocumentColumns) + "WHERE path = ?1");
  if (!row.bind(1, path).step()) return std::nullopt;
  return document_row(row);
}

std::string Store::text(std::int64_t document) const {
  Statement row = database_.prepare("SELECT text FROM documents WHERE id = ?1");
  check(row.bind(1, document).step(), "{}: the collection holds no document {}", path(), document);
  return std::string(row.text(0));
}

std::string Store::quote(std::int64_t document, std::size_t begin, std::size_t end) const {
  const std::string whole = text(document);
  std::size_t at = 0, point = 0, from = 0;
  for (; at < whole.size() && point < end; ++point) {
    if (point == begin) from = at;
    unicode::next(whole, at);
  }
  check(begin <= end && point == end, "{}: asked for [{}, {}) of a text that has {} characters", path(), begin, end, point);
  return begin == end ? std::string() : whole.substr(from, at - from);
}

void Store::put(const StoredDocument& document, std::string_view text, std::span<const Chunk> chunks) {
  Transaction transaction(database_);
  if (const auto old = this->document(document.path)) remove_rows(old->id);
  Statement row = database_.prepare(
      "INSERT INTO documents(path, title, sha256, size, modified_ns, indexed_ns, recipe, notes, text) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  row.bind(1, document.path).bind(2, document.title).bind(3, document.sha256).bind(4, std::int64_t(document.size)).bind(5, document.modified_ns);
  row.bind(6, document.indexed_ns).bind(7, document.recipe).bind(8, dump(json_of(document.notes))).bind(9, text).run();
  const std::int64_t id = sqlite3_last_insert_rowid(database_.handle());
  Statement chunk_insert = database_.prepare("INSERT INTO chunks(document, begin, end, page, hash, terms, heading, text) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  Statement posting = database_.prepare("INSERT INTO postings(rowid, text) VALUES(?1, ?2)");
  for (const Chunk& chunk : chunks) {
    const std::string searched = searched_text(chunk.heading, chunk.text);
    chunk_insert.bind(1, id).bind(2, std::int64_t(chunk.begin)).bind(3, std::int64_t(chunk.end)).bind(4, std::int64_t(chunk.page));
    chunk_insert.bind(5, sha256(std::as_bytes(std::span(searched)))).bind(6, std::int64_t(index_terms(searched).size()));
    chunk_insert.bind(7, chunk.heading).bind(8, chunk.text).run();
    posting.bind(1, std::int64_t(sqlite3_last_insert_rowid(database_.handle()))).bind(2, searched).run();
  }
  transaction.commit();
}

void Store::touch(const StoredDocument& document) {
  database_.prepare("UPDATE documents SET size = ?2, modified_ns = ?3, indexed_ns = ?4 WHERE path = ?1")
      .bind(1, document.path).bind(2, std::int64_t(document.size)).bind(3, document.modified_ns).bind(4, document.indexed_ns).run();
}

void Store::remove(std::string_view path) {
  Transaction transaction(database_);
  if (const auto old = document(path)) remove_rows(old->id);
  transaction.commit();
}

void Store::remove_rows(std::int64_t document) {
  // A content-less FTS5 table must be told the text that it forgets.
  Statement forget = database_.prepare("INSERT INTO postings(postings, rowid, text) VALUES('delete', ?1, ?2)");
  Statement rows = database_.prepare("SELECT id, heading, text FROM chunks WHERE document = ?1");
  rows.bind(1, document);
  while (rows.step()) forget.bind(1, rows.integer(0)).bind(2, searched_text(rows.text(1), rows.text(2))).run();
  database_.prepare("DELETE FROM chunks WHERE document = ?1").bind(1, document).run();
  database_.prepare("DELETE FROM documents WHERE id = ?1").bind(1, document).run();
}

std::vector<Unembedded> Store::unembedded(std::string_view fingerprint) const {
  Statement rows = database_.prepare(
      "SELECT c.hash, min(c.id) FROM chunks c WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.hash = c.hash AND v.fingerprint = ?1) "
      "GROUP BY c.hash ORDER BY min(c.id)");
  rows.bind(1, fingerprint);
  std::vector<Unembedded> all;
  while (rows.step()) all.push_back({.hash = std::string(rows.text(0)), .chunk = rows.integer(1)});
  return all;
}

void Store::add_vectors(std::string_view fingerprint, std::span<const NewVector> vectors) {
  Transaction transaction(database_);
  Statement row = database_.prepare("INSERT OR REPLACE INTO vectors(hash, fingerprint, unreadable, vector) VALUES(?1, ?2, ?3, ?4)");
  for (const NewVector& added : vectors) row.bind(1, added.hash).bind(2, fingerprint).bind(3, added.unreadable).bind(4, std::span(added.vector)).run();
  transaction.commit();
}

bool Store::has_vector(std::string_view fingerprint, std::string_view hash) const {
  return database_.prepare("SELECT 1 FROM vectors WHERE hash = ?1 AND fingerprint = ?2").bind(1, hash).bind(2, fingerprint).step();
}

std::uint64_t Store::forget_unused_vectors(std::string_view live_fingerprint) {
  Transaction transaction(database_);
  database_.prepare("DELETE FROM vectors WHERE fingerprint <> ?1 OR NOT EXISTS (SELECT 1 FROM chunks c WHERE c.hash = vectors.hash)")
      .bind(1, live_fingerprint).run();
  const auto removed = std::uint64_t(sqlite3_changes64(database_.handle()));
  transaction.commit();
  return removed;
}

bool Store::pending(std::int64_t document, std::string_view fingerprint) const {
  return database_.prepare("SELECT 1 FROM chunks c WHERE c.document = ?1 AND NOT EXISTS "
                           "(SELECT 1 FROM vectors v WHERE v.hash = c.hash AND v.fingerprint = ?2) LIMIT 1").bind(1, document).bind(2, fingerprint).step();
}

StoredChunk Store::chunk(std::int64_t id) const {
  Statement row = database_.prepare(std::string(kChunkColumns) + "WHERE c.id = ?1");
  check(row.bind(1, id).step(), "{}: the collection's index names chunk {}, which it does not hold. Remove it and index again.", path(), id);
  return chunk_row(row);
}

std::vector<StoredChunk> Store::chunks_of(std::int64_t document) const {
  std::vector<StoredChunk> all;
  Statement rows = database_.prepare(std::string(kChunkColumns) + "WHERE c.document = ?1 ORDER BY c.id");
  rows.bind(1, document);
  while (rows.step()) all.push_back(chunk_row(rows));
  return all;
}

std::uint64_t Store::document_count() const { return std::uint64_t(database_.integer("SELECT count(*) FROM documents")); }
std::uint64_t Store::chunk_count() const { return std::uint64_t(database_.integer("SELECT count(*) FROM chunks")); }

std::vector<Scored> Store::lexical(std::span<const std::string> terms, std::size_t limit) const {
  const Cache& held = cache();
  std::unordered_map<std::int64_t, double> scores;
  std::vector<std::pair<std::int64_t, double>> frequencies;
  Statement places = database_.prepare("SELECT doc FROM temp.places WHERE term = ?1");
  for (const std::string& term : terms) {
    frequencies.clear();
    places.bind(1, term);
    while (places.step()) {
      const std::int64_t chunk = places.integer(0);
      if (frequencies.empty() || frequencies.back().first != chunk) frequencies.emplace_back(chunk, 0.0);
      frequencies.back().second += 1;
    }
    places.reset();
    const double idf = lucene_idf(held.count, double(frequencies.size()));
    for (const auto& [chunk, frequency] : frequencies) {
      check(chunk >= 0 && std::size_t(chunk) < held.lengths.size(), "{}: the word index and the chunks disagree. Remove it and index again.", path());
      scores[chunk] += idf * bm25(frequency, held.lengths[std::size_t(chunk)], held.average_length);
    }
  }
  std::vector<Scored> best;
  best.reserve(scores.size());
  for (const auto& [chunk, score] : scores) best.push_back({chunk, score});
  keep_best(best, limit);
  return best;
}

std::map<std::string, double> Store::lexical_parts(std::span<const std::string> terms, std::int64_t id) const {
  const StoredChunk found = chunk(id);
  const auto held = index_terms(searched_text(found.heading, found.text));
  std::map<std::string, double> parts;
  for (const std::string& term : terms)
    if (const auto frequency = std::ranges::count(held, term))
      parts[term] = idf(term) * bm25(double(frequency), double(held.size()), cache().average_length);
  return parts;
}

double Store::idf(std::string_view term) const {
  Statement row = database_.prepare("SELECT doc FROM temp.words WHERE term = ?1");
  const double holding = row.bind(1, term).step() ? double(row.integer(0)) : 0.0;
  return lucene_idf(cache().count, holding);
}

std::vector<Scored> Store::dense(std::string_view fingerprint, std::span<const float> query, std::size_t limit) const {
  const Cache& held = cache_with_vectors(fingerprint);
  if (held.vector_chunks.empty()) return {};
  check(held.dimensions == query.size(), "{}: vectors have {} dimensions, the embedder gives {}", path(), held.dimensions, query.size());
  std::vector<Scored> best(held.vector_chunks.size());
  for (std::size_t i = 0; i < best.size(); ++i)
    best[i] = {held.vector_chunks[i], double(dot(&held.vectors[i * held.dimensions], query.data(), held.dimensions))};
  keep_best(best, limit);
  return best;
}

std::optional<double> Store::cosine(std::string_view fingerprint, std::span<const float> query, std::int64_t chunk) const {
  const Cache& held = cache_with_vectors(fingerprint);
  const auto found = std::ranges::lower_bound(held.vector_chunks, chunk);
  if (found == held.vector_chunks.end() || *found != chunk || held.dimensions != query.size()) return std::nullopt;
  return dot(&held.vectors[std::size_t(found - held.vector_chunks.begin()) * held.dimensions], query.data(), held.dimensions);
}

double Store::unreadable(std::string_view fingerprint, std::int64_t chunk) const {
  const Cache& held = cache_with_vectors(fingerprint);
  const auto found = std::ranges::lower_bound(held.vector_chunks, chunk);
  return found == held.vector_chunks.end() || *found != chunk ? 1.0 : held.unreadable[std::size_t(found - held.vector_chunks.begin())];
}

const Store::Cache& Store::cache() const {
  const std::int64_t version = database_.integer("PRAGMA data_version"), changes = sqlite3_total_changes64(database_.handle());
  if (cache_.version == version && cache_.changes == changes) return cache_;
  cache_ = {};
  cache_.lengths.assign(std::size_t(database_.integer("SELECT coalesce(max(id), 0) FROM chunks")) + 1, 0);
  double sum = 0;
  Statement rows = database_.prepare("SELECT id, terms FROM chunks");
  while (rows.step()) {
    check(rows.integer(0) >= 0 && std::size_t(rows.integer(0)) < cache_.lengths.size(), "{}: chunk ids are out of range. Remove it and index again.", path());
    cache_.lengths[std::size_t(rows.integer(0))] = std::uint32_t(rows.integer(1));
    sum += double(rows.integer(1));
    cache_.count += 1;
  }
  cache_.average_length = cache_.count > 0 ? std::max(1.0, sum / cache_.count) : 1.0;
  cache_.version = version;
  cache_.changes = changes;
  return cache_;
}

const Store::Cache& Store::cache_with_vectors(std::string_view fingerprint) const {
  cache();
  if (cache_.vectors_loaded && cache_.fingerprint == fingerprint) return cache_;
  cache_.vector_chunks.clear(), cache_.vectors.clear(), cache_.unreadable.clear();
  cache_.dimensions = 0;
  Statement rows = database_.prepare("SELECT c.id, v.unreadable, v.vector FROM chunks c JOIN vectors v ON v.hash = c.hash WHERE v.fingerprint = ?1 ORDER BY c.id");
  rows.bind(1, fingerprint);
  while (rows.step()) {
    const auto vector = rows.floats(2);
    if (cache_.dimensions == 0) cache_.dimensions = vector.size();
    check(!vector.empty() && vector.size() == cache_.dimensions, "{}: a vector has {} dimensions among others of {}. Remove the collection and index again.",
          path(), vector.size(), cache_.dimensions);
    cache_.vector_chunks.push_back(rows.integer(0));
    cache_.unreadable.push_back(float(rows.number(1)));
    cache_.vectors.insert(cache_.vectors.end(), vector.begin(), vector.end());
  }
  cache_.fingerprint = fingerprint;
  cache_.vectors_loaded = true;
  return cache_;
}

std::optional<std::string> Store::fact(std::string_view name) const {
  Statement row = database_.prepare("SELECT value FROM facts WHERE name = ?1");
  if (!row.bind(1, name).step()) return std::nullopt;
  return std::string(row.text(0));
}

void Store::set_fact(std::string_view name, std::string_view value) {
  database_.prepare("INSERT OR REPLACE INTO facts(name, value) VALUES(?1, ?2)").bind(1, name).bind(2, value).run();
}

void Store::verify() const {
  Statement row = database_.prepare("PRAGMA integrity_check(1)");
  check(row.step() && row.text(0) == "ok", "{}: the collection is damaged: {}. Remove it and index again.", path(), row.text(0));
  database_.execute("INSERT INTO postings(postings) VALUES('integrity-check')");
}

}  // namespace maru::rag
