// Fuzzes Parquet and Arrow files with the module's own sources, linked in. The Arrow library is as it ships, without instrumentation: what
// is made of its arrays is checked here.
#include "maru/base/file.h"
#include "maru/data/arrow/module.h"
#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {
namespace {

// Every value is touched, so that a view that leads nowhere is found.
std::size_t walk(const data::Column& column, std::size_t rows) {
  std::size_t sum = 0;
  claim(column.present.empty() || column.present.size() == rows, "marks of missing values for another number of rows");
  claim(column.integers.empty() || column.integers.size() == rows, "integers of another number of rows");
  claim(column.reals.empty() || column.reals.size() == rows, "reals of another number of rows");
  claim(column.texts.empty() || column.texts.size() == rows, "texts of another number of rows");
  for (const std::string_view text : column.texts)
    for (const char c : text) sum += static_cast<unsigned char>(c);
  if (column.offsets.empty()) {
    for (const data::Column& member : column.children) sum += walk(member, rows);
    return sum;
  }
  claim(column.offsets.size() == rows + 1 && column.offsets[0] == 0, "offsets of another number of rows");
  for (std::size_t i = 0; i < rows; ++i) claim(column.offsets[i] <= column.offsets[i + 1], "a list that ends before it begins");
  return sum + walk(column.children.at(0), column.offsets.back());
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const char* name : {"nested.parquet", "none_v1_dictionary.parquet", "zstd_v2_plain.parquet", "delta.parquet", "split.parquet",
                           "huggingface.parquet", "scalars.arrows", "nested.arrow", "batches_zstd.arrows", "views.arrows",
                           "missing_with_items.arrows"})
    all.push_back(read_file(std::filesystem::path(MARU_TESTS "/golden/data/arrow") / name));
  return all;
}

std::vector<std::string> words() {
  return {"PAR1", "ARROW1", "huggingface", std::string("\0\0\0\0", 4), "\xff\xff\xff\xff", "\xff\xff\xff\x7f",
          "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"};
}

void attempt(std::string_view input) {
  const std::filesystem::path path = file("some.data", input);
  const auto stream = (input.starts_with("PAR1") ? data::columnar::open_parquet : data::columnar::open_ipc)(path, {});
  std::size_t batches = 0;
  for (data::Batch batch; batches < 64 && stream->next(batch); ++batches) {
    claim(batch.rows > 0 && batch.columns.size() == stream->schema().size(), "a batch of another shape than its schema");
    for (const data::Column& column : batch.columns) (void)walk(column, batch.rows);
  }
}

}  // namespace maru::fuzz
