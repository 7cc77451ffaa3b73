#pragma once
// What the files of the Arrow module share. Only this folder knows Arrow's types; maru/data/arrow_module.h is what the program sees.
#include <arrow/api.h>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/data/data.h"

namespace maru::data::columnar {

// Deeper columns are refused, whatever wrote them.
constexpr int kMostDepth = 32;
// What Arrow may hold for one stream, in bytes: a page or a batch that claims more is refused before memory is taken.
constexpr std::int64_t kMostMemory = std::int64_t{1} << 30;

// ---- schema.cc: Arrow's types as fields
//   bool → boolean; int8 … uint64 → integer (uint64 above 2^63-1: error); half, float, double → real; strings → text; binary → bytes;
//   null → text, all missing; dictionary → its values; date → text "2024-02-29"; timestamp → text "2024-02-29T12:00:00.000001", with Z
//   when the file names a time zone (the instant is UTC); time → text "12:00:00.000001"; duration → integer in the file's unit;
//   decimal → text, exact; list, large list, list of fixed size, map → list (map: of records key and value); struct → record.
//   The schema's metadata may say more, as the data-set library of Hugging Face writes it ("huggingface"): names of classes become
//   Field::labels, a picture's struct of bytes and path becomes one image.
// Throws Error (invalid) naming `where`, the column and its type where a type has no place here.
Schema fields_of(const arrow::Schema& schema, const std::vector<int>& columns, std::string_view where);
// The columns that `wanted` names, in the file's order; all when it is empty. Throws Error (usage) listing the columns there are.
std::vector<int> chosen(const arrow::Schema& schema, const std::vector<std::string>& wanted, std::string_view where);

// ---- columns.cc, texts.cc: Arrow's arrays as columns

// Dictionaries that were read already, so that the batches cut from one block read theirs once.
using Dictionaries = std::map<std::shared_ptr<arrow::ArrayData>, Column>;
// Where values come from, for messages: the file, the column's full name, the number (from 1) of the array's first row.
struct Source {
  std::string_view file;
  std::string column;
  std::uint64_t first_row = 1;
  std::size_t max_row_bytes = 0;
  bool checked = false;                                // texts are known to be UTF-8
  const std::shared_ptr<const void>* owner = nullptr;  // keeps the array's buffers alive
  Dictionaries* dictionaries = nullptr;
};
// Texts point into the array's buffers wherever they lie there as they are.
Column column_of(const arrow::Array& array, const Field& field, const Source& source);
// text and bytes, dates, times, decimals.
void fill_texts(const arrow::Array& array, const Field& field, const Source& source, Column& column);

// ---- stream.cc

// Where record batches come from. Each throws Error.
struct Blocks {
  std::function<std::shared_ptr<arrow::RecordBatch>()> next;  // nothing at the end
  std::function<std::uint64_t(std::uint64_t)> pass;           // as Stream::pass, asked between blocks only; may be absent
  std::optional<std::uint64_t> rows;
  bool checked = false;                                       // ValidateFull has looked at every block: texts are UTF-8
};
// Cuts blocks of any size into batches. `pool`: what the blocks' memory comes from, kept as long as a batch lives.
std::unique_ptr<Stream> stream_of(std::string file, Schema schema, Blocks blocks, std::shared_ptr<arrow::MemoryPool> pool,
                                  const ReadOptions& options);
std::shared_ptr<arrow::MemoryPool> limited_pool();

// A Status as an Error: (limit) when memory ran over kMostMemory, (io) when the system refused, else (invalid). `part` names where in
// the file, such as "row group 3".
[[noreturn]] void fail_with(const arrow::Status& status, std::string_view file, std::string_view part);
inline void require(const arrow::Status& status, std::string_view file, std::string_view part) {
  if (!status.ok()) [[unlikely]] fail_with(status, file, part);
}
template <class T>
T value_of(arrow::Result<T> result, std::string_view file, std::string_view part) {
  require(result.status(), file, part);
  return std::move(result).ValueUnsafe();
}
// Runs `work`; what Arrow throws instead of returning becomes an Error too.
template <class Work>
auto guarded(std::string_view file, std::string_view part, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    fail_with(arrow::Status::OutOfMemory("no memory"), file, part);
  } catch (const std::exception& problem) {
    fail_with(arrow::Status::Invalid(problem.what()), file, part);
  }
}

// ---- parquet.cc, ipc.cc
std::unique_ptr<Stream> open_parquet(const std::filesystem::path& path, const ReadOptions& options);
std::unique_ptr<Stream> open_ipc(const std::filesystem::path& path, const ReadOptions& options);

}  // namespace maru::data::columnar
