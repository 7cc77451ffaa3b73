#pragma once
// Columns and batches row by row: built, looked at, cut and gathered. Knows nothing of files.
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "maru/data/data.h"

namespace maru::data {

// Memory that texts of a batch lie in: it grows in pieces that never move.
class Arena {
 public:
  std::string_view keep(std::string_view text);
  char* room(std::size_t bytes);               // for at most so many; used() says how many it became
  void used(std::size_t bytes) { free_ -= bytes, at_ += bytes, bytes_ += bytes; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::vector<std::unique_ptr<char[]>> pieces_;
  char* at_ = nullptr;
  std::size_t free_ = 0, bytes_ = 0;
};

std::size_t rows_of(const Column& column, const Field& field);
// Each adds one row to a column that may have missing values before it.
void add_missing(Column& column, const Field& field);
void add_integer(Column& column, std::int64_t value);
void add_real(Column& column, double value);
void add_text(Column& column, std::string_view kept);  // points into the column's owner
void end_list(Column& column, std::size_t items);      // after its items went to children[0], which now holds `items`
void end_record(Column& column);                       // after each member got its value
// Takes the rows from `rows` on away again: of a bad row only some columns have been filled.
void cut_to(Column& column, const Field& field, std::size_t rows);

// A batch that grows by rows. Readers fill columns() and call row_done(); transforms copy rows of other batches with add().
class Builder {
 public:
  explicit Builder(const Schema& schema);
  std::vector<Column>& columns() { return batch_.columns; }
  Arena& arena() { return *arena_; }
  void row_done() { ++batch_.rows; }
  void row_failed();                           // the row begun is taken away
  void add(const Batch& from, std::size_t row);
  std::size_t rows() const { return batch_.rows; }
  std::size_t bytes() const;                   // about: texts, and 8 for every value
  bool full(const ReadOptions& options) const { return rows() >= options.batch_rows || (rows() > 0 && bytes() >= options.batch_bytes); }
  Batch finish();                              // and begins anew

 private:
  const Schema& schema_;                       // of the stream it builds for
  std::shared_ptr<Arena> arena_;
  Batch batch_;
};

// Rows of a batch; texts are shared, not copied.
Batch slice(const Schema& schema, const Batch& batch, std::size_t from, std::size_t rows);
Batch gather(const Schema& schema, const Batch& batch, std::span<const std::size_t> rows);

// A value as JSON; a missing one is null, bytes and images are base64 text.
Json to_json(const Field& field, const Column& column, std::size_t row);
Json to_json(const Schema& schema, const Batch& batch, std::size_t row);

// One row by the names of its fields. A name that is not there throws Error (usage) listing those there are.
class Row {
 public:
  Row(const Schema& schema, const Batch& batch, std::size_t index) : schema_(schema), batch_(batch), index_(index) {}
  bool has(std::string_view name) const;
  std::string_view text(std::string_view name) const;    // of text, bytes, image
  std::int64_t integer(std::string_view name) const;     // of boolean, integer
  double real(std::string_view name) const;              // of real, integer
  Json json() const { return to_json(schema_, batch_, index_); }
  const Column& column(std::string_view name) const;
  std::size_t index() const { return index_; }

 private:
  const Schema& schema_;
  const Batch& batch_;
  std::size_t index_;
};

// Where a field is. Throws Error (usage) listing those there are.
std::size_t index_of(const Schema& schema, std::string_view name);
// For each field of `schema`, whether `columns` names it (all do when it is empty).
std::vector<bool> chosen(const Schema& schema, const std::vector<std::string>& columns);
// "text", "integer", "list of record", as people call it.
std::string type_text(const Field& field);

// A bad row: throws `why` with its place in front, or tells options.skipped where bad rows are to be skipped.
void bad_row(const ReadOptions& options, const Place& place, const Phrase& why);

}  // namespace maru::data
