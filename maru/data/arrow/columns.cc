// Arrow's arrays as columns: numbers are widened, lists and records walked, dictionaries looked up. Texts are texts.cc's.
#include <arrow/util/bit_util.h>
#include <arrow/util/float16.h>

#include <span>

#include "maru/data/arrow/module.h"

namespace maru::data::columnar {
namespace {

std::vector<std::uint8_t> present(const arrow::Array& array) {
  if (array.null_count() == 0) return {};
  std::vector<std::uint8_t> out(std::size_t(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i) out[std::size_t(i)] = array.IsValid(i);
  return out;
}

template <class ArrayType, class T>
void widen(const arrow::Array& array, const std::vector<std::uint8_t>& present, std::vector<T>& out) {
  const auto* values = static_cast<const ArrayType&>(array).raw_values();
  const std::size_t rows = std::size_t(array.length());
  out.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) out[i] = T(values[i]);
  // What a file holds where a value is missing is nobody's business, and may differ from run to run.
  for (std::size_t i = 0; i < present.size(); ++i)
    if (!present[i]) out[i] = 0;
}

void fill_integers(const arrow::Array& array, const Source& source, Column& column) {
  switch (array.type_id()) {
    case arrow::Type::INT8: return widen<arrow::Int8Array>(array, column.present, column.integers);
    case arrow::Type::INT16: return widen<arrow::Int16Array>(array, column.present, column.integers);
    case arrow::Type::INT32: return widen<arrow::Int32Array>(array, column.present, column.integers);
    case arrow::Type::INT64: return widen<arrow::Int64Array>(array, column.present, column.integers);
    case arrow::Type::UINT8: return widen<arrow::UInt8Array>(array, column.present, column.integers);
    case arrow::Type::UINT16: return widen<arrow::UInt16Array>(array, column.present, column.integers);
    case arrow::Type::UINT32: return widen<arrow::UInt32Array>(array, column.present, column.integers);
    case arrow::Type::DURATION: return widen<arrow::DurationArray>(array, column.present, column.integers);
    default: break;
  }
  widen<arrow::UInt64Array>(array, column.present, column.integers);
  for (std::size_t i = 0; i < column.integers.size(); ++i)
    check(column.integers[i] >= 0, "{}: row {}: column {}: {} does not fit a signed integer of 64 bits", source.file, source.first_row + i,
          source.column, std::uint64_t(column.integers[i]));
}

void fill_reals(const arrow::Array& array, Column& column) {
  if (array.type_id() == arrow::Type::FLOAT) return widen<arrow::FloatArray>(array, column.present, column.reals);
  if (array.type_id() == arrow::Type::DOUBLE) return widen<arrow::DoubleArray>(array, column.present, column.reals);
  const auto& halves = static_cast<const arrow::HalfFloatArray&>(array);
  column.reals.resize(std::size_t(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i)
    if (array.IsValid(i)) column.reals[std::size_t(i)] = arrow::util::Float16::FromBits(halves.Value(i)).ToDouble();
}

Source inside(const Source& source, std::string_view name) {
  Source out = source;
  out.column += name;
  return out;
}

// Items of missing lists, which some files hold, are left out.
template <class ListType>
void fill_list(const arrow::Array& array, const Field& field, const Source& source, Column& column) {
  const auto& lists = static_cast<const ListType&>(array);
  const std::int64_t rows = array.length();
  column.offsets.assign(std::size_t(rows) + 1, 0);
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t items = lists.IsValid(i) ? std::int64_t(lists.value_length(i)) : 0;
    check(items >= 0, "{}: row {}: column {}: a list that ends before it begins", source.file, source.first_row + std::uint64_t(i),
          source.column);
    column.offsets[std::size_t(i) + 1] = column.offsets[std::size_t(i)] + std::uint64_t(items);
  }
  const auto items = value_of(lists.Flatten(), source.file, source.column);
  check(std::uint64_t(items->length()) == column.offsets.back(), "{}: column {}: lists of {} items over {}", source.file, source.column,
        column.offsets.back(), items->length());
  // Where items were left out, the rest was copied, and is kept from here on.
  Source below = inside(source, "[]");
  const std::shared_ptr<const void> owner = std::make_shared<const std::pair<std::shared_ptr<const void>, std::shared_ptr<arrow::Array>>>(
      *source.owner, items);
  below.owner = &owner;
  column.children.push_back(column_of(*items, field.children[0], below));
}

// A member of a missing record is missing too.
std::shared_ptr<arrow::Array> member(const arrow::Array& array, int i, const Source& source) {
  const auto& records = static_cast<const arrow::StructArray&>(array);
  return records.null_count() == 0 ? records.field(i) : value_of(records.GetFlattenedField(i), source.file, source.column);
}

// A picture is a struct of its file's bytes and its path; a path alone would lead out of the data set.
void fill_picture(const arrow::StructArray& records, const Field& field, const Source& source, Column& column) {
  const auto bytes = records.GetFieldByName("bytes");
  const auto path = records.GetFieldByName("path");
  check(bytes != nullptr, "{}: column {}: a picture without bytes", source.file, source.column);
  for (std::int64_t i = 0; i < records.length(); ++i)
    check(records.IsNull(i) || bytes->IsValid(i) || !path || path->IsNull(i),
          "{}: row {}: column {}: the picture is only named, not in the file; bring the version of the data set that holds its pictures",
          source.file, source.first_row + std::uint64_t(i), source.column);
  column = column_of(*bytes, field, source);
  if (records.null_count() == 0) return;
  if (column.present.empty()) column.present.assign(std::size_t(records.length()), 1);
  for (std::int64_t i = 0; i < records.length(); ++i)
    if (records.IsNull(i)) column.present[std::size_t(i)] = 0;
}

template <class T>
std::vector<T> gathered(const std::vector<T>& values, std::span<const std::int64_t> at) {
  std::vector<T> out;
  if (values.empty()) return out;
  out.reserve(at.size());
  for (const std::int64_t i : at) out.push_back(i < 0 ? T{} : values[std::size_t(i)]);
  return out;
}

// The values of a dictionary at every row. Lists and records inside dictionaries are read by nobody and written by nobody.
Column looked_up(const arrow::DictionaryArray& array, const Field& field, const Source& source) {
  check(field.type != Type::list && field.type != Type::record, "{}: column {}: a dictionary of {} is not read", source.file, source.column,
        array.dictionary()->type()->ToString());
  const auto [place, fresh] = source.dictionaries->try_emplace(array.data()->dictionary);
  if (fresh) place->second = column_of(*array.dictionary(), field, source);
  const Column& values = place->second;
  const std::int64_t many = array.dictionary()->length();
  std::vector<std::int64_t> at(std::size_t(array.length()), -1);
  bool missing = false;
  for (std::int64_t i = 0; i < array.length(); ++i) {
    const std::int64_t index = array.IsValid(i) ? array.GetValueIndex(i) : -1;
    check(array.IsNull(i) || (index >= 0 && index < many), "{}: row {}: column {}: value {} of a dictionary that holds {}", source.file,
          source.first_row + std::uint64_t(i), source.column, index, many);
    at[std::size_t(i)] = index >= 0 && values.has(std::size_t(index)) ? index : -1;
    missing |= at[std::size_t(i)] < 0;
  }
  Column out;
  out.integers = gathered(values.integers, at);
  out.reals = gathered(values.reals, at);
  out.texts = gathered(values.texts, at);
  out.owner = values.owner;
  if (many == 0) {
    out.integers.resize(field.type == Type::integer || field.type == Type::boolean ? at.size() : 0);
    out.reals.resize(field.type == Type::real ? at.size() : 0);
    out.texts.resize(field.type == Type::text || field.type == Type::bytes || field.type == Type::image ? at.size() : 0);
  }
  if (missing) {
    out.present.resize(at.size());
    for (std::size_t i = 0; i < at.size(); ++i) out.present[i] = at[i] >= 0;
  }
  return out;
}

}  // namespace

Column column_of(const arrow::Array& array, const Field& field, const Source& source) {
  if (array.type_id() == arrow::Type::EXTENSION)
    return column_of(*static_cast<const arrow::ExtensionArray&>(array).storage(), field, source);
  if (array.type_id() == arrow::Type::DICTIONARY) return looked_up(static_cast<const arrow::DictionaryArray&>(array), field, source);
  Column column;
  column.present = present(array);
  switch (field.type) {
    case Type::boolean: {
      const auto& flags = static_cast<const arrow::BooleanArray&>(array);
      column.integers.resize(std::size_t(array.length()));
      for (std::int64_t i = 0; i < array.length(); ++i) column.integers[std::size_t(i)] = array.IsValid(i) && flags.Value(i);
      break;
    }
    case Type::integer: fill_integers(array, source, column); break;
    case Type::real: fill_reals(array, column); break;
    case Type::list:
      if (array.type_id() == arrow::Type::LARGE_LIST) fill_list<arrow::LargeListArray>(array, field, source, column);
      else if (array.type_id() == arrow::Type::FIXED_SIZE_LIST) fill_list<arrow::FixedSizeListArray>(array, field, source, column);
      else fill_list<arrow::ListArray>(array, field, source, column);
      break;
    case Type::record:
      for (std::size_t i = 0; i < field.children.size(); ++i)
        column.children.push_back(
            column_of(*member(array, int(i), source), field.children[i], inside(source, "." + field.children[i].name)));
      break;
    case Type::image:
      if (array.type_id() == arrow::Type::STRUCT) fill_picture(static_cast<const arrow::StructArray&>(array), field, source, column);
      else fill_texts(array, field, source, column);
      break;
    case Type::text: case Type::bytes: fill_texts(array, field, source, column); break;
  }
  return column;
}

}  // namespace maru::data::columnar
