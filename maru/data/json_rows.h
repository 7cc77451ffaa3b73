#pragma once
// Rows that are JSON objects, wherever the objects lie: the schema told from the first ones, then each decoded into columns.
#include <memory>
#include <string_view>

#include "maru/data/data.h"

namespace maru::data {

// The objects of a file one after the other.
class JsonElements {
 public:
  virtual ~JsonElements() = default;
  // Valid until the next call, with Lines::kPadding readable bytes behind it. False at the end.
  virtual bool next(std::string_view& element) = 0;
  virtual void rewind() = 0;
  virtual Place place() const = 0;             // where the element last given begins
  virtual std::uint64_t bytes() const = 0;     // read so far
};

// The lines that are not empty.
std::unique_ptr<JsonElements> json_lines(const std::filesystem::path& path, const ReadOptions& options);
// The items of the array that the file is, or of the one under "data" in the object that it is. They are found without reading more of the
// file than one item. Throws Error (invalid) where it is neither.
std::unique_ptr<JsonElements> json_items(const std::filesystem::path& path, const ReadOptions& options);

// Integers beyond 63 bits and mixtures of numbers, booleans and text become text, numbers as the shortest that means the same. A key that
// the schema does not have makes a bad row, as does one that stands twice; one that is not there is a missing value.
std::unique_ptr<Stream> json_rows(std::unique_ptr<JsonElements> elements, const ReadOptions& options);

}  // namespace maru::data
