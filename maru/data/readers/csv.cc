// CSV and TSV: types told from the first rows; an empty cell is missing, in quotes an empty text; a row of another width is a bad one.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "maru/data/csv_cells.h"
#include "maru/data/infer.h"
#include "maru/data/row_stream.h"

namespace maru::data {
namespace {

std::optional<std::int64_t> integer_in(std::string_view text) {
  // 007 is a name more often than a number: it would not be written back as it was.
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  if (text.size() > first + 1 && text[first] == '0') return std::nullopt;
  std::int64_t out = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

std::optional<double> real_in(std::string_view text) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  if (text.size() == first || (text[first] >= 'A' && text.substr(first) != "inf")) return std::nullopt;
  if (text.size() > first + 1 && text[first] == '0' && text[first + 1] >= '0' && text[first + 1] <= '9') return std::nullopt;
  double out = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

std::optional<bool> boolean_in(std::string_view text) {
  if (text == "True" || text == "true" || text == "TRUE") return true;
  if (text == "False" || text == "false" || text == "FALSE") return false;
  return std::nullopt;
}

Type type_of(std::string_view text) {
  if (integer_in(text)) return Type::integer;
  if (real_in(text)) return Type::real;
  if (boolean_in(text)) return Type::boolean;
  return Type::text;
}

std::string shown(std::string_view text) {
  if (text.size() <= 40) return std::string(text);
  std::size_t cut = 40;
  while ((static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "…";
}

class CsvStream : public RowStream {
 public:
  CsvStream(const std::filesystem::path& path, const ReadOptions& options)
      : RowStream(options), lines_(path, options_), cells_(lines_, delimiter(path), options_.quotes.value_or(true)) {
    read_header();
    Schema all = options_.schema.empty() ? inferred() : Schema();
    lines_.rewind();
    if (header_) cells_.next();
    if (!options_.schema.empty()) return_to(options_.schema);
    else choose(all);
  }

  // Cells are found, not read; where bad rows are to be left out, all are read.
  std::uint64_t pass(std::uint64_t rows) override {
    if (options_.skip_bad_rows) return 0;
    std::uint64_t done = 0;
    try {
      while (done < rows && cells_.next()) ++done;
    } catch (const BadRow& bad) {
      bad_row(options_, place(), bad.why);
    }
    return done;
  }

 protected:
  Place place() const override { return lines_.place(); }

  bool fill_row() override {
    if (!cells_.next()) return false;
    const std::vector<Cell>& cells = cells_.cells();
    if (cells.size() != names_.size()) throw BadRow{phrase("expected {} cells, got {}", names_.size(), cells.size())};
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (target_[i] >= 0) put(builder().columns()[std::size_t(target_[i])], schema_[std::size_t(target_[i])], cells[i]);
    return true;
  }

 private:
  void note(const Phrase& said) const {
    if (options_.note) options_.note(said);
  }

  char delimiter(const std::filesystem::path& path) {
    if (options_.delimiter) return *options_.delimiter;
    const std::string name = path.filename().string();
    if (name.contains(".tsv") || name.contains(".tab")) return '\t';
    std::string_view line;
    const char found = lines_.next(line) ? sniffed_delimiter(line) : ',';
    lines_.rewind();
    if (found != ',')
      note(phrase("{}: the cells are parted by {}; say --delimiter if they are not", path.string(),
                  found == '\t' ? phrase("tabs") : phrase("{}", found)));
    return found;
  }

  // Names, and whether the first row gives them: it does unless a number stands in it.
  void read_header() {
    try {
      if (!cells_.next()) return;
    } catch (const BadRow& bad) {  // without its first row a table has no columns, whatever may be skipped
      ReadOptions strict = options_;
      strict.skip_bad_rows = false;
      bad_row(strict, place(), bad.why);
    }
    const bool number = std::ranges::any_of(cells_.cells(), [&](const Cell& cell) {
      return !cell.quoted && (integer_in(cells_.raw(cell)) || real_in(cells_.raw(cell)));
    });
    header_ = options_.header.value_or(!number);
    if (!header_ && !options_.header)
      note(phrase("{}: the first row holds numbers and is no header; say --header if it is one", lines_.path().string()));
    for (std::size_t i = 0; i < cells_.cells().size(); ++i) names_.push_back(name_of(i));
  }

  std::string name_of(std::size_t i) const {
    std::string name = header_ ? value_of(cells_.cells()[i]) : std::string();
    if (name.empty()) name = fmt::format("column_{}", i + 1);
    std::string unique = name;
    for (int again = 1; std::ranges::find(names_, unique) != names_.end(); ++again) unique = fmt::format("{}.{}", name, again);
    if (unique != name) note(phrase("{}: the column {} stands twice; the later one is called {}", lines_.path().string(), name, unique));
    return unique;
  }

  std::string value_of(const Cell& cell) const {
    std::string out(cells_.raw(cell));
    if (cell.doubled)
      for (std::size_t at = out.find("\"\""); at != std::string::npos; at = out.find("\"\"", at + 1)) out.erase(at, 1);
    return out;
  }

  Schema inferred() {
    std::vector<Guess> guesses;
    for (const std::string& name : names_) guesses.push_back({.name = name, .type = {}, .children = {}});
    const auto look = [&] {
      if (cells_.cells().size() != names_.size()) return;  // told when it is read
      for (std::size_t i = 0; i < names_.size(); ++i) {
        const Cell& cell = cells_.cells()[i];
        // Quotes say nothing of the type: many programs put them around everything.
        if (cell.size > 0 && guesses[i].type != Type::text) guesses[i].widen(type_of(cells_.raw(cell)));
      }
    };
    if (!header_ && !names_.empty()) look();
    while (lines_.bytes() < options_.infer_bytes) {
      try {
        if (!cells_.next()) break;
        look();
      } catch (const BadRow&) {  // told when it is read
      }
    }
    Schema out;
    for (const Guess& guess : guesses) out.push_back(guess.field());
    return out;
  }

  void choose(const Schema& all) {
    const std::vector<bool> keep = all.empty() ? std::vector<bool>() : chosen(all, options_.columns);
    Schema some;
    for (std::size_t i = 0; i < all.size(); ++i) {
      target_.push_back(keep[i] ? int(some.size()) : -1);
      if (keep[i]) some.push_back(all[i]);
    }
    begin(std::move(some));
  }

  // The columns that another file of the split has, by their names.
  void return_to(const Schema& schema) {
    target_.assign(names_.size(), -1);
    std::size_t found = 0;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto at = std::ranges::find(schema, names_[i], &Field::name);
      if (at != schema.end()) target_[i] = int(at - schema.begin()), ++found;
      else
        check(!options_.columns.empty(), "{}: has a column {} that the files before do not have", lines_.path().string(), names_[i]);
    }
    check(names_.empty() || found == schema.size(), "{}: lacks columns that the files before have; it has: {}", lines_.path().string(),
          fmt::format("{}", fmt::join(names_, ", ")));
    begin(schema);
  }

  void put(Column& column, const Field& field, const Cell& cell) {
    const std::string_view text = cells_.raw(cell);
    if (text.empty() && (!cell.quoted || field.type != Type::text)) return add_missing(column, field);
    switch (field.type) {
      case Type::integer:
        if (const auto value = integer_in(text)) return add_integer(column, *value);
        break;
      case Type::boolean:
        if (const auto value = boolean_in(text)) return add_integer(column, *value);
        break;
      case Type::real:
        if (const auto value = real_in(text)) return add_real(column, *value);
        break;
      default: return add_text(column, builder().arena().keep(cell.doubled ? std::string_view(value_of(cell)) : text));
    }
    throw BadRow{phrase("column {}: expected {}, got {:?}", field.name,
                        field.type == Type::integer ? phrase("an integer") : field.type == Type::real ? phrase("a number") : phrase("a boolean"),
                        shown(text))};
  }

  Lines lines_;
  CsvCells cells_;
  bool header_ = false;
  std::vector<std::string> names_;   // of every column of the file
  std::vector<int> target_;          // where in the schema each goes; -1 is nowhere
};

// A text whose first lines hold equally many tabs, at least one, is a table too.
bool tabs_in_every_line(std::string_view first) {
  std::ptrdiff_t tabs = -1;
  int lines = 0;
  for (std::size_t at = 0, end; (end = first.find('\n', at)) != std::string_view::npos; at = end + 1, ++lines) {
    const auto here = std::ranges::count(first.substr(at, end - at), '\t');
    if (here == 0 || (tabs >= 0 && here != tabs)) return false;
    tabs = here;
  }
  return lines >= 2;
}

bool recognises(const std::filesystem::path& path, std::string_view first) {
  const std::string extension = path.extension().string();
  return extension == ".csv" || extension == ".tsv" || extension == ".tab" || (extension == ".txt" && tabs_in_every_line(first));
}

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return std::make_unique<CsvStream>(path, options);
}

}  // namespace

Reader csv_reader() {
  return {.name = "csv", .about = "a row per line, cells parted by commas, tabs or the like", .about_ko = "쉼표나 탭으로 나눈 표",
          .example = "train.csv", .settings = "schema encoding delimiter header quotes", .recognises = recognises, .open = open};
}

}  // namespace maru::data
