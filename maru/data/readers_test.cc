#include <doctest/doctest.h>

#include "maru/base/file.h"
#include "maru/data/batch.h"
#include "maru/data/data.h"
#include "tests/scratch.h"

namespace maru::data {
namespace {

using testing::error_of;
using testing::Scratch;

std::string rows_of_stream(Stream& stream) {
  std::string out;
  for (Batch batch; stream.next(batch);)
    for (std::size_t row = 0; row < batch.rows; ++row) out += dump(to_json(stream.schema(), batch, row)) + "\n";
  return out;
}

std::string schema_text(const Stream& stream) {
  std::string out;
  for (const Field& field : stream.schema()) out += (out.empty() ? "" : ", ") + field.name + " " + type_text(field);
  return out;
}

struct Read {
  std::string schema, rows;
};
Read read(const std::filesystem::path& path, const ReadOptions& options = {}, std::string_view format = {}) {
  const DataSet set = find(path, format);
  const auto stream = open(set, set.splits[0].name, options);
  return {schema_text(*stream), rows_of_stream(*stream)};
}

TEST_CASE("text gives a row per line, and the last line needs no end") {
  const Scratch folder;
  CHECK(read(folder.put("a.txt", "하나\r\n\ntwo")).rows == "{\"text\":\"하나\"}\n{\"text\":\"\"}\n{\"text\":\"two\"}\n");
  CHECK(read(folder.put("empty.txt", "")).rows.empty());
}

TEST_CASE("paragraphs are what empty lines part") {
  const Scratch folder;
  CHECK(read(folder.put("a.txt", "\n\na\nb\n  \n\nc\n"), {.unit = "paragraph"}).rows == "{\"text\":\"a\\nb\"}\n{\"text\":\"c\"}\n");
  CHECK(read(folder.put("b.txt", "a\n\nb\n"), {.unit = "document"}).rows == "{\"text\":\"a\\n\\nb\"}\n");
}

TEST_CASE("a byte order mark is no text") {
  const Scratch folder;
  CHECK(read(folder.put("a.txt", "\xef\xbb\xbfone\n")).rows == "{\"text\":\"one\"}\n");
}

TEST_CASE("a CP949 file is told to be one, and read when it is said") {
  const Scratch folder;
  const auto path = folder.put("a.txt", "first\n\xb0\xa1\xb3\xaa\xb4\xd9\n");  // 가나다
  CHECK(error_of([&] { read(path); }) ==
        path.string() + ":2: is not UTF-8 at byte 0 of the line, but could be CP949 (EUC-KR); say --encoding cp949");
  CHECK(read(path, {.encoding = "cp949"}).rows == "{\"text\":\"first\"}\n{\"text\":\"가나다\"}\n");
  CHECK(error_of([&] { read(path, {.encoding = "klingon"}); }).contains("no encoding that iconv knows"));
}

TEST_CASE("UTF-16 is told to be UTF-16, and read when it is said") {
  const Scratch folder;
  const auto path = folder.put("a.txt", std::string("\xff\xfe" "a\0\n\0", 6));
  CHECK(error_of([&] { read(path); }) == path.string() + ": is UTF-16, not UTF-8; say --encoding utf-16");
  CHECK(read(path, {.encoding = "utf-16"}).rows == "{\"text\":\"a\"}\n");
}

TEST_CASE("JSON lines become columns by the types of their first rows") {
  const Scratch folder;
  const Read got = read(folder.put("a.jsonl",
                                   "{\"n\":1,\"x\":1,\"s\":\"가\\n\\u00e9\",\"b\":true,\"l\":[1,2],\"r\":{\"a\":null}}\n\n"
                                   "{\"x\":2.5,\"n\":-9223372036854775808,\"b\":null,\"l\":[],\"r\":{\"a\":\"z\"},\"new\":\"k\"}\r\n"));
  CHECK(got.schema == "n integer, x real, s text, b boolean, l list of integer, r record {a}, new text");
  CHECK(got.rows == "{\"n\":1,\"x\":1.0,\"s\":\"가\\né\",\"b\":true,\"l\":[1,2],\"r\":{\"a\":null},\"new\":null}\n"
                    "{\"n\":-9223372036854775808,\"x\":2.5,\"s\":null,\"b\":null,\"l\":[],\"r\":{\"a\":\"z\"},\"new\":\"k\"}\n");
}

TEST_CASE("numbers and text in one JSON column become text") {
  const Scratch folder;
  CHECK(read(folder.put("a.jsonl", "{\"v\":1}\n{\"v\":\"x\"}\n{\"v\":2.5}\n{\"v\":false}\n{\"v\":18446744073709551615}\n")).rows ==
        "{\"v\":\"1\"}\n{\"v\":\"x\"}\n{\"v\":\"2.5\"}\n{\"v\":\"false\"}\n{\"v\":\"18446744073709551615\"}\n");
}

TEST_CASE("a bad JSON row names its file, line and column") {
  const Scratch folder;
  const std::string good(100, ' ');
  const auto fails = [&](std::string_view line) {
    const auto path = folder.put("a.jsonl", "{\"n\":1,\"r\":{\"m\":[1]}}\n" + std::string(line) + "\n");
    const std::string said = error_of([&] { read(path, {.infer_bytes = 1}); });
    return said.starts_with(path.string()) ? said.substr(path.string().size()) : said;
  };
  // The block that is read first holds both lines: what the schema is told from ends after the first.
  CHECK(fails("{\"n\":1.5}") == ":2: column n: expected an integer, got the number 1.5");
  CHECK(fails("{\"n\":\"x\"}") == ":2: column n: expected an integer, got a string");
  CHECK(fails("{\"r\":{\"m\":[1,{}]}}") == ":2: column m: expected an integer, got an object");
  CHECK(fails("{\"z\":1}") ==
        ":2: the key \"z\" is in none of the rows that the schema was told from; look further with --infer-bytes");
  CHECK(fails("{\"n\":1,\"n\":2}") == ":2: the key \"n\" stands twice in one object");
  CHECK(fails("{\"n\":1,}") == ":2: is not valid JSON at byte 8");
  CHECK(fails("[1]") == ":2: expected a JSON object like {\"text\": \"…\"}, got an array");
}

TEST_CASE("bad rows are left out and counted where that is asked") {
  const Scratch folder;
  std::string told;
  ReadOptions options{.skip_bad_rows = true};
  options.skipped = [&](const Place& place, const Phrase& why) { told += fmt::format("{} {}\n", place.number, why); };
  const auto path = folder.put("a.jsonl", "{\"n\":1}\n{\"n\":\n{\"n\":3}\n\xff\n{\"n\":4}\n");
  CHECK(read(path, options).rows == "{\"n\":1}\n{\"n\":3}\n{\"n\":4}\n");
  CHECK(told == "2 is not valid JSON at byte 6\n4 is not UTF-8 at byte 0 of the line; if the file has another encoding, say --encoding NAME\n");
}

TEST_CASE("a line that is too long is an error before it is read") {
  const Scratch folder;
  const auto path = folder.put("a.jsonl", "{\"n\":1}\n" + std::string(3'000'000, ' ') + "\n");
  CHECK(error_of([&] { read(path, {.max_row_bytes = 1'000'000}); }) ==
        path.string() + ":2: the row is longer than 1000000 bytes; raise --max-row-bytes if it is meant to be");
}

TEST_CASE("only the columns asked for are read") {
  const Scratch folder;
  const auto path = folder.put("a.jsonl", "{\"a\":1,\"b\":2,\"c\":3}\n");
  CHECK(read(path, {.columns = {"c", "a"}}).rows == "{\"a\":1,\"c\":3}\n");
  CHECK(error_of([&] { read(path, {.columns = {"d"}}); }) == "there is no column d; there are: a, b, c");
}

}  // namespace
}  // namespace maru::data
