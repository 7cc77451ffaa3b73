// IDX, CIFAR and folders of pictures that numpy and Pillow wrote (tools/golden_pictures.py), read back; and files that lie.
#include <doctest/doctest.h>

#include <algorithm>

#include "maru/base/file.h"
#include "maru/data/batch.h"
#include "maru/data/data.h"
#include "maru/io/image.h"
#include "tests/scratch.h"

namespace maru::data {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(MARU_TESTS) / "golden/data";

const Reader& reader(std::string_view name) { return *std::ranges::find(readers(), name, &Reader::name); }

std::unique_ptr<Stream> open_with(std::string_view name, const fs::path& path, const ReadOptions& options = {}) {
  return reader(name).open(path, options);
}

ReadOptions rows_of_two() {
  ReadOptions options;
  options.batch_rows = 2;
  return options;
}

// All rows; texts stay where their batches keep them.
std::vector<Batch> read_all(Stream& stream) {
  std::vector<Batch> out;
  for (Batch batch; stream.next(batch);) out.push_back(std::move(batch));
  return out;
}

io::Image decoded(std::string_view bytes) { return io::decode_image(std::as_bytes(std::span(bytes)), "picture"); }

std::string number(std::uint32_t value) {  // big-endian
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(char(value >> shift));
  return out;
}

}  // namespace

TEST_CASE("IDX pictures come with the labels that lie beside them, packed or not") {
  for (const auto& [name, many] : {std::pair("train-images-idx3-ubyte.gz", 5), std::pair("t10k-images-idx3-ubyte", 2)}) {
    const auto stream = open_with("idx", kFolder / "idx" / name, rows_of_two());
    CHECK(stream->schema()[0].shape == std::vector<std::int64_t>{4, 5, 1});
    CHECK(stream->schema()[1].name == "label");
    CHECK(stream->rows() == std::uint64_t(many));
    int row = 0;
    for (const Batch& batch : read_all(*stream))
      for (std::size_t i = 0; i < batch.rows; ++i, ++row) {
        const std::string_view pixels = batch.columns[0].texts[i];
        REQUIRE(pixels.size() == 20);
        for (int k = 0; k < 20; ++k) CHECK(std::uint8_t(pixels[std::size_t(k)]) == (row * 20 + k) * 7 % 256);
        CHECK(batch.columns[1].integers[i] == row * 3 % 10);
      }
    CHECK(row == many);
  }
}

TEST_CASE("IDX files of every type of number are read") {
  for (const char* name : {"uint8", "int8", "int16", "int32", "float32", "float64"}) {
    CAPTURE(name);
    const auto stream = open_with("idx", kFolder / "idx_numbers" / (std::string(name) + ".idx"));
    CHECK(stream->schema()[0].shape == std::vector<std::int64_t>{2});
    const auto batches = read_all(*stream);
    REQUIRE(batches.size() == 1);
    const Column& items = batches[0].columns[0].children[0];
    const bool real = std::string_view(name).starts_with("float"), byte = std::string_view(name).ends_with("8");
    const bool is_signed = std::string_view(name) != "uint8";
    for (int i = 0; i < 6; ++i) {
      const int value = (i - (is_signed ? 3 : 0)) * (byte ? 40 : 1000);
      if (real) CHECK(items.reals[std::size_t(i)] == value / 8.0);
      else CHECK(items.integers[std::size_t(i)] == value);
    }
  }
  CHECK(open_with("idx", kFolder / "idx_numbers/colours.idx")->schema()[0].shape == std::vector<std::int64_t>{2, 2, 3});
}

TEST_CASE("an IDX file's sizes are held against the file before memory is taken") {
  const testing::Scratch scratch;
  const std::string head("\0\0\x08\x03", 4);
  const auto message = [&](const std::string& content) {
    const fs::path path = scratch.put("hostile.idx", content);
    return testing::error_of([&] { read_all(*open_with("idx", path)); });
  };
  CHECK(message(head + number(1) + number(2) + number(2) + "abc").contains("but the file has 19 bytes"));
  CHECK(message(head + number(1) + number(2) + number(2) + "abcde").contains("but the file has 21 bytes"));
  CHECK(message(head + number(1) + number(0xffffffff) + number(0xffffffff)).contains("the limit"));
  CHECK(message(head + number(0xffffffff) + number(28) + number(28)).contains("4294967295 rows of 784 bytes"));
  CHECK(message(head + number(1) + number(0) + number(5)).contains("dimension 1 has size 0"));
  CHECK(message(std::string("\0\0\x08\x09", 4) + std::string(40, '\1')).contains("9 dimensions"));
  CHECK(message(std::string("\0\0\x0a\x01", 4) + number(1)).contains("not an IDX file"));
  CHECK(message(head).contains("ends early"));
  const std::string packed = read_file(kFolder / "idx/train-images-idx3-ubyte.gz");
  CHECK(!message(packed.substr(0, packed.size() / 2)).empty());
}

TEST_CASE("pictures and labels of different number are refused") {
  const testing::Scratch scratch;
  const fs::path pictures = scratch.put("train-images-idx3-ubyte", read_file(kFolder / "idx/t10k-images-idx3-ubyte"));
  scratch.put("train-labels-idx1-ubyte.gz", read_file(kFolder / "idx/train-labels-idx1-ubyte.gz"));
  CHECK(testing::error_of([&] { open_with("idx", pictures); }).contains("2 rows, but"));
}

TEST_CASE("CIFAR's pixels stand colour by colour in the file and together in the row") {
  for (const auto& [folder, file, labels] : {std::tuple("cifar10", "data_batch_1.bin", 1), std::tuple("cifar100", "train.bin", 2)}) {
    const auto stream = open_with("cifar", kFolder / folder / file);
    CHECK(stream->schema().size() == std::size_t(labels) + 1);
    CHECK(stream->schema().back().labels.size() == (labels == 1 ? 10 : 100));
    CHECK(stream->schema().back().labels[3] == (labels == 1 ? "cat" : "fine 3"));
    const auto batches = read_all(*stream);
    REQUIRE(batches.size() == 1);
    REQUIRE(batches[0].rows == 2);
    bool equal = true;
    for (int row = 0; row < 2; ++row) {
      const std::string_view pixels = batches[0].columns[0].texts[std::size_t(row)];
      for (int i = 0; i < 3072; ++i) equal &= std::uint8_t(pixels[std::size_t(i % 1024 * 3 + i / 1024)]) == (row * 3072 + i) * 31 % 251;
      for (int i = 0; i < labels; ++i) CHECK(batches[0].columns[std::size_t(i) + 1].integers[std::size_t(row)] == row + 3 * i);
    }
    CHECK(equal);
  }
}

TEST_CASE("a CIFAR file cut short or with a class that is not there is refused") {
  const testing::Scratch scratch;
  const std::string whole = read_file(kFolder / "cifar10/test_batch.bin");
  const fs::path cut = scratch.put("test_batch.bin", whole.substr(0, 3000));
  CHECK(testing::error_of([&] { open_with("cifar", cut); }).contains("expected a multiple of 3073"));
  const fs::path wrong = scratch.put("data_batch_1.bin", "\x0a" + whole.substr(1));
  CHECK(testing::error_of([&] { read_all(*open_with("cifar", wrong)); }).contains("row 1: label 10, expected less than 10"));
}

TEST_CASE("a folder per class gives labels by name, alike in every split") {
  const auto train = open_with("image_folder", kFolder / "image_folder/train");
  CHECK(train->schema()[1].labels == std::vector<std::string>{"cat", "dog"});
  const auto batches = read_all(*train);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].columns[1].integers == std::vector<std::int64_t>{0, 0, 1});
  CHECK(decoded(batches[0].columns[0].texts[0]).pixels[0] == 40);  // a.png before b.png
  CHECK(decoded(batches[0].columns[0].texts[2]).width == 3);
  const auto test = open_with("image_folder", kFolder / "image_folder/test/");
  CHECK(test->schema() == train->schema());
  CHECK(read_all(*test)[0].columns[1].integers == std::vector<std::int64_t>{1});
}

TEST_CASE("what is no picture in a folder of pictures is told, and a false picture is a bad row") {
  const testing::Scratch scratch;
  fs::create_directories(scratch.path / "cat");
  fs::copy(kFolder / "image_folder/train/cat/a.png", scratch.path / "cat/a.png");
  scratch.put("cat/b.png", "no picture");
  scratch.put("cat/notes.txt", "no picture");
  ReadOptions options;
  std::string told, skipped;
  options.note = [&](const Phrase& note) { told = note.text; };
  CHECK(testing::error_of([&] { read_all(*open_with("image_folder", scratch.path, options)); }).contains("b.png: is neither PNG nor JPEG"));
  CHECK(told.contains("or in no class: 1"));
  options.skip_bad_rows = true;
  options.skipped = [&](const Place& place, const Phrase&) { skipped = place.file; };
  CHECK(read_all(*open_with("image_folder", scratch.path, options))[0].rows == 1);
  CHECK(skipped.ends_with("b.png"));
}

TEST_CASE("pictures are named by a table beside them, never outside the folder") {
  if (std::ranges::find(readers(), "jsonl", &Reader::name) == readers().end()) return;
  const auto stream = open_with("image_folder", kFolder / "image_table");
  const auto batches = read_all(*stream);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].rows == 2);
  CHECK(decoded(Row(stream->schema(), batches[0], 0).text("image")).width == 2);
  CHECK(Row(stream->schema(), batches[0], 1).text("text") == "a first");
  const testing::Scratch scratch;
  scratch.put("one.png", "");
  for (const char* name : {"../one.png", "/etc/passwd", "a/../../one.png", ""}) {
    scratch.put("metadata.jsonl", std::string(R"({"file_name": ")") + name + "\"}\n");
    const std::string message = testing::error_of([&] { read_all(*open_with("image_folder", scratch.path)); });
    CHECK(message.contains("does not name a picture in this folder"));
  }
}

TEST_CASE("picture data sets are recognised by names and first bytes, and their splits by their customs") {
  const std::string idx = read_file(kFolder / "idx/t10k-images-idx3-ubyte");
  CHECK(reader("idx").recognises(kFolder / "idx/t10k-images-idx3-ubyte", idx));
  CHECK(!reader("idx").recognises(kFolder / "idx/t10k-labels-idx1-ubyte", read_file(kFolder / "idx/t10k-labels-idx1-ubyte")));
  CHECK(reader("idx").split_of(kFolder / "idx/t10k-images-idx3-ubyte") == "test");
  CHECK(reader("cifar").recognises(kFolder / "cifar10/data_batch_2.bin", "x"));
  CHECK(reader("cifar").recognises(kFolder / "cifar100/test.bin", "x"));
  CHECK(!reader("cifar").recognises(kFolder / "idx/test.bin", "x"));
  CHECK(reader("cifar").split_of("cifar10/test_batch.bin") == "test");
  CHECK(reader("image_folder").recognises(kFolder / "image_folder/train", ""));
  CHECK(!reader("image_folder").recognises(kFolder / "arrow", ""));
}

}  // namespace maru::data
