#pragma once
// What the actions of `maru data` share: which rows are meant, and how a picture looks in letters.
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/options.h"
#include "maru/data/summary.h"
#include "maru/data/transforms.h"

namespace maru::cli {

struct DataGiven {
  std::string action, name, out, split, format, encoding, delimiter, unit, tokenizer, shard;
  std::vector<std::string> columns, where;
  std::int64_t rows = 5, seed = -1, buffer = 0, take = -1, max_row_bytes = 16 << 20, infer_bytes = 4 << 20;
  bool header = false, no_header = false, no_quotes = false, skip_bad = false;
};

// NAME: a path, a glob, or what the hub knows.
data::DataSet data_named(Context& context, const DataGiven& given);
// Bad rows that are left out are counted in `bad_rows`, the first few are told.
data::ReadOptions read_options(Context& context, const DataGiven& given, std::uint64_t& bad_rows);

void print_split(Context& context, const data::SplitSummary& summary, std::string_view unit);
// One row: a name and a value on each line, pictures drawn where the terminal has colours.
void print_row(Context& context, const data::Schema& schema, const data::Batch& batch, std::size_t row);
// Two pixels per letter, an upper half block, in 24-bit colours. At most so many columns wide.
std::string picture_text(const data::Field& field, std::string_view bytes, int columns);

}  // namespace maru::cli
