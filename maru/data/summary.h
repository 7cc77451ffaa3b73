#pragma once
// What a data set looks like, in one pass: rows, missing values, class balance, lengths. Bounded memory; shown by `maru data show`.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "maru/data/data.h"

namespace maru::data {

struct ColumnSummary {
  Field field;
  std::uint64_t missing = 0;
  // Values of a column with at most kMostClasses of them; empty where there are more, or where values are long or of other types.
  std::map<std::string, std::uint64_t> classes;
  bool many_classes = false;
  // Of text: characters, or what `measure` counts. Of list: items.
  std::uint64_t measured = 0, shortest = 0, longest = 0;
  double total_length = 0;
  std::vector<std::uint64_t> lengths;     // bucket 0 is length 0, bucket i from 2^(i-1) to 2^i - 1
  // Of numbers.
  double least = 0, most = 0, sum = 0;
};
struct SplitSummary {
  std::string name;
  std::uint64_t files = 0, bytes = 0, rows = 0, bad_rows = 0;
  std::vector<ColumnSummary> columns;
};

constexpr std::size_t kMostClasses = 64;

// Of one stream. `measure` counts something else than characters in a text, tokens for example; it may be empty.
SplitSummary summarise(Stream& rows, const std::function<std::uint64_t(std::string_view)>& measure, const OnProgress& progress);

Json to_json(const Field& field);
Json to_json(const SplitSummary& summary, std::string_view unit);  // unit: "characters", "tokens"

}  // namespace maru::data
