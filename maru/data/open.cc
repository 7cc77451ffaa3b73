// The files of a split as one stream, and what stands in brackets behind its name: "train[:10%]+test[-100:]".
#include <algorithm>
#include <charconv>
#include <cmath>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/data/cache.h"
#include "maru/data/transforms.h"

namespace maru::data {
namespace {

// The files one after the other. The first says what the others must hold.
class Files : public Stream {
 public:
  Files(const DataSet& set, const Split& split, const ReadOptions& options) : reader_(*set.reader), files_(split.files), options_(options) {
    part_ = reader_.open(files_[0], options_);
    // A file without rows does not say what its columns are.
    while (part_->schema().empty() && at_ + 1 < files_.size()) part_ = reader_.open(files_[++at_], options_);
    schema_ = part_->schema();
    if (reader_.settings.contains("schema")) options_.schema = schema_;
  }
  const Schema& schema() const override { return schema_; }
  bool next(Batch& batch) override {
    do
      if (part_->next(batch)) return true;
    while (next_file());
    return false;
  }
  std::uint64_t pass(std::uint64_t rows) override {
    return part_->pass(rows);  // at the end of a file 0: then next() goes on to the one behind it
  }
  std::optional<std::uint64_t> rows() const override { return files_.size() == 1 ? part_->rows() : std::nullopt; }

 private:
  bool next_file() {
    if (at_ + 1 == files_.size()) return false;
    part_ = nullptr;  // closed before the next is opened
    part_ = reader_.open(files_[++at_], options_);
    const Schema& got = part_->schema();
    check(got.size() == schema_.size(), "{}: has {} columns, but {} has {}; name the files that belong together", files_[at_].string(),
          got.size(), files_[0].string(), schema_.size());
    for (std::size_t i = 0; i < got.size(); ++i)
      check(got[i] == schema_[i], "{}: column {} is {} ({}), but in {} it is {} ({}); name the files that belong together",
            files_[at_].string(), i + 1, got[i].name, type_text(got[i]), files_[0].string(), schema_[i].name, type_text(schema_[i]));
    return true;
  }

  const Reader& reader_;
  std::vector<std::filesystem::path> files_;
  ReadOptions options_;
  Schema schema_;
  std::unique_ptr<Stream> part_;
  std::size_t at_ = 0;
};

void check_settings(const Reader& reader, const ReadOptions& options) {
  const auto heeds = [&](std::string_view setting, bool given) {
    if (given && !reader.settings.contains(setting))
      fail(ErrorKind::usage, "the format {} takes no {}; it takes: {}", reader.name, setting,
           reader.settings.empty() ? "-" : reader.settings);
  };
  heeds("encoding", !options.encoding.empty());
  heeds("delimiter", options.delimiter.has_value());
  heeds("header", options.header.has_value());
  heeds("quotes", options.quotes.has_value());
  heeds("unit", !options.unit.empty());
  heeds("schema", !options.schema.empty());
}

std::string names_of(const DataSet& set) {
  std::string out;
  for (const Split& split : set.splits) out += (out.empty() ? "" : ", ") + split.name;
  return out;
}

const Split& split_named(const DataSet& set, std::string_view name) {
  if (name.empty() && set.splits.size() == 1) return set.splits[0];
  for (const Split& split : set.splits)
    if (split.name == name) return split;
  if (name.empty()) fail(ErrorKind::usage, "{} has several splits; say which: {}", set.name, names_of(set));
  fail(ErrorKind::usage, "{} has no split {:?}; it has: {}", set.name, name, names_of(set));
}

// What stands before or behind the colon. As `datasets` reads it: negative from the end, beyond the end is the end.
struct Bound {
  std::int64_t value = 0;
  bool given = false, percent = false;
};
struct Part {
  std::string_view name;
  Bound from, to;
};

[[noreturn]] void bad_split(std::string_view text) {
  fail(ErrorKind::usage, "{:?} is no split; write train, train[:10%], train[100:200], train[-50:] or train+test", text);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Bound bound(std::string_view text, std::string_view whole) {
  text = trimmed(text);
  Bound out;
  if (text.empty()) return out;
  out.given = true;
  if (text.ends_with('%')) out.percent = true, text.remove_suffix(1);
  std::string digits(text);
  std::erase(digits, '_');
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), out.value);
  if (code != std::errc() || end != digits.data() + digits.size()) bad_split(whole);
  if (out.percent && (out.value > 100 || out.value < -100)) fail(ErrorKind::usage, "{}: percents go from -100 to 100", whole);
  return out;
}

Part part_of(std::string_view text) {
  text = trimmed(text);
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos) return {.name = text, .from = {}, .to = {}};
  const std::string_view inside = text.substr(open + 1);
  const std::size_t colon = inside.find(':');
  if (!inside.ends_with(']') || colon == std::string_view::npos) bad_split(text);
  Part out{.name = text.substr(0, open),
           .from = bound(inside.substr(0, colon), text),
           .to = bound(inside.substr(colon + 1, inside.size() - colon - 2), text)};
  if (out.from.given && out.to.given && out.from.percent != out.to.percent)
    fail(ErrorKind::usage, "{}: rows and percents cannot be mixed", text);
  return out;
}

std::uint64_t absolute(const Bound& bound, std::uint64_t total) {
  // Half to even, as Python rounds.
  const double value = bound.percent ? std::nearbyint(double(bound.value) * double(total) / 100.0) : double(bound.value);
  const double from_start = value < 0 ? value + double(total) : value;
  return std::uint64_t(std::clamp(from_start, 0.0, double(total)));
}

Rows selected(const DataSet& set, const Part& part, const ReadOptions& options) {
  const Split& split = split_named(set, part.name);
  const auto needs_total = [](const Bound& bound) { return bound.given && (bound.percent || bound.value < 0); };
  const bool counted = needs_total(part.from) || needs_total(part.to);
  const std::uint64_t total = counted ? count_rows(set, split, options) : std::uint64_t(1) << 53;
  const std::uint64_t from = part.from.given ? absolute(part.from, total) : 0, to = part.to.given ? absolute(part.to, total) : total;
  Rows rows = std::make_unique<Files>(set, split, options);
  if (part.to.given) rows = take(std::move(rows), std::max(from, to));
  if (from > 0) rows = skip(std::move(rows), from);
  return rows;
}

constexpr std::uint64_t kWorthKeeping = std::uint64_t{64} << 20;  // bytes to read: what is read faster is counted again

bool worth_keeping(const Split& split) {
  std::uint64_t bytes = 0;
  std::error_code code;
  for (const auto& file : split.files)
    if (std::filesystem::is_regular_file(file, code)) bytes += std::filesystem::file_size(file, code);
    else return false;
  return bytes >= kWorthKeeping;
}

// Everything that changes how many rows there are.
Json count_arguments(const DataSet& set, const ReadOptions& options) {
  const auto flag = [](const std::optional<bool>& value) { return value ? Json(*value) : Json(nullptr); };
  return {{"reader", set.reader->name}, {"encoding", options.encoding}, {"unit", options.unit}, {"header", flag(options.header)},
          {"quotes", flag(options.quotes)}, {"delimiter", options.delimiter ? Json(std::string(1, *options.delimiter)) : Json(nullptr)},
          {"skip_bad_rows", options.skip_bad_rows}, {"infer_bytes", options.infer_bytes}, {"columns", options.columns}};
}

std::uint64_t counted_rows(const DataSet& set, const Split& split, const ReadOptions& options) {
  ReadOptions quiet = options;  // bad rows are told when they are read
  quiet.skipped = {};
  quiet.note = {};
  std::uint64_t out = 0;
  for (const auto& file : split.files) {
    const auto rows = set.reader->open(file, quiet);
    if (const auto known = rows->rows()) {
      out += *known;
      continue;
    }
    while (const std::uint64_t passed = rows->pass(std::uint64_t(1) << 62)) out += passed;
    for (Batch batch; rows->next(batch);) out += batch.rows;
  }
  return out;
}

}  // namespace

std::unique_ptr<Stream> open(const DataSet& set, std::string_view split, const ReadOptions& options) {
  check_settings(*set.reader, options);
  std::vector<Rows> parts;
  for (std::size_t at = 0; at <= split.size();) {
    const std::size_t plus = std::min(split.find('+', at), split.size());
    parts.push_back(selected(set, part_of(split.substr(at, plus - at)), options));
    at = plus + 1;
  }
  return concatenate(std::move(parts));
}

std::uint64_t count_rows(const DataSet& set, const Split& split, const ReadOptions& options) {
  check_settings(*set.reader, options);
  if (!worth_keeping(split)) return counted_rows(set, split, options);
  const Cache cache(cache_folder());
  const std::string key = Cache::key("count rows 1", count_arguments(set, options), split.files);
  if (const auto known = cache.find(key); known && known->is_number_unsigned()) return known->get<std::uint64_t>();
  const std::uint64_t rows = counted_rows(set, split, options);
  try {
    cache.keep(key, rows);
  } catch (const Error&) {  // a home that cannot be written costs time, nothing else
  }
  return rows;
}

}  // namespace maru::data
