// Calls SQLite and turns its result codes into Errors that say what a person can do.
#include "maru/rag/sqlite.h"

#include "maru/base/error.h"

namespace maru::rag {
namespace {

[[noreturn]] void raise(sqlite3* database, int code, std::string_view path) {
  const char* text = database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      fail(ErrorKind::invalid, "{}: this collection cannot be read, the file is damaged or is not one ({}). Remove it and index again.", path, text);
    case SQLITE_FULL:
      fail(ErrorKind::io, "{}: the disk is full. What was written before is kept; free some space and index again to go on.", path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail(ErrorKind::io, "{}: another program has been writing to this collection for ten seconds. Try again when it is done.", path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      fail(ErrorKind::io, "{}: cannot open or write this collection ({}). Look at the permissions of the file and its folder.", path, text);
    case SQLITE_TOOBIG:
      fail(ErrorKind::limit, "{}: a text is larger than a collection can hold (1 GB). Split the document.", path);
    case SQLITE_IOERR:
      fail(ErrorKind::io, "{}: the system could not read or write this collection ({}).", path, text);
    default:
      fail(ErrorKind::internal, "{}: SQLite says: {}", path, text);
  }
}

}  // namespace

void Statement::checked(int code) const {
  if (code != SQLITE_OK) raise(sqlite3_db_handle(statement_.get()), code, path_);
}
Statement& Statement::bind(int parameter, std::int64_t value) {
  checked(sqlite3_bind_int64(statement_.get(), parameter, value));
  return *this;
}
Statement& Statement::bind(int parameter, double value) {
  checked(sqlite3_bind_double(statement_.get(), parameter, value));
  return *this;
}
Statement& Statement::bind(int parameter, std::string_view text) {
  checked(sqlite3_bind_text64(statement_.get(), parameter, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}
Statement& Statement::bind(int parameter, std::span<const float> vector) {
  checked(sqlite3_bind_blob64(statement_.get(), parameter, vector.data(), vector.size_bytes(), SQLITE_TRANSIENT));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  raise(sqlite3_db_handle(statement_.get()), code, path_);
}
void Statement::run() {
  while (step()) {}
  reset();
}
// The result of sqlite3_reset repeats the error of the last step, which was thrown already.
void Statement::reset() { sqlite3_reset(statement_.get()); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return {data ? data : "", std::size_t(sqlite3_column_bytes(statement_.get(), column))};
}
std::span<const float> Statement::floats(int column) const {
  const auto* data = static_cast<const float*>(sqlite3_column_blob(statement_.get(), column));
  return {data, std::size_t(sqlite3_column_bytes(statement_.get(), column)) / sizeof(float)};
}

Database::Database(const std::filesystem::path& path, bool create) : path_(path.string()) {
  std::error_code ignored;
  if (path_ != ":memory:") {
    const auto status = std::filesystem::status(path, ignored);
    if (!std::filesystem::exists(status) && !create) fail(ErrorKind::not_found, "{}: there is no such collection. Make one with: maru index NAME PATH…", path_);
    check(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status), "{}: a collection is a regular file, and this is not one.", path_);
  }
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &raw, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), nullptr);
  database_.reset(raw);
  if (code != SQLITE_OK) raise(raw, code, path_);
  sqlite3_busy_timeout(raw, 10'000);
}

void Database::execute(const std::string& sql) const {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(database_.get(), code, path_);
}

Statement Database::prepare(std::string_view sql) const {
  Statement statement;
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(database_.get(), sql.data(), int(sql.size()), &raw, nullptr);
  if (code != SQLITE_OK) raise(database_.get(), code, path_);
  statement.statement_.reset(raw);
  statement.path_ = path_;
  return statement;
}

std::int64_t Database::integer(std::string_view sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}
Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace maru::rag
