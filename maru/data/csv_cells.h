#pragma once
// The cells of one row of a CSV file, quoted line ends included.  RFC 4180, and as pandas reads what it does not say: white space is kept,
// a quote inside a cell that does not begin with one is a character like others.
#include <vector>

#include "maru/data/lines.h"

namespace maru::data {

struct Cell {
  std::size_t begin = 0, size = 0;   // in the row's text, without its quotes
  bool quoted = false, doubled = false;  // doubled: "" in it stands for one quote
};

class CsvCells {
 public:
  CsvCells(Lines& lines, char delimiter, bool quotes) : lines_(lines), delimiter_(delimiter), quotes_(quotes) {}
  // The next row that is not an empty line; false at the end. Throws BadRow for a quote that is not closed or closed within a cell.
  bool next();
  const std::vector<Cell>& cells() const { return cells_; }
  std::string_view raw(const Cell& cell) const { return text_.substr(cell.begin, cell.size); }

 private:
  void split_plain();
  void split_quoted();
  void quoted_cell(std::size_t& at);

  Lines& lines_;
  char delimiter_;
  bool quotes_;
  std::string_view text_;            // the row's lines
  std::vector<Cell> cells_;
};

// Between "," ";" tab and "|", the one that parts the first lines into the most cells; ',' when none does.
char sniffed_delimiter(std::string_view first_lines);

}  // namespace maru::data
