// Fuzzes JSON lines and JSON arrays: every row is read or told, and what is read has a value in every column.
#include "maru/data/batch.h"
#include "tests/fuzz/fuzz.h"

namespace maru::data {
Reader json_reader();
Reader jsonl_reader();
}  // namespace maru::data

namespace maru::fuzz {
namespace {

void drain(const data::Reader& reader, const std::filesystem::path& path, bool skip) {
  const auto rows = reader.open(path, {.batch_rows = 3, .max_row_bytes = 1 << 16, .skip_bad_rows = skip, .infer_bytes = 64});
  for (data::Batch batch; rows->next(batch);) {
    claim(batch.rows > 0, "a batch without rows");
    for (std::size_t i = 0; i < rows->schema().size(); ++i)
      claim(data::rows_of(batch.columns[i], rows->schema()[i]) == batch.rows, "a column of another length");
    for (std::size_t row = 0; row < batch.rows; ++row) (void)data::to_json(rows->schema(), batch, row);
  }
}

}  // namespace

std::vector<std::string> seeds() {
  return {"{\"a\":1,\"b\":[1,2],\"c\":{\"d\":null}}\n{\"b\":[],\"a\":-2,\"c\":{\"d\":\"x\"}}\n{\"a\":1.5}\n",
          "[{\"a\":\"\\u00e9\\ud83d\\ude00\"},\n {\"a\":null}]", "{\"n\":1,\"data\":[{\"a\":true},{\"a\":[]}],\"m\":{}}", "\xef\xbb\xbf{\"가\":\"나\"}\r\n\r\n{\"가\":3}"};
}

std::vector<std::string> words() {
  return {"{", "}", "[", "]", "\"", "\\", ",", ":", "null", "true", "1e999", "18446744073709551616", "-0", "\\ud800", "\xff", "\n", "\r\n",
          "\"data\":[", "{\"a\":{\"a\":{\"a\":", "[[[[[[[[", std::string(1, '\0')};
}

void attempt(std::string_view input) {
  const auto path = file("rows.json", input);
  // The one error that ends a strict reading must not keep the lenient one from being tried.
  try {
    drain(data::json_reader(), path, false);
  } catch (const Error&) {
  }
  drain(data::jsonl_reader(), path, true);
}

}  // namespace maru::fuzz
