// Parquet and Arrow files that pyarrow and pandas wrote (tools/golden_arrow.py), read back; and files that somebody damaged.
#include <doctest/doctest.h>

#include "maru/base/file.h"
#include "maru/data/batch.h"
#include "maru/data/data.h"
#include "tests/scratch.h"

namespace maru::data {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(MARU_TESTS) / "golden/data/arrow";

// The module is built where the Arrow library could be brought; without it the program reads none of these files, and says so.
bool no_module() { return !fs::exists(fs::read_symlink("/proc/self/exe").parent_path() / "maru_arrow.so"); }

ReadOptions only(std::vector<std::string> columns) {
  ReadOptions options;
  options.columns = std::move(columns);
  return options;
}

ReadOptions with_rows(std::size_t batch_rows, std::size_t max_row_bytes = 16 << 20) {
  ReadOptions options;
  options.batch_rows = batch_rows;
  options.max_row_bytes = max_row_bytes;
  return options;
}

std::unique_ptr<Stream> open_file(const fs::path& path, const ReadOptions& options = {}) {
  const std::string first = read_file(path).substr(0, 4096);
  for (const Reader& reader : readers())
    if (!reader.folders && reader.recognises(path, first)) return reader.open(path, options);
  fail(ErrorKind::not_found, "{}: not recognised", path.string());
}

Json rows_of(Stream& stream) {
  Json out = Json::array();
  for (Batch batch; stream.next(batch);)
    for (std::size_t row = 0; row < batch.rows; ++row) out.push_back(to_json(stream.schema(), batch, row));
  return out;
}

Json types_of(const Schema& schema) {
  Json out = Json::object();
  for (const Field& field : schema) out[field.name] = type_text(field);
  return out;
}

// Every column read to its end, so that nothing in the file is left out.
std::size_t read_all(const fs::path& path, const ReadOptions& options = {}) {
  const auto stream = open_file(path, options);
  std::size_t rows = 0;
  for (Batch batch; stream->next(batch);) {
    rows += batch.rows;
    for (std::size_t row = 0; row < batch.rows; ++row) (void)to_json(stream->schema(), batch, row);
  }
  return rows;
}

}  // namespace

TEST_CASE("Parquet and Arrow files of every codec, page version and type are read as pyarrow reads them" * doctest::skip(no_module())) {
  const Json expected = parse_json(read_file(kFolder / "expected.json"), "expected.json");
  CHECK(expected.size() > 40);
  for (const auto& [name, said] : expected.items()) {
    CAPTURE(name);
    for (const std::size_t batch_rows : {1000u, 3u}) {
      const auto stream = open_file(kFolder / name, with_rows(batch_rows));
      CHECK(types_of(stream->schema()) == said["types"]);
      const Json rows = rows_of(*stream);
      CHECK(rows.size() == said["rows"].size());
      for (std::size_t row = 0; row < rows.size(); ++row) CHECK(rows[row] == said["rows"][row]);
    }
  }
}

TEST_CASE("a hundred thousand generated rows over four row groups come back in order" * doctest::skip(no_module())) {
  const std::string_view words[] = {"one", "", "", "둘", "a\u0301 \U0001f600"};
  const auto stream = open_file(kFolder / "generated.parquet");
  CHECK(stream->rows() == 100'000);
  std::int64_t i = 0;
  bool equal = true;
  for (Batch batch; stream->next(batch);) {
    CHECK(batch.rows <= 1024);
    for (std::size_t row = 0; row < batch.rows; ++row, ++i) {
      const Column& list = batch.columns[3];
      equal &= batch.columns[0].integers[row] == i && batch.columns[1].reals[row] == double(i) / 8;
      equal &= batch.columns[2].has(row) == (i % 6 != 2);
      equal &= i % 6 == 5 ? batch.columns[2].texts[row].size() == 80 : batch.columns[2].texts[row] == words[i % 6];
      const std::uint64_t begin = list.offsets[row], end = list.offsets[row + 1];
      equal &= list.has(row) == (i % 5 != 0) && end - begin == std::uint64_t(i % 5 ? i % 3 : 0);
      for (std::uint64_t k = begin; k < end; ++k) equal &= list.children[0].integers[k] == i;
    }
  }
  CHECK(i == 100'000);
  CHECK(equal);
}

TEST_CASE("rows are passed over without being read" * doctest::skip(no_module())) {
  const auto stream = open_file(kFolder / "generated.parquet", only({"id"}));
  Batch batch;
  for (std::uint64_t passed = 0; passed < 65'432;) passed += stream->pass(65'432 - passed);
  REQUIRE(stream->next(batch));
  CHECK(batch.columns[0].integers[0] == 65'432);
  CHECK(stream->pass(7) == 7);
  REQUIRE(stream->next(batch));
  CHECK(batch.columns[0].integers[0] == 65'432 + 1024 + 7);
}

TEST_CASE("a batch outlives its stream" * doctest::skip(no_module())) {
  for (const char* name : {"groups.parquet", "scalars.feather", "missing_with_items.arrows"}) {
    Batch batch;
    Schema schema;
    {
      const auto stream = open_file(kFolder / name);
      schema = stream->schema();
      REQUIRE(stream->next(batch));
    }
    const auto again = open_file(kFolder / name);
    Batch same;
    REQUIRE(again->next(same));
    for (std::size_t row = 0; row < batch.rows; ++row) CHECK(to_json(schema, batch, row) == to_json(schema, same, row));
  }
}

TEST_CASE("only the columns that are named are read, and an unknown one is told with those there are" * doctest::skip(no_module())) {
  for (const char* name : {"groups.parquet", "batches_zstd.arrows"}) {
    const auto stream = open_file(kFolder / name, only({"text", "id"}));
    CHECK(dump(types_of(stream->schema())) == R"({"id":"integer","text":"text"})");
    CHECK(rows_of(*stream).size() == 40);
    const std::string message = testing::error_of([&] { open_file(kFolder / name, only({"title"})); });
    CHECK(message.contains("no column title"));
    CHECK(message.contains("id, real, text, list"));
  }
}

TEST_CASE("names of classes and pictures are told by the schema's metadata" * doctest::skip(no_module())) {
  const auto stream = open_file(kFolder / "huggingface.parquet");
  const Schema& schema = stream->schema();
  CHECK(schema[0].type == Type::image);
  CHECK(schema[1].labels == std::vector<std::string>{"neg", "pos"});
  CHECK(schema[2].children[0].labels == std::vector<std::string>{"O", "B-PER"});
  Batch batch;
  REQUIRE(stream->next(batch));
  CHECK(batch.columns[0].texts[0] == "\x89PNG one");
  CHECK(!batch.columns[0].has(1));
  CHECK(batch.columns[0].texts[2] == "\x89PNG two");
}

TEST_CASE("a type or value without a place here names its column" * doctest::skip(no_module())) {
  const std::string type = testing::error_of([] { read_all(kFolder / "union.arrows"); });
  CHECK(type.contains("column either"));
  CHECK(type.contains("sparse_union"));
  CHECK(read_all(kFolder / "union.arrows", only({"good"})) == 2);
  CHECK(testing::error_of([] { read_all(kFolder / "uint64.parquet"); }).contains("row 2: column big: 9223372036854775808"));
  CHECK(testing::error_of([] { read_all(kFolder / "not_utf8.parquet"); }).contains("row 2: column text: not UTF-8"));
}

TEST_CASE("a text longer than a row may be is refused" * doctest::skip(no_module())) {
  CHECK(testing::refuses(ErrorKind::limit, [] { read_all(kFolder / "groups.parquet", with_rows(1024, 10)); }));
}

TEST_CASE("rows that are large only once they are unpacked are read in small blocks" * doctest::skip(no_module())) {
  const auto stream = open_file(kFolder / "bomb.parquet");
  std::size_t rows = 0;
  for (Batch batch; stream->next(batch);) {
    rows += batch.rows;
    CHECK(batch.columns[0].texts[0].size() == 1 << 20);
    CHECK(batch.rows <= 16);
  }
  CHECK(rows == 1100);
}

TEST_CASE("a file cut anywhere is an error that names it" * doctest::skip(no_module())) {
  const testing::Scratch scratch;
  for (const char* name : {"nested.parquet", "scalars.arrow", "scalars.feather", "batches_zstd.arrows"}) {
    const std::string whole = read_file(kFolder / name);
    for (std::size_t size = 16; size < whole.size(); size += 97) {
      const fs::path cut = scratch.put(name, std::string_view(whole).substr(0, size));
      CAPTURE(name);
      CAPTURE(size);
      // A stream that ends between two messages is whole.
      const std::string message = testing::error_of([&] { read_all(cut); });
      CHECK((message.contains(name) || std::string_view(name).ends_with(".arrows")));
    }
  }
}

TEST_CASE("bytes that somebody changed never do more than an error" * doctest::skip(no_module())) {
  const testing::Scratch scratch;
  for (const char* name : {"nested.parquet", "snappy_v2_dictionary.parquet", "scalars.arrow", "batches_zstd.arrows"}) {
    const std::string whole = read_file(kFolder / name);
    for (std::size_t at = 0; at < whole.size(); at += 13) {
      std::string changed = whole;
      changed[at] = char(changed[at] ^ (1 << at % 8));
      const fs::path path = scratch.put(name, changed);
      (void)testing::error_of([&] { read_all(path); });
    }
  }
}

}  // namespace maru::data
