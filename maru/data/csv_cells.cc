// Most rows hold no quote and are cut at their delimiters; the others go cell by cell.
#include "maru/data/csv_cells.h"

#include <algorithm>
#include <cstring>

#include "maru/data/row_stream.h"

namespace maru::data {

bool CsvCells::next() {
  do
    if (!lines_.next(text_)) return false;
  while (text_.empty());
  cells_.clear();
  if (!quotes_ || !std::memchr(text_.data(), '"', text_.size())) {
    split_plain();
    return true;
  }
  const std::size_t first_line = text_.size();
  split_quoted();
  if (text_.size() > first_line && !lines_.good(text_)) return next();
  return true;
}

void CsvCells::split_plain() {
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text_.find(delimiter_, begin), text_.size());
    cells_.push_back({.begin = begin, .size = end - begin});
    if (end == text_.size()) return;
    begin = end + 1;
  }
}

void CsvCells::split_quoted() {
  for (std::size_t at = 0;;) {
    if (at < text_.size() && text_[at] == '"') {
      quoted_cell(at);
    } else {
      const std::size_t end = std::min(text_.find(delimiter_, at), text_.size());
      cells_.push_back({.begin = at, .size = end - at});
      at = end;
    }
    if (at == text_.size()) return;
    ++at;
  }
}

// `at` is the opening quote, then what follows the closing one.
void CsvCells::quoted_cell(std::size_t& at) {
  Cell cell{.begin = at + 1, .quoted = true};
  for (std::size_t scanned = cell.begin;;) {
    const std::size_t quote = text_.find('"', scanned);
    if (quote == std::string_view::npos) {
      scanned = text_.size();  // the joined text only grows behind this
      if (!lines_.join(text_))
        throw BadRow{phrase("a quote opens and is never closed; if quotes mean nothing in this file, say --no-quotes")};
    } else if (quote + 1 < text_.size() && text_[quote + 1] == '"') {
      cell.doubled = true;
      scanned = quote + 2;
    } else {
      if (quote + 1 < text_.size() && text_[quote + 1] != delimiter_)
        throw BadRow{phrase("something stands behind a closing quote; if quotes mean nothing in this file, say --no-quotes")};
      cell.size = quote - cell.begin;
      at = quote + 1;
      cells_.push_back(cell);
      return;
    }
  }
}

char sniffed_delimiter(std::string_view first_lines) {
  const std::string_view line = first_lines.substr(0, first_lines.find('\n'));
  char best = ',';
  std::size_t most = 0;
  for (const char one : {',', '\t', ';', '|'}) {
    const auto count = std::size_t(std::ranges::count(line, one));
    if (count > most) best = one, most = count;
  }
  return best;
}

}  // namespace maru::data
