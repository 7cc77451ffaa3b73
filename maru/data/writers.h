#pragma once
// Streams written to files that other programs read. The file appears whole or not at all.
#include <filesystem>

#include "maru/data/data.h"

namespace maru::data {

struct Written {
  std::uint64_t rows = 0, bytes = 0;
};
// By the name's end: .jsonl, .csv, .tsv or .txt (one text column, a row per line). Lists and records go into CSV as JSON text, and bytes
// and images as base64; a missing value is an empty cell, an empty text a quoted one. Throws Error (usage) for another end.
Written write_rows(Stream& rows, const std::filesystem::path& to, const OnProgress& progress);

}  // namespace maru::data
