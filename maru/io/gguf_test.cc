// GGUF: a small valid file is written, then each rule is broken alone; no damage to a byte may do more than throw an Error.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "maru/io/model_file.h"
#include "tests/scratch.h"

using namespace maru;
using namespace std::literals;
using io::ModelFile;
using io::open_gguf;
using testing::error_of;
using testing::refuses;
using testing::Scratch;
namespace fs = std::filesystem;

namespace {

// The bytes of a GGUF, written piece by piece so that a test can write a wrong one.
struct Bytes {
  std::string text;
  template <class T>
  Bytes& number(T value) {
    text.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Bytes& string(std::string_view value) {
    number(std::uint64_t(value.size()));
    text += value;
    return *this;
  }
};

enum : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string_type, list, u64, i64, f64 };

template <class T>
std::string key(std::string_view name, std::uint32_t type, T value) {
  return Bytes().string(name).number(type).number(value).text;
}
std::string text_key(std::string_view name, std::string_view value) { return Bytes().string(name).number(string_type).string(value).text; }
std::string list_key(std::string_view name, std::uint32_t type, std::uint64_t count, std::string_view elements) {
  return Bytes().string(name).number(list).number(type).number(count).text.append(elements);
}
std::string texts(std::initializer_list<std::string_view> values) {
  Bytes bytes;
  for (const auto value : values) bytes.string(value);
  return bytes.text;
}
std::string tensor(std::string_view name, std::vector<std::uint64_t> dims, std::uint32_t type, std::uint64_t offset) {
  Bytes bytes;
  bytes.string(name).number(std::uint32_t(dims.size()));
  for (const auto dim : dims) bytes.number(dim);
  return bytes.number(type).number(offset).text;
}

struct Gguf {
  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::vector<std::string> keys, tensors;
  std::size_t alignment = 32;
  std::string data;
  std::uint64_t tensor_count = 0, key_count = 0;  // added to the true counts, to tell a lie

  std::string head() const {
    std::string bytes = magic + Bytes().number(version).number(tensors.size() + tensor_count).number(keys.size() + key_count).text;
    for (const auto& entry : keys) bytes += entry;
    for (const auto& entry : tensors) bytes += entry;
    return bytes;
  }
  std::string all() const {
    std::string bytes = head();
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0');
    return bytes + data;
  }
};

// One of every value type and two tensors: 3x2 of F32 (24 bytes, padded to 32), 2x32 of Q4_1 (40 bytes).
Gguf valid() {
  Gguf file;
  file.keys = {text_key("general.architecture", "llama"), key("a.u8", u8, std::uint8_t(200)), key("a.i8", i8, std::int8_t(-3)),
               key("a.u16", u16, std::uint16_t(60'000)), key("a.i16", i16, std::int16_t(-300)), key("a.u32", u32, 4'000'000'000u),
               key("a.i32", i32, -70'000), key("a.f32", f32, 0.5f), key("a.bool", boolean, std::uint8_t(1)),
               key("a.u64", u64, std::uint64_t(1) << 40), key("a.i64", i64, std::int64_t(-1) << 40), key("a.f64", f64, 1e-300),
               list_key("tokenizer.ggml.tokens", string_type, 3, texts({"<s>", "", "\xff raw"})),
               list_key("tokenizer.ggml.scores", f32, 3, Bytes().number(0.f).number(-1.f).number(2.f).text),
               list_key("tokenizer.ggml.token_type", i32, 3, Bytes().number(1).number(2).number(3).text),
               list_key("a.none", u8, 0, ""), list_key("a.truths", boolean, 2, "\x01\0"sv)};
  file.tensors = {tensor("first.weight", {2, 3}, 0, 0), tensor("second.weight", {32, 2}, 3, 32)};
  file.data.assign(32 + 40, '\x01');
  return file;
}

ModelFile opened(std::string_view bytes) {
  static const Scratch scratch;
  const fs::path path = scratch.put("m.gguf", bytes);
  ModelFile model = open_gguf(path);
  fs::remove(path);  // the map outlives the file's name
  return model;
}
std::string error_for(std::string_view bytes) {
  return error_of([&] { opened(bytes); });
}
std::string error_for(const Gguf& file) { return error_for(file.all()); }
std::string error_with_key(const std::string& entry) {
  Gguf file = valid();
  file.keys.push_back(entry);
  return error_for(file);
}
std::string error_with_second(const std::string& entry) {
  Gguf file = valid();
  file.tensors[1] = entry;
  file.data.resize(4'096);
  return error_for(file);
}

}  // namespace

TEST_CASE("a valid GGUF gives every value and tensor back") {
  const ModelFile model = opened(valid().all());
  const io::Metadata& m = model.metadata;
  CHECK(model.gguf);
  CHECK(m.string("general.architecture") == "llama");
  CHECK(m.integer("a.u8", 0, 255) == 200);
  CHECK(m.integer("a.i8", -9, 9) == -3);
  CHECK(m.integer("a.u16", 0, 1 << 20) == 60'000);
  CHECK(m.integer("a.i16", -1'000, 0) == -300);
  CHECK(m.integer("a.u32", 0, INT64_MAX) == 4'000'000'000);
  CHECK(m.integer("a.i32", INT64_MIN, 0) == -70'000);
  CHECK(m.number("a.f32") == 0.5);
  CHECK(m.boolean("a.bool", false));
  CHECK(m.integer("a.u64", 0, INT64_MAX) == std::int64_t(1) << 40);
  CHECK(m.integer("a.i64", INT64_MIN, 0) == std::int64_t(-1) * (std::int64_t(1) << 40));
  CHECK(m.number("a.f64") == 1e-300);
  CHECK(m.strings("tokenizer.ggml.tokens") == std::vector<std::string_view>{"<s>", "", "\xff raw"});
  CHECK(m.numbers("tokenizer.ggml.scores") == std::vector<double>{0, -1, 2});
  CHECK(m.integers("a.truths") == std::vector<std::int64_t>{1, 0});
  CHECK(m.integers("a.none").empty());
  REQUIRE(model.tensors.size() == 2);
  CHECK(model.tensors[0].name == "first.weight");
  CHECK(model.tensors[0].shape == std::vector<std::int64_t>{3, 2});
  CHECK(model.tensors[0].type == "F32");
  CHECK(model.tensors[0].bytes.size() == 24);
  CHECK(model.tensors[1].type == "Q4_1");
  CHECK(model.tensors[1].bytes.size() == 40);
  CHECK(model.tensors[1].bytes.data() - model.tensors[0].bytes.data() == 32);
}

TEST_CASE("version 2 is read, other versions and other files are refused") {
  Gguf file = valid();
  file.version = 2;
  CHECK(error_for(file).empty());
  for (const std::uint32_t version : {0u, 1u, 4u}) {
    file.version = version;
    CHECK(error_for(file).contains("expected 2 or 3"));
  }
  file.version = 3u << 24;
  CHECK(error_for(file).contains("big-endian"));
  file = valid();
  file.magic = "GGML";
  CHECK(error_for(file).contains("does not begin with \"GGUF\""));
  CHECK(error_for(""sv).contains("has 0 bytes"));
}

TEST_CASE("counts are checked before memory is taken") {
  Gguf file = valid();
  file.key_count = std::uint64_t(-1) - file.keys.size();
  CHECK(error_for(file).contains("key count"));
  file.key_count = 60'000;
  CHECK(error_for(file).contains("cannot stand in"));
  file = valid();
  file.tensor_count = std::uint64_t(1) << 60;
  CHECK(error_for(file).contains("tensor count"));
  file.tensor_count = 90'000;
  CHECK(error_for(file).contains("cannot stand in"));
}

TEST_CASE("lengths of texts are checked before they are used") {
  for (const std::uint64_t size : {std::uint64_t(-1), std::uint64_t(1) << 63, std::uint64_t(70) << 20}) {
    CHECK(error_with_key(Bytes().string("a.text").number(string_type).number(size).text).contains("a.text: a text of"));
  }
  CHECK(error_with_key(Bytes().string("a.text").number(string_type).number(std::uint64_t(1) << 20).text).contains("only"));
  CHECK(error_with_key(text_key(std::string(70'000, 'k'), "")).contains("key: a text of 70000 bytes"));
}

TEST_CASE("keys and names are plain") {
  CHECK(error_with_key(text_key("", "x")).contains("key: expected a name"));
  CHECK(error_with_key(text_key("a\0b"sv, "x")).contains("key: expected a name"));
  CHECK(error_with_key(text_key("a\nb", "x")).contains("\"a?b\""));
  CHECK(error_with_key(text_key("a\xff", "x")).contains("key: expected a name"));
  CHECK(error_with_key(text_key(std::string(79, 'k') + "\u00e9", "x")).empty());
  CHECK(error_with_second(tensor("", {32}, 0, 32)).contains("tensor name"));
  CHECK(error_with_second(tensor("a\0"sv, {32}, 0, 32)).contains("tensor name"));
  CHECK(error_with_second(tensor(std::string(63, 'n'), {32}, 0, 32)).empty());
  CHECK(error_with_second(tensor(std::string(64, 'n'), {32}, 0, 32)).contains("at most 63"));
}

TEST_CASE("value types and lists") {
  CHECK(error_with_key(key("a.x", 13, 0)).contains("a.x: unknown value type 13"));
  CHECK(error_with_key(list_key("a.x", 13, 0, "")).contains("unknown value type 13"));
  CHECK(error_with_key(list_key("a.x", list, 1, std::string(20, '\0'))).contains("list of lists"));
  CHECK(error_with_key(list_key("a.x", u64, std::uint64_t(1) << 61, "")).contains("a.x: a list of"));
  CHECK(error_with_key(list_key("a.x", u8, 100'000, "")).contains("a.x: a list of"));
  CHECK(error_with_key(key("a.x", boolean, std::uint8_t(2))).contains("0 or 1, got 2"));
  CHECK(error_with_key(list_key("a.x", boolean, 1, "\x03")).contains("0 or 1, got 3"));
  CHECK(error_with_key(key("a.x", u64, std::uint64_t(1) << 63)).contains("beyond 2^63"));
}

TEST_CASE("the metadata has a budget of memory") {
  // A byte of the file becomes eight in memory: 33 MiB of them are over 256 MiB.
  CHECK(error_with_key(list_key("a.x", u8, 34 << 20, std::string(34 << 20, 'x'))).contains("the metadata would take more"));
}

TEST_CASE("keys and tensors stand once") {
  CHECK(error_with_key(key("a.u8", u32, 1u)).contains("the key a.u8 stands twice"));
  CHECK(error_with_second(tensor("first.weight", {32, 2}, 3, 32)).contains("the tensor first.weight stands twice"));
}

TEST_CASE("the alignment is a small power of two") {
  CHECK(error_with_key(key("general.alignment", u32, 32u)).empty());
  for (const std::uint32_t wrong : {0u, 1u, 4u, 24u, 33u, 1u << 17, 1u << 31}) {
    CHECK(error_with_key(key("general.alignment", u32, wrong)).contains("general.alignment: expected a power of two"));
  }
  CHECK(error_with_key(key("general.alignment", i32, 32)).contains("expected the type u32"));
  CHECK(error_with_key(key("general.alignment", u64, std::uint64_t(32))).contains("expected the type u32"));
  Gguf file = valid();
  file.keys.push_back(key("general.alignment", u32, 64u));
  file.alignment = 64;
  file.tensors[1] = tensor("second.weight", {32, 2}, 3, 64);
  file.data.resize(64 + 40);
  CHECK(error_for(file).empty());
}

TEST_CASE("dimensions of a tensor") {
  CHECK(error_with_second(tensor("t", {}, 0, 32)).contains("1 to 4 dimensions, got 0"));
  CHECK(error_with_second(tensor("t", {1, 1, 1, 1}, 0, 32)).empty());
  CHECK(error_with_second(tensor("t", {1, 1, 1, 1, 1}, 0, 32)).contains("1 to 4 dimensions, got 5"));
  CHECK(error_with_second(tensor("t", {32, 0}, 0, 32)).contains("dimension 1: expected 1 to 2^40, got 0"));
  CHECK(error_with_second(tensor("t", {std::uint64_t(1) << 41}, 0, 32)).contains("dimension 0"));
  CHECK(error_with_second(tensor("t", {1ull << 40, 1ull << 40}, 0, 32)).contains("multiply to more"));
  CHECK(error_with_second(tensor("t", {1ull << 40, 1ull << 22}, 0, 32)).contains("takes more than 2^63 - 1 bytes"));
}

TEST_CASE("types of a tensor: every known one by size, removed ones refused") {
  for (const std::uint32_t id : {4u, 5u, 31u, 32u, 33u, 36u, 37u, 38u, 40u, ~0u}) {
    CHECK(error_with_second(tensor("t", {256}, id, 32)).contains("tensor t: unknown type"));
  }
  const std::pair<std::string_view, std::uint64_t> rows[] = {
      {"F32", 1024}, {"F16", 512}, {"BF16", 512}, {"Q4_0", 144}, {"Q4_1", 160}, {"Q5_0", 176}, {"Q5_1", 192}, {"Q8_0", 272}, {"Q8_1", 288},
      {"Q2_K", 84}, {"Q3_K", 110}, {"Q4_K", 144}, {"Q5_K", 176}, {"Q6_K", 210}, {"Q8_K", 292}, {"IQ2_XXS", 66}, {"IQ2_XS", 74},
      {"IQ3_XXS", 98}, {"IQ1_S", 50}, {"IQ4_NL", 144}, {"IQ3_S", 110}, {"IQ2_S", 82}, {"IQ4_XS", 136}, {"I8", 256}, {"I16", 512},
      {"I32", 1024}, {"I64", 2048}, {"F64", 2048}, {"IQ1_M", 56}, {"TQ1_0", 54}, {"TQ2_0", 66}, {"MXFP4", 136}};
  for (const auto& [name, size] : rows) {
    CAPTURE(name);
    CHECK(io::stored_bytes(name, 256) == size);
  }
  CHECK(io::stored_bytes("Q4_1", 33) == 0);
  CHECK(io::stored_bytes("Q9", 32) == 0);
  CHECK(io::stored_bytes("F64", std::uint64_t(1) << 62) == 0);
  CHECK(error_with_second(tensor("t", {33}, 3, 32)).contains("rows of 33 elements do not fill blocks of 32"));
  // Blocks lie within a row: 16 x 2 has enough elements and is still wrong.
  CHECK(error_with_second(tensor("t", {16, 2}, 3, 32)).contains("rows of 16"));
}

TEST_CASE("tensors lie aligned, in order and without gaps, and within the file") {
  CHECK(error_with_second(tensor("t", {32}, 0, 33)).contains("no multiple of the alignment 32"));
  CHECK(error_with_second(tensor("t", {32}, 0, 64)).contains("expected at offset 32"));
  CHECK(error_with_second(tensor("t", {32}, 0, 0)).contains("expected at offset 32"));
  CHECK(error_with_second(tensor("t", {32}, 0, std::uint64_t(0) - 32)).contains("expected at offset 32"));
  CHECK(error_with_second(tensor("t", {1ull << 40, 1ull << 20}, 0, 32)).contains("tensor t: needs"));
  Gguf file = valid();
  file.data.pop_back();
  CHECK(error_for(file).contains("tensor second.weight: needs 40 bytes"));
}

TEST_CASE("the lists of the vocabulary have one length") {
  Gguf file = valid();
  file.keys[13] = list_key("tokenizer.ggml.scores", f32, 2, std::string(8, '\0'));
  CHECK(error_for(file).contains("tokenizer.ggml.scores: has 2 entries"));
  file = valid();
  file.keys[14] = list_key("tokenizer.ggml.token_type", i32, 1, std::string(4, '\0'));
  CHECK(error_for(file).contains("tokenizer.ggml.token_type: has 1 entries"));
  file.keys[14] = text_key("tokenizer.ggml.token_type", "x");
  CHECK(error_for(file).contains("expected a list of integers, got a text"));
}

TEST_CASE("one part of a divided model says how to join them") {
  CHECK(error_with_key(key("split.count", u16, std::uint16_t(3))).contains("one of 3 parts"));
  CHECK(error_with_key(key("split.count", u16, std::uint16_t(1))).empty());
}

TEST_CASE("a file cut at any byte is refused") {
  const std::string whole = valid().all();
  const Scratch scratch;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto path = scratch.put("cut.gguf", whole.substr(0, size));
    CAPTURE(size);
    CHECK(error_of([&] { open_gguf(path); }).contains("cut.gguf: "));
  }
}

TEST_CASE("a damaged byte never does more than throw an Error") {
  const Gguf file = valid();
  const std::string whole = file.all();
  const Scratch scratch;
  int refused = 0;
  for (std::size_t at = 0; at < file.head().size(); ++at) {
    for (const char flip : {'\x01', '\x10', '\x80', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = char(damaged[at] ^ flip);
      const auto path = scratch.put("damaged.gguf", damaged);
      refused += !error_of([&] {
        for (const io::StoredTensor& tensor : open_gguf(path).tensors) CHECK(tensor.bytes.size() <= whole.size());
      }).empty();
    }
  }
  CHECK(refused > 500);
}

TEST_CASE("metadata says what is missing, of another type, or out of range") {
  const ModelFile model = opened(valid().all());
  const io::Metadata& m = model.metadata;
  CHECK(error_of([&] { m.integer("none", 0, 1); }).contains("none is missing"));
  CHECK(error_of([&] { m.string("a.u8"); }).contains("a.u8: expected a text, got an integer"));
  CHECK(error_of([&] { m.integer("a.f32", 0, 1); }).contains("expected an integer, got a number"));
  CHECK(error_of([&] { m.boolean("a.u8", true); }).contains("expected a truth value"));
  CHECK(error_of([&] { m.integer("a.u8", 0, 199); }).contains("expected 0 to 199, got 200"));
  CHECK(error_of([&] { m.integer("a.u8", 0, 199, 5); }).contains("got 200"));
  CHECK(m.integer("none", 0, 199, 5) == 5);
  CHECK(m.number("a.u8") == 200);
  CHECK(m.number("none", 0.25) == 0.25);
  CHECK(m.string("none", "x") == "x");
  CHECK(m.numbers("tokenizer.ggml.token_type") == std::vector<double>{1, 2, 3});
  io::Metadata odd("f");
  odd.set("nan", std::nan(""));
  odd.set("list", std::vector<double>{1, std::numeric_limits<double>::infinity()});
  CHECK(error_of([&] { odd.number("nan"); }).contains("f: nan: expected a finite number"));
  CHECK(error_of([&] { odd.numbers("list"); }).contains("finite"));
}

TEST_CASE("what is no regular file is refused at once") {
  const Scratch scratch;
  REQUIRE(::mkfifo((scratch.path / "fifo.gguf").c_str(), 0600) == 0);
  CHECK(error_of([&] { io::open_file(scratch.path / "fifo.gguf"); }).contains("a fifo"));
  CHECK(error_of([&] { open_gguf(scratch.path); }).contains("a folder"));
  CHECK(refuses(ErrorKind::not_found, [&] { io::open_file(scratch.path / "none"); }));
  CHECK(error_of([&] { io::open_file(scratch.put("empty.gguf", "")); }).contains("has 0 bytes"));
  CHECK(error_of([&] { io::open_file(scratch.put("empty", "")); }).contains("neither a GGUF nor"));
}

TEST_CASE("a folder with one GGUF is opened, with two the person chooses") {
  const Scratch scratch;
  CHECK(refuses(ErrorKind::not_found, [&] { io::open_file(scratch.path); }));
  scratch.put("one.gguf", valid().all());
  CHECK(io::open_file(scratch.path).tensors.size() == 2);
  scratch.put("two.gguf", valid().all());
  CHECK(error_of([&] { io::open_file(scratch.path); }).contains("holds 2 .gguf files"));
  // Told by what it holds: a store keeps files under their digests.
  CHECK(io::open_file(scratch.put("sha256-abc", valid().all())).gguf);
}

TEST_CASE("SmolLM2 opens in a moment") {
  const char* path = std::getenv("MARU_TEST_SMOLLM2");
  if (!path) {
    MESSAGE("MARU_TEST_SMOLLM2 is not set: this test did not run");
    return;
  }
  const ModelFile model = io::open_file(path);
  CHECK(model.metadata.string("general.architecture") == "llama");
  CHECK(model.metadata.strings("tokenizer.ggml.tokens").size() == 49'152);
  CHECK(model.tensors.size() == 272);
  const auto start = std::chrono::steady_clock::now();
  io::open_file(path);
  MESSAGE("milliseconds: " << std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
}
