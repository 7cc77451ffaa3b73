#pragma once
// SQLite with scopes and errors: a database, a statement, a transaction. Knows no table.
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace maru::rag {

class Statement {
 public:
  // Parameters count from 1.
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::span<const float> vector);
  bool step();    // true when there is a row; throws Error
  void run();     // steps to the end and is ready to be bound again
  void reset();

  // Columns count from 0. Views live until the next step.
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  double number(int column) const { return sqlite3_column_double(statement_.get(), column); }
  std::string_view text(int column) const;
  std::span<const float> floats(int column) const;

 private:
  friend class Database;
  struct Finalize { void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); } };
  void checked(int code) const;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string path_;
};

class Database {
 public:
  // Throws Error: not_found when it is not there and `create` is false, invalid when it is no regular file or not SQLite's.
  Database(const std::filesystem::path& path, bool create);
  void execute(const std::string& sql) const;
  Statement prepare(std::string_view sql) const;
  std::int64_t integer(std::string_view sql) const;  // the one value of a query
  sqlite3* handle() const { return database_.get(); }
  const std::string& path() const { return path_; }

 private:
  struct Close { void operator()(sqlite3* database) const { sqlite3_close_v2(database); } };
  std::unique_ptr<sqlite3, Close> database_;
  std::string path_;
};

// Everything or nothing: rolled back unless commit() was reached.
class Transaction {
 public:
  explicit Transaction(const Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  const Database& database_;
  bool open_ = true;
};

}  // namespace maru::rag
