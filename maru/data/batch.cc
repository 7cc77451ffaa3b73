// The vectors of a column move together here and nowhere else.
#include "maru/data/batch.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <cstring>

#include "maru/base/error.h"

namespace maru::data {
namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

bool is_text(Type type) { return type == Type::text || type == Type::bytes || type == Type::image; }

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                                     int(bytes.size()));
  out.resize(std::size_t(size));
  return out;
}

void set_owner(Column& column, const std::shared_ptr<const void>& owner) {
  column.owner = owner;
  for (Column& child : column.children) set_owner(child, owner);
}

void add_row(Column& to, const Field& field, const Column& from, std::size_t row, Arena& arena) {
  if (!from.has(row)) return add_missing(to, field);
  switch (field.type) {
    case Type::boolean:
    case Type::integer: return add_integer(to, from.integers[row]);
    case Type::real: return add_real(to, from.reals[row]);
    case Type::text:
    case Type::bytes:
    case Type::image: return add_text(to, arena.keep(from.texts[row]));
    case Type::list:
      for (std::uint64_t i = from.offsets[row]; i < from.offsets[row + 1]; ++i)
        add_row(to.children[0], field.children[0], from.children[0], i, arena);
      return end_list(to, rows_of(to.children[0], field.children[0]));
    case Type::record:
      for (std::size_t i = 0; i < field.children.size(); ++i) add_row(to.children[i], field.children[i], from.children[i], row, arena);
      return end_record(to);
  }
}

Column column_of(const Field& field) {
  Column out;
  if (field.type == Type::list) out.offsets.push_back(0);
  for (const Field& child : field.children) out.children.push_back(column_of(child));
  return out;
}

std::size_t value_bytes(const Column& column) {
  std::size_t out = 8 * (column.integers.size() + column.reals.size() + column.offsets.size() + 2 * column.texts.size());
  for (const Column& child : column.children) out += value_bytes(child);
  return out;
}

template <class T>
std::vector<T> taken(const std::vector<T>& from, std::span<const std::size_t> rows) {
  std::vector<T> out;
  if (from.empty()) return out;
  out.reserve(rows.size());
  for (const std::size_t row : rows) out.push_back(from[row]);
  return out;
}

Column gathered(const Field& field, const Column& from, std::span<const std::size_t> rows) {
  Column out;
  out.present = taken(from.present, rows);
  out.owner = from.owner;
  if (is_text(field.type)) out.texts = taken(from.texts, rows);
  else if (field.type == Type::real) out.reals = taken(from.reals, rows);
  else if (field.type == Type::record)
    for (std::size_t i = 0; i < field.children.size(); ++i) out.children.push_back(gathered(field.children[i], from.children[i], rows));
  else if (field.type == Type::list) {
    std::vector<std::size_t> items;
    out.offsets.push_back(0);
    for (const std::size_t row : rows) {
      for (std::uint64_t i = from.offsets[row]; i < from.offsets[row + 1]; ++i) items.push_back(i);
      out.offsets.push_back(items.size());
    }
    out.children.push_back(gathered(field.children[0], from.children[0], items));
  } else out.integers = taken(from.integers, rows);
  return out;
}

std::string names_of(const Schema& schema) {
  std::string out;
  for (const Field& field : schema) out += (out.empty() ? "" : ", ") + field.name;
  return out;
}

}  // namespace

char* Arena::room(std::size_t bytes) {
  if (free_ < bytes) {
    // Pieces grow with what is held: a batch of one row takes little.
    const std::size_t size = std::max(bytes, std::clamp(bytes_, std::size_t{64}, kPiece));
    pieces_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at_ = pieces_.back().get();
    free_ = size;
  }
  return at_;
}

std::string_view Arena::keep(std::string_view text) {
  char* to = room(text.size());
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  used(text.size());
  return {to, text.size()};
}

std::size_t rows_of(const Column& column, const Field& field) {
  if (is_text(field.type)) return column.texts.size();
  if (field.type == Type::real) return column.reals.size();
  if (field.type == Type::list) return column.offsets.empty() ? 0 : column.offsets.size() - 1;
  if (field.type == Type::record) return field.children.empty() ? column.present.size() : rows_of(column.children[0], field.children[0]);
  return column.integers.size();
}

void add_missing(Column& column, const Field& field) {
  if (column.present.empty()) column.present.assign(rows_of(column, field), 1);
  column.present.push_back(0);
  if (is_text(field.type)) column.texts.emplace_back();
  else if (field.type == Type::real) column.reals.push_back(0);
  else if (field.type == Type::list) column.offsets.push_back(column.offsets.back());
  else if (field.type == Type::record)
    for (std::size_t i = 0; i < field.children.size(); ++i) add_missing(column.children[i], field.children[i]);
  else column.integers.push_back(0);
}

void add_integer(Column& column, std::int64_t value) {
  column.integers.push_back(value);
  if (!column.present.empty()) column.present.push_back(1);
}

void add_real(Column& column, double value) {
  column.reals.push_back(value);
  if (!column.present.empty()) column.present.push_back(1);
}

void add_text(Column& column, std::string_view kept) {
  column.texts.push_back(kept);
  if (!column.present.empty()) column.present.push_back(1);
}

void end_list(Column& column, std::size_t items) {
  column.offsets.push_back(items);
  if (!column.present.empty()) column.present.push_back(1);
}

void end_record(Column& column) {
  // A record without members has nothing else to count its rows by.
  if (!column.present.empty() || column.children.empty()) column.present.push_back(1);
}

void cut_to(Column& column, const Field& field, std::size_t rows) {
  const auto cut = [rows](auto& values) {
    if (values.size() > rows) values.resize(rows);
  };
  cut(column.present);
  cut(column.integers);
  cut(column.reals);
  cut(column.texts);
  if (field.type == Type::list) {
    if (column.offsets.size() > rows + 1) column.offsets.resize(rows + 1);
    cut_to(column.children[0], field.children[0], column.offsets.back());
  } else if (field.type == Type::record) {
    for (std::size_t i = 0; i < field.children.size(); ++i) cut_to(column.children[i], field.children[i], rows);
  }
}

Builder::Builder(const Schema& schema) : schema_(schema) { finish(); }

void Builder::row_failed() {
  for (std::size_t i = 0; i < schema_.size(); ++i) cut_to(batch_.columns[i], schema_[i], batch_.rows);
}

void Builder::add(const Batch& from, std::size_t row) {
  for (std::size_t i = 0; i < schema_.size(); ++i) add_row(batch_.columns[i], schema_[i], from.columns[i], row, *arena_);
  row_done();
}

std::size_t Builder::bytes() const {
  std::size_t out = arena_->bytes();
  for (const Column& column : batch_.columns) out += value_bytes(column);
  return out;
}

Batch Builder::finish() {
  for (Column& column : batch_.columns) set_owner(column, arena_);
  Batch out = std::exchange(batch_, {});
  arena_ = std::make_shared<Arena>();
  for (const Field& field : schema_) batch_.columns.push_back(column_of(field));
  return out;
}

Batch slice(const Schema& schema, const Batch& batch, std::size_t from, std::size_t rows) {
  assert(from + rows <= batch.rows);
  std::vector<std::size_t> which(rows);
  for (std::size_t i = 0; i < rows; ++i) which[i] = from + i;
  return gather(schema, batch, which);
}

Batch gather(const Schema& schema, const Batch& batch, std::span<const std::size_t> rows) {
  Batch out;
  out.rows = rows.size();
  for (std::size_t i = 0; i < schema.size(); ++i) out.columns.push_back(gathered(schema[i], batch.columns[i], rows));
  return out;
}

Json to_json(const Field& field, const Column& column, std::size_t row) {
  if (!column.has(row)) return nullptr;
  switch (field.type) {
    case Type::boolean: return column.integers[row] != 0;
    case Type::integer: return column.integers[row];
    case Type::real: return column.reals[row];
    case Type::text: return std::string(column.texts[row]);
    case Type::bytes:
    case Type::image: return base64(column.texts[row]);
    case Type::list: {
      Json out = Json::array();
      for (std::uint64_t i = column.offsets[row]; i < column.offsets[row + 1]; ++i)
        out.push_back(to_json(field.children[0], column.children[0], i));
      return out;
    }
    case Type::record: break;
  }
  Json out = Json::object();
  for (std::size_t i = 0; i < field.children.size(); ++i) out[field.children[i].name] = to_json(field.children[i], column.children[i], row);
  return out;
}

Json to_json(const Schema& schema, const Batch& batch, std::size_t row) {
  Json out = Json::object();
  for (std::size_t i = 0; i < schema.size(); ++i) out[schema[i].name] = to_json(schema[i], batch.columns[i], row);
  return out;
}

const Column& Row::column(std::string_view name) const { return batch_.columns[index_of(schema_, name)]; }
bool Row::has(std::string_view name) const { return column(name).has(index_); }

std::string_view Row::text(std::string_view name) const {
  const Field& field = schema_[index_of(schema_, name)];
  if (!is_text(field.type)) fail(ErrorKind::usage, "the column {} holds {}, not text", name, type_text(field));
  return column(name).texts[index_];
}

std::int64_t Row::integer(std::string_view name) const {
  const Field& field = schema_[index_of(schema_, name)];
  if (field.type != Type::integer && field.type != Type::boolean)
    fail(ErrorKind::usage, "the column {} holds {}, not whole numbers", name, type_text(field));
  return column(name).integers[index_];
}

double Row::real(std::string_view name) const {
  const Field& field = schema_[index_of(schema_, name)];
  if (field.type == Type::integer) return double(column(name).integers[index_]);
  if (field.type != Type::real) fail(ErrorKind::usage, "the column {} holds {}, not numbers", name, type_text(field));
  return column(name).reals[index_];
}

std::size_t index_of(const Schema& schema, std::string_view name) {
  const auto found = std::ranges::find(schema, name, &Field::name);
  if (found == schema.end()) fail(ErrorKind::usage, "there is no column {}; there are: {}", name, names_of(schema));
  return std::size_t(found - schema.begin());
}

std::vector<bool> chosen(const Schema& schema, const std::vector<std::string>& columns) {
  std::vector<bool> out(schema.size(), columns.empty());
  for (const std::string& name : columns) out[index_of(schema, name)] = true;
  return out;
}

std::string type_text(const Field& field) {
  switch (field.type) {
    case Type::boolean: return "boolean";
    case Type::integer: return "integer";
    case Type::real: return "real";
    case Type::text: return "text";
    case Type::bytes: return "bytes";
    case Type::image: return "image";
    case Type::list: return "list of " + type_text(field.children[0]);
    case Type::record: break;
  }
  return "record {" + names_of(field.children) + "}";
}

void bad_row(const ReadOptions& options, const Place& place, const Phrase& why) {
  if (!options.skip_bad_rows) fail(ErrorKind::invalid, "{}:{}: {}", place.file, place.number, why);
  if (options.skipped) options.skipped(place, why);
}

}  // namespace maru::data
