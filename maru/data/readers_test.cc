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
  // Whatever is no text is told already while the schema is found out, and once.
  CHECK(told == "4 is not UTF-8 at byte 0 of the line; if the file has another encoding, say --encoding NAME\n2 is not valid JSON at byte 6\n");
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

TEST_CASE("CSV cells get the type of their column") {
  const Scratch folder;
  const Read got = read(folder.put("a.csv", "n,x,b,t,zip\n1,2,True,,007\n-5,1.5,false,\"\",12\n,,,z,9\n"));
  CHECK(got.schema == "n integer, x real, b boolean, t text, zip text");
  CHECK(got.rows == "{\"n\":1,\"x\":2.0,\"b\":true,\"t\":null,\"zip\":\"007\"}\n{\"n\":-5,\"x\":1.5,\"b\":false,\"t\":\"\",\"zip\":\"12\"}\n"
                    "{\"n\":null,\"x\":null,\"b\":null,\"t\":\"z\",\"zip\":\"9\"}\n");
}

TEST_CASE("a quoted cell may hold delimiters, quotes and line ends, and lines are still counted right") {
  const Scratch folder;
  const auto path = folder.put("a.csv", "n,t\r\n1,\"a,\"\"b\"\"\r\nc\"\r\n2,5\" disk\r\nx,end\r\n");
  CHECK(read(path, {.columns = {"t"}}).rows == "{\"t\":\"a,\\\"b\\\"\\r\\nc\"}\n{\"t\":\"5\\\" disk\"}\n{\"t\":\"end\"}\n");
  CHECK(error_of([&] { read(path, {.infer_bytes = 20}); }) == path.string() + ":5: column n: expected an integer, got \"x\"");
}

TEST_CASE("a CSV row of another width is a bad row") {
  const Scratch folder;
  const auto path = folder.put("a.csv", "a,b\n1,2\n1,2,3\n\n4,5\n6\n");
  CHECK(error_of([&] { read(path); }) == path.string() + ":3: expected 2 cells, got 3");
  std::string told;
  ReadOptions options{.skip_bad_rows = true};
  options.skipped = [&](const Place& place, const Phrase& why) { told += fmt::format("{} {}; ", place.number, why); };
  CHECK(read(path, options).rows == "{\"a\":1,\"b\":2}\n{\"a\":4,\"b\":5}\n");
  CHECK(told == "3 expected 2 cells, got 3; 6 expected 2 cells, got 1; ");
}

TEST_CASE("quotes that do not close are told, with a way out") {
  const Scratch folder;
  const auto open_quote = folder.put("a.csv", "a,b\n1,\"2\n3,4\n"), in_cell = folder.put("b.csv", "a,b\n1,\"2\"x\n");
  CHECK(error_of([&] { read(open_quote); }) ==
        open_quote.string() + ":2: a quote opens and is never closed; if quotes mean nothing in this file, say --no-quotes");
  CHECK(error_of([&] { read(in_cell); }).contains(":2: something stands behind a closing quote"));
  CHECK(read(open_quote, {.quotes = false}).rows == "{\"a\":1,\"b\":\"\\\"2\"}\n{\"a\":3,\"b\":\"4\"}\n");
}

TEST_CASE("the delimiter and the header of a table are told from it, and said") {
  const Scratch folder;
  std::string said;
  ReadOptions options;
  options.note = [&](const Phrase& note) { said += note.text + "\n"; };
  const auto path = folder.put("a.csv", "1;x\n2;y\n");
  CHECK(read(path, options).rows == "{\"column_1\":1,\"column_2\":\"x\"}\n{\"column_1\":2,\"column_2\":\"y\"}\n");
  CHECK(said == path.string() + ": the cells are parted by ;; say --delimiter if they are not\n" + path.string() +
                    ": the first row holds numbers and is no header; say --header if it is one\n");
  CHECK(read(path, {.delimiter = ',', .header = true}).rows == "{\"1;x\":\"2;y\"}\n");
  CHECK(read(folder.put("ratings.txt", "id\tdocument\tlabel\n9\t아 더빙..\t0\n")).rows == "{\"id\":9,\"document\":\"아 더빙..\",\"label\":0}\n");
}

TEST_CASE("files without rows give none") {
  const Scratch folder;
  for (const char* name : {"a.csv", "a.jsonl", "a.json", "a.txt", "a.conll"}) {
    CAPTURE(name);
    CHECK(read(folder.put(name, "")).rows.empty());
  }
  CHECK(read(folder.put("b.csv", "a,b\n")).schema == "a text, b text");
  CHECK(read(folder.put("b.json", " [ ] ")).rows.empty());
}

TEST_CASE("CoNLL-2003 sentences become rows of lists") {
  const Scratch folder;
  const Read got = read(folder.put("eng.testa", "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n# # O O\nPeter NNP B-NP B-PER\n"));
  CHECK(got.schema == "tokens list of text, pos_tags list of text, chunk_tags list of text, ner_tags list of text");
  CHECK(got.rows == "{\"tokens\":[\"EU\",\"rejects\"],\"pos_tags\":[\"NNP\",\"VBZ\"],\"chunk_tags\":[\"B-NP\",\"B-VP\"],\"ner_tags\":[\"B-ORG\",\"O\"]}\n"
                    "{\"tokens\":[\"#\",\"Peter\"],\"pos_tags\":[\"#\",\"NNP\"],\"chunk_tags\":[\"O\",\"B-NP\"],\"ner_tags\":[\"O\",\"B-PER\"]}\n");
}

TEST_CASE("KLUE-NER's comments and tokens that are spaces") {
  const Scratch folder;
  const auto path = folder.put("klue-ner_train.tsv", "## klue-ner-v1_000000\t<경찰:OG>은\n경\tB-OG\n찰\tI-OG\n \tO\n\n## 2\t나\n나\tO\n");
  CHECK(find(path).reader->name == "conll");
  CHECK(read(path).rows == "{\"tokens\":[\"경\",\"찰\",\" \"],\"ner_tags\":[\"B-OG\",\"I-OG\",\"O\"]}\n{\"tokens\":[\"나\"],\"ner_tags\":[\"O\"]}\n");
  const auto bad = folder.put("bad.conll", "a\tO\nb\n\nc\tO\n");
  CHECK(error_of([&] { read(bad); }) == bad.string() + ":2: expected 2 cells, got 1");
  CHECK(read(bad, {.skip_bad_rows = true}).rows == "{\"tokens\":[\"c\"],\"ner_tags\":[\"O\"]}\n");
}

TEST_CASE("SQuAD's questions become rows with their passage") {
  const Scratch folder;
  const auto path = folder.put("dev-v2.0.json", R"({"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": "가나다", "qas": [
    {"id": "1", "question": "q1", "answers": [{"text": "나", "answer_start": 1}, {"text": "다", "answer_start": 2}], "is_impossible": false},
    {"id": "2", "question": "q2", "answers": [], "is_impossible": true}]}]},
    {"paragraphs": [{"context": "c", "qas": [{"id": "3", "question": "q3", "answers": [{"text": "c", "answer_start": 0}]}]}]}]})");
  CHECK(find(path).reader->name == "squad");
  CHECK(read(path).rows ==
        "{\"id\":\"1\",\"title\":\"T\",\"context\":\"가나다\",\"question\":\"q1\",\"answers\":{\"text\":[\"나\",\"다\"],\"answer_start\":[1,2]}}\n"
        "{\"id\":\"2\",\"title\":\"T\",\"context\":\"가나다\",\"question\":\"q2\",\"answers\":{\"text\":[],\"answer_start\":[]}}\n"
        "{\"id\":\"3\",\"title\":null,\"context\":\"c\",\"question\":\"q3\",\"answers\":{\"text\":[\"c\"],\"answer_start\":[0]}}\n");
}

TEST_CASE("KorQuAD 2's articles are one passage each, with one answer to a question") {
  const Scratch folder;
  const auto path = folder.put("korquad2.1_dev_00.json", R"({"version": "KorQuAD_2.1_dev_00", "data": [{"context": "<p>가나다</p>", "qas": [
    {"answer": {"text": "나", "answer_start": 4, "html_answer_start": 9, "html_answer_text": "<b>나</b>"}, "id": "1", "question": "q1"}],
    "raw_html": "<html><p>가<b>나</b>다</p>", "title": "T", "url": "u"}]})");
  CHECK(find(path).reader->name == "squad");
  CHECK(read(path).rows == "{\"id\":\"1\",\"title\":\"T\",\"context\":\"<p>가나다</p>\",\"question\":\"q1\","
                           "\"answers\":{\"text\":[\"나\"],\"answer_start\":[4]}}\n");
}

TEST_CASE("JSON arrays are read item by item, with their lines") {
  const Scratch folder;
  CHECK(read(folder.put("a.json", "[\n {\"a\": [{\"b\": \"]}\\\"\"}], \"c\": 1} ,{\"c\":2}\n]")).rows ==
        "{\"a\":[{\"b\":\"]}\\\"\"}],\"c\":1}\n{\"a\":null,\"c\":2}\n");
}

TEST_CASE("damaged JSON files are told to be, and so is what they should hold") {
  const Scratch folder;
  const auto said = [&](std::string_view content) {
    const auto path = folder.put("a.json", content);
    const std::string error = error_of([&] { read(path); });
    return error.starts_with(path.string()) ? error.substr(path.string().size()) : error;
  };
  CHECK(said("{\"data\": [{\"a\": 1},\n {\"a\": 2") == ":2: is not valid JSON: the file ends inside a value; was it cut off?");
  CHECK(said("[{\"a\": 1},\n 2]") == ":2: expected a JSON object like {\"text\": \"…\"}, got the number 2");
  CHECK(said("{\n\"rows\": [], \"n\": 1}") == ": expected an array of objects, or an object with one under \"data\"; got an object with rows, n");
  CHECK(said("[{\"a\": 1}] x") == ":1: is not valid JSON: something stands behind the end");
  CHECK(read(folder.put("b.json", "{\"a\": 1}\n{\"a\": 2}\n")).rows == "{\"a\":1}\n{\"a\":2}\n");
}

TEST_CASE("gzip'd files are read as what they hold, and a cut one is told") {
  const Scratch folder;
  const std::string packed = read_file(std::filesystem::path(MARU_TESTS) / "golden" / "data" / "text" / "nested.jsonl.gz");
  const auto path = folder.put("a.jsonl.gz", std::string_view(packed).substr(0, packed.size() / 2));
  CHECK(error_of([&] { read(path); }) == path.string() + ": the gzip file ends in the middle; it was cut off");
}

TEST_CASE("splits are told from shards, folders and words of names") {
  const Scratch folder;
  const auto splits = [&](std::vector<std::string> names) {
    const std::filesystem::path root = folder.path / "set";
    std::filesystem::remove_all(root);
    for (const std::string& name : names) {
      std::filesystem::create_directories((root / name).parent_path());
      write_file(root / name, "{\"a\":1}\n");
    }
    std::string out;
    for (const Split& split : find(root).splits) out += fmt::format("{}:{} ", split.name, split.files.size());
    return out;
  };
  CHECK(splits({"train.jsonl", "dev.jsonl", "test.jsonl"}) == "train:1 validation:1 test:1 ");
  CHECK(splits({"data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl", "data/test-00000-of-00001.jsonl", "README.md"}) == "train:2 test:1 ");
  CHECK(splits({"data/unsupervised-00000-of-00001.jsonl", "data/train-00000-of-00001.jsonl"}) == "train:1 unsupervised:1 ");
  CHECK(splits({"train/a.jsonl", "train/b.jsonl", "val/a.jsonl"}) == "train:2 validation:1 ");
  CHECK(splits({"my_train_file.jsonl", "trainer_eval.jsonl"}) == "train:1 test:1 ");
  CHECK(splits({"a.jsonl", "b.jsonl"}) == "all:2 ");
  CHECK(splits({"train.jsonl", "extra.jsonl"}) == "train:1 extra:1 ");
}

TEST_CASE("what cannot be found or told apart is explained") {
  const Scratch folder;
  folder.put("a.jsonl", "{}\n");
  folder.put("b.csv", "a\n");
  CHECK(error_of([&] { find(folder.path); }).contains("holds files of several formats: "));
  CHECK(error_of([&] { find(folder.path / "none"); }).ends_with("none: no such file or folder"));
  CHECK(error_of([&] { find(folder.put("x.bin", "abc")); }).contains("none of its files (x.bin) is of a format that is read ("));
  CHECK(error_of([&] { find(folder.path / "*.parq"); }).ends_with("no file matches this pattern"));
  CHECK(find(folder.path / "*.csv").reader->name == "csv");
  CHECK(error_of([&] { read(folder.path / "b.csv", {.unit = "line"}); }).starts_with("the format csv takes no unit; it takes: schema"));
}

TEST_CASE("the files of a split must have the same columns") {
  const Scratch folder;
  folder.put("train-1.csv", "a,b\n1,2\n");
  folder.put("train-2.csv", "b,a\n3,4\n");
  CHECK(read(folder.path / "train-*.csv").rows == "{\"a\":1,\"b\":2}\n{\"a\":4,\"b\":3}\n");
  folder.put("train-2.csv", "a,c\n3,4\n");
  CHECK(error_of([&] { read(folder.path / "train-*.csv"); }).ends_with("train-2.csv: has a column c that the files before do not have"));
}

}  // namespace
}  // namespace maru::data
