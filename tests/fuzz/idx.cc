// Fuzzes IDX files, plain and gzip'd.
#include <string>

#include "maru/base/file.h"
#include "maru/data/data.h"
#include "tests/fuzz/fuzz.h"

namespace maru::data {
Reader idx_reader();
}

namespace maru::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const char* name : {"idx/t10k-images-idx3-ubyte", "idx/train-images-idx3-ubyte.gz", "idx_numbers/int16.idx", "idx_numbers/float64.idx",
                           "idx_numbers/colours.idx"})
    all.push_back(read_file(std::filesystem::path(MARU_TESTS "/golden/data") / name));
  return all;
}

std::vector<std::string> words() {
  return {std::string("\0\0\x08\x03", 4), std::string("\0\0\x0e\x01", 4), std::string("\0\0\0\0", 4), std::string("\0\0\0\1", 4),
          "\xff\xff\xff\xff", "\x7f\xff\xff\xff", "\x1f\x8b\x08"};
}

void attempt(std::string_view input) {
  const auto stream = data::idx_reader().open(file("some.idx", input), {});
  std::uint64_t rows = 0;
  for (data::Batch batch; stream->next(batch);) {
    claim(batch.rows > 0 && batch.columns.size() == 1, "an empty batch");
    for (const std::string_view pixels : batch.columns[0].texts) claim(!pixels.empty(), "a picture without pixels");
    rows += batch.rows;
  }
  claim(rows == stream->rows(), "another number of rows than was said");
}

}  // namespace maru::fuzz
