// Counts kept while rows go by.
#include "maru/data/summary.h"

#include <algorithm>
#include <bit>

#include "maru/base/unicode.h"
#include "maru/data/batch.h"

namespace maru::data {
namespace {

constexpr std::size_t kLongestClass = 64;  // bytes of a text that may name a class

void add_length(ColumnSummary& summary, std::uint64_t length) {
  summary.shortest = summary.measured == 0 ? length : std::min(summary.shortest, length);
  summary.longest = std::max(summary.longest, length);
  ++summary.measured;
  summary.total_length += double(length);
  const auto bucket = std::size_t(std::bit_width(length));
  if (summary.lengths.size() <= bucket) summary.lengths.resize(bucket + 1);
  ++summary.lengths[bucket];
}

void add_class(ColumnSummary& summary, std::string_view name) {
  if (summary.many_classes) return;
  if (name.size() <= kLongestClass) ++summary.classes[std::string(name)];
  if (name.size() > kLongestClass || summary.classes.size() > kMostClasses) {
    summary.many_classes = true;
    summary.classes.clear();
  }
}

void add_number(ColumnSummary& summary, double value, std::uint64_t before) {
  summary.least = before == 0 ? value : std::min(summary.least, value);
  summary.most = before == 0 ? value : std::max(summary.most, value);
  summary.sum += value;
}

void add_value(ColumnSummary& summary, const Column& column, std::size_t row, std::uint64_t before,
               const std::function<std::uint64_t(std::string_view)>& measure) {
  const Field& field = summary.field;
  switch (field.type) {
    case Type::boolean: return add_class(summary, column.integers[row] ? "true" : "false");
    case Type::integer: {
      const std::int64_t value = column.integers[row];
      const bool named = value >= 0 && std::size_t(value) < field.labels.size();
      add_class(summary, named ? field.labels[std::size_t(value)] : fmt::to_string(value));
      return add_number(summary, double(value), before);
    }
    case Type::real: return add_number(summary, column.reals[row], before);
    case Type::text:
      add_class(summary, column.texts[row]);
      return add_length(summary, measure ? measure(column.texts[row]) : unicode::length(column.texts[row]));
    case Type::bytes:
    case Type::image: return add_length(summary, column.texts[row].size());
    case Type::list: return add_length(summary, column.offsets[row + 1] - column.offsets[row]);
    case Type::record: return;
  }
}

std::string_view length_unit(const Field& field, std::string_view text_unit) {
  return field.type == Type::text ? text_unit : field.type == Type::list ? "items" : "bytes";
}

}  // namespace

SplitSummary summarise(Stream& rows, const std::function<std::uint64_t(std::string_view)>& measure, const OnProgress& progress) {
  SplitSummary out;
  for (const Field& field : rows.schema()) out.columns.push_back({.field = field, .classes = {}, .lengths = {}});
  const std::uint64_t total = rows.rows().value_or(0);
  for (Batch batch; rows.next(batch);) {
    for (std::size_t i = 0; i < out.columns.size(); ++i) {
      ColumnSummary& summary = out.columns[i];
      for (std::size_t row = 0; row < batch.rows; ++row) {
        if (!batch.columns[i].has(row)) ++summary.missing;
        else add_value(summary, batch.columns[i], row, out.rows + row - summary.missing, measure);
      }
    }
    out.rows += batch.rows;
    if (progress) progress({.what = "reading", .done = out.rows, .total = total, .unit = "rows"});
  }
  return out;
}

Json to_json(const Field& field) {
  Json out = {{"name", field.name}, {"type", type_text(field)}};
  if (!field.labels.empty()) out["labels"] = field.labels;
  if (!field.shape.empty()) out["shape"] = field.shape;
  for (const Field& child : field.children) out["children"].push_back(to_json(child));
  return out;
}

Json to_json(const SplitSummary& summary, std::string_view unit) {
  Json columns = Json::array();
  for (const ColumnSummary& column : summary.columns) {
    Json one = to_json(column.field);
    one["missing"] = column.missing;
    if (!column.classes.empty() && !column.many_classes) {
      one["classes"] = Json::object();
      for (const auto& [name, count] : column.classes) one["classes"][name] = count;
    }
    if (column.measured > 0)
      one["lengths"] = {{"unit", length_unit(column.field, unit)}, {"shortest", column.shortest}, {"longest", column.longest},
                        {"mean", column.total_length / double(column.measured)}, {"powers_of_two", column.lengths}};
    const std::uint64_t present = summary.rows - column.missing;
    if ((column.field.type == Type::integer || column.field.type == Type::real) && present > 0) {
      one["least"] = column.least;
      one["most"] = column.most;
      one["mean"] = column.sum / double(present);
    }
    columns.push_back(std::move(one));
  }
  return {{"name", summary.name}, {"files", summary.files}, {"bytes", summary.bytes}, {"rows", summary.rows},
          {"bad_rows", summary.bad_rows}, {"columns", columns}};
}

}  // namespace maru::data
