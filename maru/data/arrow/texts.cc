// Texts and bytes of Arrow's arrays, in place; dates, times and decimals, written out.
#include <simdjson.h>

#include <chrono>

#include "maru/data/arrow/module.h"

namespace maru::data::columnar {
namespace {

using Views = std::vector<std::string_view>;

void check_value(std::string_view value, bool text, std::size_t i, const Source& source) {
  if (value.size() > source.max_row_bytes)
    fail(ErrorKind::limit, "{}: row {}: column {}: {} bytes, the limit is {}", source.file, source.first_row + i, source.column,
         value.size(), source.max_row_bytes);
  check(!text || simdjson::validate_utf8(value.data(), value.size()), "{}: row {}: column {}: not UTF-8", source.file, source.first_row + i, source.column);
}

constexpr bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The values lie one after the other: one look over all of them is enough when all is well.
template <class ArrayType>
bool all_well(const ArrayType& array, const Views& views, bool text, const Source& source) {
  const std::int64_t rows = array.length();
  if (rows == 0) return true;
  const auto begin = array.value_offset(0), end = array.value_offset(rows);
  if (std::size_t(end - begin) > source.max_row_bytes) return false;
  if (!text || begin == end) return true;
  const auto* data = reinterpret_cast<const char*>(array.value_data()->data());
  if (!simdjson::validate_utf8(data + begin, std::size_t(end - begin))) return false;
  for (const std::string_view view : views)
    if (!view.empty() && continues(view.front())) return false;
  return true;
}

template <class ArrayType>
void view(const arrow::Array& array, bool text, const Source& source, Column& column) {
  const auto& values = static_cast<const ArrayType&>(array);
  column.texts.resize(std::size_t(array.length()));
  for (std::int64_t i = 0; i < array.length(); ++i)
    if (column.present.empty() || column.present[std::size_t(i)]) column.texts[std::size_t(i)] = values.GetView(i);
  column.owner = *source.owner;
  if constexpr (requires { values.value_offset(0); values.value_data()->data(); })
    if (all_well(values, column.texts, text, source)) return;
  for (std::size_t i = 0; i < column.texts.size(); ++i) check_value(column.texts[i], text, i, source);
}

// ---- written out

std::string date(std::int64_t days) {
  const std::chrono::year_month_day day{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}", int(day.year()), unsigned(day.month()), unsigned(day.day()));
}

struct Unit {
  std::int64_t per_second;
  int digits;
};
Unit unit_of(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND: return {1, 0};
    case arrow::TimeUnit::MILLI: return {1'000, 3};
    case arrow::TimeUnit::MICRO: return {1'000'000, 6};
    default: return {1'000'000'000, 9};
  }
}

std::string clock(std::int64_t value, Unit unit) {  // within a day
  const std::int64_t seconds = value / unit.per_second;
  std::string out = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (unit.digits) out += fmt::format(".{:0{}}", value % unit.per_second, unit.digits);
  return out;
}

// Years 1 to 9999, which is what other programs read.
constexpr std::int64_t kFirstDay = -719162, kLastDay = 2932896;
std::string day_checked(std::int64_t days, const Source& source, std::size_t i) {
  check(days >= kFirstDay && days <= kLastDay, "{}: row {}: column {}: a day {} days from 1970, outside the years 1 to 9999", source.file,
        source.first_row + i, source.column, days);
  return date(days);
}

std::string moment(std::int64_t value, const arrow::TimestampType& type, const Source& source, std::size_t i) {
  const Unit unit = unit_of(type.unit());
  const std::int64_t day = unit.per_second * 86400;
  const std::int64_t days = value / day - (value % day < 0), rest = value % day + (value % day < 0 ? day : 0);
  return day_checked(days, source, i) + "T" + clock(rest, unit) + (type.timezone().empty() ? "" : "Z");
}

std::string time_of_day(std::int64_t value, Unit unit, const Source& source, std::size_t i) {
  check(value >= 0 && value < unit.per_second * 86400, "{}: row {}: column {}: a time of day of {}, a day has {}", source.file,
        source.first_row + i, source.column, value, unit.per_second * 86400);
  return clock(value, unit);
}

std::string written(const arrow::Array& array, std::int64_t i, const Source& source) {
  const std::size_t at = std::size_t(i);
  switch (array.type_id()) {
    case arrow::Type::DATE32: return day_checked(static_cast<const arrow::Date32Array&>(array).Value(i), source, at);
    case arrow::Type::DATE64: {
      const std::int64_t value = static_cast<const arrow::Date64Array&>(array).Value(i), day = 86'400'000;
      return day_checked(value / day - (value % day < 0), source, at);
    }
    case arrow::Type::TIMESTAMP:
      return moment(static_cast<const arrow::TimestampArray&>(array).Value(i), static_cast<const arrow::TimestampType&>(*array.type()),
                    source, at);
    case arrow::Type::TIME32:
      return time_of_day(static_cast<const arrow::Time32Array&>(array).Value(i),
                         unit_of(static_cast<const arrow::Time32Type&>(*array.type()).unit()), source, at);
    case arrow::Type::TIME64:
      return time_of_day(static_cast<const arrow::Time64Array&>(array).Value(i),
                         unit_of(static_cast<const arrow::Time64Type&>(*array.type()).unit()), source, at);
    case arrow::Type::DECIMAL32: return static_cast<const arrow::Decimal32Array&>(array).FormatValue(i);
    case arrow::Type::DECIMAL64: return static_cast<const arrow::Decimal64Array&>(array).FormatValue(i);
    case arrow::Type::DECIMAL128: return static_cast<const arrow::Decimal128Array&>(array).FormatValue(i);
    case arrow::Type::DECIMAL256: return static_cast<const arrow::Decimal256Array&>(array).FormatValue(i);
    default:
      fail(ErrorKind::invalid, "{}: column {}: the Arrow type {} is not read; name the columns that you need, without this one",
           source.file, source.column, array.type()->ToString());
  }
}

void write_out(const arrow::Array& array, const Source& source, Column& column) {
  auto texts = std::make_shared<std::vector<std::string>>(std::size_t(array.length()));
  column.texts.resize(texts->size());
  for (std::size_t i = 0; i < texts->size(); ++i) {
    if (!column.has(i)) continue;
    (*texts)[i] = written(array, std::int64_t(i), source);
    column.texts[i] = (*texts)[i];
  }
  column.owner = std::move(texts);
}

}  // namespace

void fill_texts(const arrow::Array& array, const Field& field, const Source& source, Column& column) {
  const bool text = field.type == Type::text && !source.checked;
  switch (array.type_id()) {
    case arrow::Type::STRING: return view<arrow::StringArray>(array, text, source, column);
    case arrow::Type::BINARY: return view<arrow::BinaryArray>(array, text, source, column);
    case arrow::Type::LARGE_STRING: return view<arrow::LargeStringArray>(array, text, source, column);
    case arrow::Type::LARGE_BINARY: return view<arrow::LargeBinaryArray>(array, text, source, column);
    case arrow::Type::STRING_VIEW: return view<arrow::StringViewArray>(array, text, source, column);
    case arrow::Type::BINARY_VIEW: return view<arrow::BinaryViewArray>(array, text, source, column);
    case arrow::Type::FIXED_SIZE_BINARY: return view<arrow::FixedSizeBinaryArray>(array, text, source, column);
    case arrow::Type::NA:
      column.texts.resize(std::size_t(array.length()));
      column.present.assign(std::size_t(array.length()), 0);
      return;
    default: return write_out(array, source, column);
  }
}

}  // namespace maru::data::columnar
