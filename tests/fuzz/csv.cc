// Fuzzes CSV: every row is read or told, whatever quotes, delimiters and line ends do.
#include "maru/data/batch.h"
#include "tests/fuzz/fuzz.h"

namespace maru::data {
Reader csv_reader();
}

namespace maru::fuzz {

std::vector<std::string> seeds() {
  return {"a,b,c\n1,x,True\n2,\"y \"\"q\"\"\nz\",False\n,,\n", "id\ttext\r\n1\t가나다\r\n2\t\"\"\r\n", "1;2.5;-3\n4;inf;007\n", "\xef\xbb\xbf\"a\",\"a\"\n\"1\",\"\n\n\"\n"};
}

std::vector<std::string> words() {
  return {",", ";", "\t", "|", "\"", "\"\"", "\n", "\r\n", "\r", "1e999", "-", "9223372036854775808", "nan", "\xff", "\xb0\xa1", std::string(1, '\0')};
}

void attempt(std::string_view input) {
  const auto path = file("table.csv", input);
  for (const bool skip : {false, true}) {
    try {
      const auto rows = data::csv_reader().open(path, {.batch_rows = 3, .max_row_bytes = 1 << 16, .skip_bad_rows = skip, .infer_bytes = 64});
      for (data::Batch batch; rows->next(batch);)
        for (std::size_t i = 0; i < rows->schema().size(); ++i)
          claim(data::rows_of(batch.columns[i], rows->schema()[i]) == batch.rows, "a column of another length");
    } catch (const Error&) {
    }
  }
}

}  // namespace maru::fuzz
