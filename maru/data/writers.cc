// JSON lines, CSV and text, a batch at a time.
#include "maru/data/writers.h"

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/data/batch.h"

namespace maru::data {
namespace {

void quote(std::string& out, std::string_view text, char delimiter) {
  const bool plain = !text.empty() && text.find_first_of("\"\r\n") == std::string_view::npos && !text.contains(delimiter);
  if (plain) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string cell(const Field& field, const Column& column, std::size_t row, char delimiter) {
  std::string out;
  if (!column.has(row)) return out;
  switch (field.type) {
    case Type::boolean: return column.integers[row] ? "True" : "False";
    case Type::integer: return fmt::to_string(column.integers[row]);
    case Type::real: return fmt::format("{}", column.reals[row]);
    case Type::text: quote(out, column.texts[row], delimiter); return out;
    case Type::bytes:
    case Type::image: quote(out, to_json(field, column, row).get<std::string>(), delimiter); return out;
    default: quote(out, dump(to_json(field, column, row)), delimiter); return out;
  }
}

void csv_row(std::string& out, const Schema& schema, const Batch& batch, std::size_t row, char delimiter) {
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (i > 0) out += delimiter;
    out += cell(schema[i], batch.columns[i], row, delimiter);
  }
  out += '\n';
}

void text_row(std::string& out, const Schema& schema, const Batch& batch, std::size_t row) {
  if (schema.size() != 1 || schema[0].type != Type::text)
    fail(ErrorKind::usage, "a .txt file takes one column of text; choose it with --columns");
  const std::string_view text = batch.columns[0].texts[row];
  check(!text.contains('\n'), "a text with line ends would become several rows of a .txt file; write .jsonl");
  out += text;
  out += '\n';
}

}  // namespace

Written write_rows(Stream& rows, const std::filesystem::path& to, const OnProgress& progress) {
  const std::string kind = to.extension().string();
  const char delimiter = kind == ".tsv" ? '\t' : ',';
  const bool csv = kind == ".csv" || kind == ".tsv";
  if (!csv && kind != ".jsonl" && kind != ".txt")
    fail(ErrorKind::usage, "{}: the name must end in .jsonl, .csv, .tsv or .txt, so that the format is known", to.string());
  const Schema& schema = rows.schema();
  NewFile file(to);
  Written out;
  std::string text;
  const auto flush = [&] {
    file.append(std::as_bytes(std::span(text)));
    text.clear();
  };
  if (csv) {
    for (std::size_t i = 0; i < schema.size(); ++i) {
      if (i > 0) text += delimiter;
      quote(text, schema[i].name, delimiter);
    }
    text += '\n';
  }
  for (Batch batch; rows.next(batch);) {
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (csv) csv_row(text, schema, batch, row, delimiter);
      else if (kind == ".txt") text_row(text, schema, batch, row);
      else text += dump(to_json(schema, batch, row)) + '\n';
      if (text.size() > (std::size_t{1} << 20)) flush();
    }
    out.rows += batch.rows;
    if (progress) progress({.what = "writing", .done = out.rows, .total = 0, .unit = "rows"});
  }
  flush();
  out.bytes = file.size();
  file.publish();
  return out;
}

}  // namespace maru::data
