// Files that are written are read back as they were, and appear whole or not at all.
#include "maru/io/writers.h"

#include <doctest/doctest.h>

#include <cstring>

#include "maru/base/file.h"
#include "maru/io/model_file.h"
#include "tests/scratch.h"

namespace maru::io {
namespace {

using testing::Scratch;

const std::vector<float> kValues{1, -2, 0.5f, 1e-20f, 3, 4};
const std::vector<std::byte> kBlock(18, std::byte{7});

std::vector<NewTensor> two_tensors() {
  return {{"a.weight", {2, 3}, "F32", whole(std::as_bytes(std::span(kValues)))}, {"b", {32}, "Q4_0", whole(kBlock)}};
}

}  // namespace

TEST_CASE("a GGUF that is written is read back with its keys, shapes and bytes") {
  const Scratch scratch;
  const auto path = scratch.path / "model.gguf";
  const std::vector<std::string> tokens{"a", "마루"};
  const std::vector<std::int32_t> types{1, 3};
  const std::vector<float> scores{0, -1.5f};
  const std::vector<GgufEntry> entries{gguf_text("general.architecture", "llama"), gguf_u32("llama.block_count", 2), gguf_f32("eps", 1e-5f),
                                       gguf_boolean("yes", true), gguf_texts("tokenizer.ggml.tokens", tokens),
                                       gguf_i32s("tokenizer.ggml.token_type", types), gguf_f32s("tokenizer.ggml.scores", scores), gguf_bytes("map", kBlock)};
  write_gguf(path, entries, two_tensors());
  const ModelFile file = open_gguf(path);
  CHECK(file.metadata.string("general.architecture") == "llama");
  CHECK(file.metadata.integer("llama.block_count", 0, 10) == 2);
  CHECK(file.metadata.number("eps") == doctest::Approx(1e-5));
  CHECK(file.metadata.boolean("yes", false));
  CHECK(file.metadata.strings("tokenizer.ggml.tokens").at(1) == "마루");
  CHECK(file.metadata.integers("tokenizer.ggml.token_type").at(1) == 3);
  CHECK(file.metadata.numbers("tokenizer.ggml.scores").at(1) == -1.5);
  CHECK(file.metadata.integers("map").size() == 18);
  REQUIRE(file.tensors.size() == 2);
  CHECK(file.tensors[0].shape == std::vector<std::int64_t>{2, 3});
  CHECK(std::memcmp(file.tensors[0].bytes.data(), kValues.data(), 24) == 0);
  CHECK(file.tensors[1].type == "Q4_0");
  CHECK(std::memcmp(file.tensors[1].bytes.data(), kBlock.data(), 18) == 0);
}

TEST_CASE("what a GGUF stores is copied key by key without loss") {
  const Scratch scratch;
  const auto first = scratch.path / "first.gguf", second = scratch.path / "second.gguf";
  write_gguf(first, std::vector<GgufEntry>{gguf_text("general.architecture", "llama"), gguf_bytes("map", kBlock)}, two_tensors());
  const ModelFile file = open_gguf(first);
  std::vector<GgufEntry> entries;
  for (const auto& [key, stored] : file.entries) entries.push_back({std::string(key), std::string(reinterpret_cast<const char*>(stored.data()), stored.size())});
  write_gguf(second, entries, two_tensors());
  CHECK(read_file(first) == read_file(second));
}

TEST_CASE("a safetensors file that is written is read back, its metadata beside") {
  const Scratch scratch;
  const std::vector<NewTensor> tensors{{"a", {2, 3}, "F32", whole(std::as_bytes(std::span(kValues)))}, {"none", {0, 4}, "F32", whole({})}};
  write_file(scratch.path / "config.json", "{\"model_type\":\"x\"}");
  write_safetensors(scratch.path / "model.safetensors", tensors, {{"format", "pt"}});
  const ModelFile file = open_safetensors(scratch.path);
  REQUIRE(file.tensors.size() == 2);
  const StoredTensor& a = file.tensors[0].name == "a" ? file.tensors[0] : file.tensors[1];
  CHECK(a.shape == std::vector<std::int64_t>{2, 3});
  CHECK(std::memcmp(a.bytes.data(), kValues.data(), 24) == 0);
}

TEST_CASE("a tensor that gives too few bytes leaves no file, and an old one as it was") {
  const Scratch scratch;
  const auto path = scratch.path / "model.safetensors";
  write_file(path, "old");
  const std::vector<NewTensor> tensors{{"a", {2, 3}, "F32", whole(std::as_bytes(std::span(kValues).first(2)))}};
  CHECK_THROWS_WITH_AS(write_safetensors(path, tensors), doctest::Contains("tensor a: got 8 bytes, expected 24"), Error);
  CHECK(read_file(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(scratch.path), {}) == 1);
}

TEST_CASE("names that stand twice, unknown types and rows that fill no block are refused before the first byte") {
  const Scratch scratch;
  const auto path = scratch.path / "model.gguf";
  const NewTensor good{"a", {32}, "Q4_0", whole(kBlock)};
  CHECK_THROWS_WITH_AS(write_gguf(path, {}, std::vector{good, good}), doctest::Contains("the tensor a stands twice"), Error);
  CHECK_THROWS_WITH_AS(write_gguf(path, {}, std::vector{NewTensor{"b", {32}, "U64", whole({})}}), doctest::Contains("GGUF files know no type U64"), Error);
  CHECK_THROWS_WITH_AS(write_safetensors(path, std::vector{good}), doctest::Contains("safetensors files know no type Q4_0"), Error);
  CHECK_THROWS_WITH_AS(write_gguf(path, {}, std::vector{NewTensor{"b", {2, 31}, "Q4_0", whole({})}}), doctest::Contains("do not fill blocks of 32"), Error);
  CHECK_FALSE(std::filesystem::exists(path));
}

}  // namespace maru::io
