// Rows, balances and histograms on a terminal.
#include "cli/commands/data_common.h"

#include <unistd.h>

#include <algorithm>

#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/hub/hub.h"
#include "maru/io/image.h"

namespace maru::cli {
namespace {

constexpr std::size_t kBar = 30;
constexpr std::size_t kClassesShown = 12;
constexpr std::uint64_t kBadRowsTold = 5;

std::string bar(std::uint64_t count, std::uint64_t most) {
  std::string out;
  const std::size_t eighths = most == 0 ? 0 : std::max<std::size_t>(1, std::size_t(double(count) / double(most) * kBar * 8));
  for (std::size_t i = 0; i < eighths / 8; ++i) out += "█";
  if (eighths % 8 > 0) unicode::append(out, char32_t(0x2590 - eighths % 8));  // ▏ to ▉
  return count == 0 ? std::string() : out;
}

std::string share(std::uint64_t count, std::uint64_t all) {
  return fmt::format("{:.1f}%", 100.0 * double(count) / double(std::max<std::uint64_t>(all, 1)));
}

void print_classes(Context& context, const data::ColumnSummary& column, std::uint64_t rows) {
  if (column.classes.empty() || column.many_classes || column.classes.size() < 2) return;
  // A column whose values hardly repeat is no set of classes.
  if (column.classes.size() * 2 > rows - column.missing && column.field.labels.empty()) return;
  std::vector<std::pair<std::string, std::uint64_t>> classes(column.classes.begin(), column.classes.end());
  std::ranges::stable_sort(classes, [](const auto& a, const auto& b) { return a.second > b.second; });
  context.print("\n" + styled(visible(column.field.name), Style::bold, context.color));
  std::vector<std::vector<std::string>> lines;
  for (std::size_t i = 0; i < classes.size() && i < kClassesShown; ++i)
    lines.push_back({fitted(one_line(classes[i].first), 30), count_text(classes[i].second), share(classes[i].second, rows),
                     bar(classes[i].second, classes[0].second)});
  context.print(table({context.korean ? "부류" : "CLASS", context.korean ? ">행" : ">ROWS", ">%", ""}, lines, context.color));
  if (classes.size() > kClassesShown)
    context.print(context.korean ? fmt::format("… 부류 {}개 더", classes.size() - kClassesShown)
                                 : fmt::format("… and {}", counted(classes.size() - kClassesShown, "more class")));
}

void print_lengths(Context& context, const data::ColumnSummary& column, std::string_view unit) {
  if (column.measured == 0) return;
  const bool list = column.field.type == data::Type::list, text = column.field.type == data::Type::text;
  const std::string_view name = text ? unit : list ? context.say("items", "항목") : context.say("bytes", "바이트");
  context.print("\n" + styled(visible(column.field.name), Style::bold, context.color) + "  " +
                fmt::format("{} – {} {}, {} {:.1f}", count_text(column.shortest), count_text(column.longest), name,
                            context.say("mean", "평균"), column.total_length / double(column.measured)));
  const std::uint64_t most = *std::ranges::max_element(column.lengths);
  std::vector<std::vector<std::string>> lines;
  for (std::size_t i = 0; i < column.lengths.size(); ++i) {
    const std::uint64_t low = i == 0 ? 0 : std::uint64_t(1) << (i - 1), high = i == 0 ? 0 : (std::uint64_t(1) << i) - 1;
    if (high < column.shortest) continue;
    lines.push_back({low == high ? count_text(low) : count_text(low) + " – " + count_text(high), count_text(column.lengths[i]),
                     bar(column.lengths[i], most)});
  }
  context.print(table({context.korean ? ">길이" : ">LENGTH", context.korean ? ">행" : ">ROWS", ""}, lines, context.color));
}

std::string value_text(const data::Field& field, const data::Column& column, std::size_t row) {
  if (!column.has(row)) return "–";
  if (field.type == data::Type::bytes || field.type == data::Type::image) return size_text(column.texts[row].size());
  if (field.type == data::Type::integer) {
    const std::int64_t value = column.integers[row];
    if (value >= 0 && std::size_t(value) < field.labels.size())
      return fmt::format("{} ({})", value, one_line(field.labels[std::size_t(value)]));
  }
  if (field.type == data::Type::text) return one_line(column.texts[row].substr(0, 4096));
  return one_line(dump(data::to_json(field, column, row)));
}

// "./x", "a/b.csv", "x.jsonl": what is not there shall be called missing, not unknown to the hub.
bool looks_like_path(std::string_view name) {
  if (name.starts_with('.') || name.starts_with('/') || name.starts_with('~')) return true;
  const std::string extension = std::filesystem::path(name).extension().string();
  return !name.contains(':') && extension.size() > 1 && extension.size() < 9 && extension.find_first_of("0123456789") == std::string::npos;
}

io::Image pixels_of(const data::Field& field, std::string_view bytes) {
  const auto span = std::as_bytes(std::span(bytes));
  if (field.shape.empty()) return io::decode_image(span, field.name);
  const std::int64_t channels = field.shape.size() > 2 ? field.shape[2] : 1;
  io::Image out{.width = field.shape[1], .height = field.shape[0], .pixels = {}};
  check(channels >= 1 && std::int64_t(bytes.size()) == out.width * out.height * channels, "{}: expected {} bytes of pixels, got {}",
        field.name, out.width * out.height * channels, bytes.size());
  for (std::int64_t i = 0; i < out.width * out.height; ++i)
    for (std::int64_t c = 0; c < 3; ++c) out.pixels.push_back(std::uint8_t(bytes[std::size_t(i * channels + (channels >= 3 ? c : 0))]));
  return out;
}

}  // namespace

data::DataSet data_named(Context& context, const DataGiven& given) {
  std::error_code code;
  if (std::filesystem::exists(given.name, code) || given.name.find_first_of("*?[") != std::string::npos || looks_like_path(given.name))
    return data::find(given.name, given.format);
  hub::Store store(home());
  data::DataSet set = data::find(hub::resolve_data(store, given.name, true, pull_options(context)), given.format);
  set.name = given.name;
  return set;
}

data::ReadOptions read_options(Context& context, const DataGiven& given, std::uint64_t& bad_rows) {
  data::ReadOptions out;
  out.cancel = &context.cancel;
  out.columns = given.columns;
  out.encoding = given.encoding;
  out.unit = given.unit;
  out.max_row_bytes = std::size_t(given.max_row_bytes);
  out.infer_bytes = std::size_t(given.infer_bytes);
  if (given.delimiter == "\\t" || given.delimiter == "tab") out.delimiter = '\t';
  else if (given.delimiter.size() == 1) out.delimiter = given.delimiter[0];
  else if (!given.delimiter.empty()) fail(ErrorKind::usage, "--delimiter: expected one character or tab, got {:?}", given.delimiter);
  if (given.header && given.no_header) fail(ErrorKind::usage, "give either --header or --no-header");
  if (given.header || given.no_header) out.header = given.header;
  if (given.no_quotes) out.quotes = false;
  out.skip_bad_rows = given.skip_bad;
  out.skipped = [&context, &bad_rows](const data::Place& place, const Phrase& why) {
    if (bad_rows++ < kBadRowsTold) context.note(fmt::format("{}:{}: {}", place.file, place.number, context.say(why)));
  };
  out.note = [&context](const Phrase& said) { context.note(context.say(said)); };
  return out;
}

void print_split(Context& context, const data::SplitSummary& summary, std::string_view unit) {
  const bool ko = context.korean;
  context.print("\n" + styled(fmt::format("── {} ", visible(summary.name)), Style::cyan, context.color) +
                (ko ? fmt::format("행 {}개, 파일 {}개, {}", count_text(summary.rows), summary.files, size_text(summary.bytes))
                    : fmt::format("{} in {}, {}", counted(summary.rows, "row"), counted(summary.files, "file"), size_text(summary.bytes))));
  if (summary.bad_rows > 0)
    context.print(ko ? fmt::format("잘못된 행 {}개를 건너뛰었습니다", count_text(summary.bad_rows))
                     : fmt::format("{} left out", counted(summary.bad_rows, "bad row")));
  std::vector<std::vector<std::string>> lines;
  for (const data::ColumnSummary& column : summary.columns) {
    const std::uint64_t present = summary.rows - column.missing;
    const bool number = (column.field.type == data::Type::integer || column.field.type == data::Type::real) && present > 0;
    lines.push_back({visible(column.field.name), data::type_text(column.field), column.missing ? count_text(column.missing) : "",
                     number ? fmt::format("{:g} – {:g}", column.least, column.most) : ""});
  }
  context.print(table({ko ? "열" : "COLUMN", ko ? "형" : "TYPE", ko ? ">빠짐" : ">MISSING", ko ? "범위" : "RANGE"}, lines, context.color));
  for (const data::ColumnSummary& column : summary.columns) {
    print_classes(context, column, summary.rows);
    const bool told = !column.many_classes && !column.classes.empty() && column.classes.size() * 2 <= summary.rows;
    if (column.field.type == data::Type::list || (column.field.type == data::Type::text && !told)) print_lengths(context, column, unit);
  }
}

void print_row(Context& context, const data::Schema& schema, const data::Batch& batch, std::size_t row) {
  const auto room = std::size_t(std::max(40, terminal_columns(STDOUT_FILENO)));
  std::size_t widest = 0;
  for (const data::Field& field : schema) widest = std::max(widest, unicode::width(visible(field.name)));
  widest = std::min<std::size_t>(widest, 24);
  for (std::size_t i = 0; i < schema.size(); ++i) {
    const std::string value = value_text(schema[i], batch.columns[i], row);
    context.print(styled(padded(fitted(visible(schema[i].name), widest), widest), Style::dim, context.color) + "  " +
                  fitted(value, room - widest - 2));
    if (schema[i].type == data::Type::image && context.color && batch.columns[i].has(row))
      context.write(picture_text(schema[i], batch.columns[i].texts[row], 48));
  }
}

std::string picture_text(const data::Field& field, std::string_view bytes, int columns) {
  io::Image image = pixels_of(field, bytes);
  if (image.width == 0 || image.height == 0) return {};
  if (image.width > columns)
    image = io::resized(image, columns, std::max<std::int64_t>(2, image.height * columns / image.width), io::Filter::bilinear);
  std::string out;
  const auto colour = [&](std::int64_t x, std::int64_t y) {
    const std::uint8_t* at = image.pixels.data() + 3 * (std::min(y, image.height - 1) * image.width + x);
    return fmt::format("2;{};{};{}m", at[0], at[1], at[2]);
  };
  for (std::int64_t y = 0; y < image.height; y += 2) {
    for (std::int64_t x = 0; x < image.width; ++x) out += "\x1b[38;" + colour(x, y) + "\x1b[48;" + colour(x, y + 1) + "▀";
    out += "\x1b[0m\n";
  }
  return out;
}

}  // namespace maru::cli
