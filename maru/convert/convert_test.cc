// Conversions against the reference's goldens: a folder becomes a GGUF that computes the same, and comes back as the folder it was.
#include "maru/convert/convert.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/convert/random.h"
#include "maru/models/models.h"
#include "maru/text/tokenizer.h"
#include "tests/scratch.h"

namespace maru::convert {
namespace {

using testing::Scratch;
namespace fs = std::filesystem;

// The golden checkpoint of a case with a byte-level tokenizer of its vocabulary beside it.
fs::path checkpoint(const Scratch& scratch, const std::string& name) {
  const fs::path golden = fs::path(MARU_TESTS) / "golden/models" / name, folder = scratch.path / name;
  fs::create_directories(folder);
  for (const char* file : {"config.json", "model.safetensors"}) fs::copy_file(golden / file, folder / file);
  const Json config = parse_json(read_file(folder / "config.json"), "config.json");
  Json vocab = Json::object();
  for (int i = 0; i < config["vocab_size"].get<int>() - 1; ++i) vocab[fmt::format("t{}", i)] = i;
  const int end = config["vocab_size"].get<int>() - 1;
  const Json tokenizer{{"added_tokens", {{{"id", end}, {"content", "<end>"}, {"special", true}, {"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", false}}}},
                       {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}}},
                       {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}}},
                       {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", Json::array()}}}};
  write_file(folder / "tokenizer.json", dump(tokenizer));
  write_file(folder / "tokenizer_config.json", R"({"eos_token":"<end>","chat_template":"{{ messages }}"})");
  return folder;
}

std::vector<float> hidden_of(const fs::path& path, const fs::path& golden) {
  const io::ModelFile values = io::open_safetensors(golden / "golden.safetensors");
  const auto integers = [&](std::string_view name) {
    const auto at = std::ranges::find(values.tensors, name, &io::StoredTensor::name);
    std::vector<std::int32_t> out(at->bytes.size() / 4);
    std::memcpy(out.data(), at->bytes.data(), at->bytes.size());
    return out;
  };
  const std::vector<std::int32_t> ids = integers("ids"), start = integers("start");
  ops::Ragged rows;
  std::vector<std::int32_t> positions;
  for (std::size_t s = 0; s + 1 < start.size(); ++s) {
    rows.add(start[s + 1] - start[s]);
    for (std::int32_t i = 0; i < start[s + 1] - start[s]; ++i) positions.push_back(i);
  }
  const Tensor hidden = models::open(io::open_file(path))->hidden({.ids = ids, .positions = positions, .rows = rows});
  return {hidden.values().begin(), hidden.values().end()};
}

double worst(const std::vector<float>& got, const std::vector<float>& expected) {
  REQUIRE(got.size() == expected.size());
  double largest = 0, size = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    largest = std::max(largest, std::abs(double(got[i]) - double(expected[i])));
    size = std::max(size, std::abs(double(expected[i])));
  }
  return largest / size;
}

std::vector<float> golden_hidden(const fs::path& golden) {
  const io::ModelFile values = io::open_safetensors(golden / "golden.safetensors");
  const auto at = std::ranges::find(values.tensors, "hidden", &io::StoredTensor::name);
  std::vector<float> out(at->bytes.size() / 4);
  std::memcpy(out.data(), at->bytes.data(), at->bytes.size());
  return out;
}

}  // namespace

TEST_CASE("a folder becomes a GGUF that computes what the reference computes, and comes back bit by bit") {
  for (const std::string name : {"llama", "llama_biases", "llama_linear_scaling", "gpt2", "qwen2", "qwen3", "gemma3_text"}) {
    CAPTURE(name);
    const Scratch scratch;
    const fs::path folder = checkpoint(scratch, name), golden = fs::path(MARU_TESTS) / "golden/models" / name;
    const fs::path gguf = scratch.path / "model.gguf", back = scratch.path / "back";
    if (name == "gemma3_text") {
      // A GGUF of Gemma has no key for the scale of its scores.
      CHECK(testing::error_of([&] { to_gguf(folder, gguf); }).contains("cannot say all that this model is"));
      CHECK_FALSE(fs::exists(gguf));
      Json config = parse_json(read_file(folder / "config.json"), "config.json");
      config["query_pre_attn_scalar"] = config["head_dim"];
      write_file(folder / "config.json", dump(config));
    }
    const std::vector<float> expected = name == "gemma3_text" ? hidden_of(folder, golden) : golden_hidden(golden);
    const Report there = to_gguf(folder, gguf);
    CHECK(there.bytes == fs::file_size(gguf));
    CHECK(worst(hidden_of(gguf, golden), expected) < 1e-4);

    to_safetensors(gguf, back);
    CHECK(worst(hidden_of(back, golden), expected) < 1e-4);
    const io::ModelFile before = io::open_file(folder), after = io::open_file(back);
    std::map<std::string, const io::StoredTensor*> originals;
    for (const io::StoredTensor& t : before.tensors) originals[t.name] = &t;
    for (const io::StoredTensor& t : after.tensors) {
      CAPTURE(t.name);
      REQUIRE(originals.contains(t.name));
      CHECK(t.shape == originals[t.name]->shape);
      const auto* a = reinterpret_cast<const float*>(t.bytes.data());
      const auto* b = reinterpret_cast<const float*>(originals[t.name]->bytes.data());
      // (1 + w) - 1 rounds; all else is the same bits.
      const float most = name == "gemma3_text" && t.name.ends_with("norm.weight") ? 2e-7f : 0.0f;
      float largest = 0;
      for (std::size_t i = 0; i < t.bytes.size() / 4; ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
      CHECK(largest <= most);
    }
    const auto tokens = text::tokenizer_from_json(back / "tokenizer.json");
    CHECK(tokens->eos == text::tokenizer_from_json(folder / "tokenizer.json")->eos);
    CHECK(tokens->piece(3) == "t3");
    CHECK(parse_json(read_file(back / "tokenizer_config.json"), "back")["chat_template"] == "{{ messages }}");
  }
}

TEST_CASE("positions that were stretched by wavelength become a tensor of frequencies") {
  const Scratch scratch;
  const fs::path folder = checkpoint(scratch, "llama3_rope_scaling"), golden = fs::path(MARU_TESTS) / "golden/models/llama3_rope_scaling";
  const fs::path gguf = scratch.path / "model.gguf";
  to_gguf(folder, gguf);
  CHECK(worst(hidden_of(gguf, golden), golden_hidden(golden)) < 1e-4);
  const io::ModelFile file = io::open_file(gguf);
  CHECK(std::ranges::any_of(file.tensors, [](const io::StoredTensor& t) { return t.name == "rope_freqs.weight"; }));
  CHECK_FALSE(file.metadata.has("llama.rope.scaling.factor"));
}

TEST_CASE("what GGUF has no word for is refused by name, and nothing is left behind") {
  const Scratch scratch;
  const fs::path folder = checkpoint(scratch, "llama");
  const fs::path gguf = scratch.path / "model.gguf";
  const std::string original = read_file(folder / "tokenizer.json");
  write_file(folder / "tokenizer.json", R"({"model":{"type":"Unigram","vocab":{}}})");
  CHECK(testing::error_of([&] { to_gguf(folder, gguf); }).contains("model.type is \"Unigram\""));
  Json odd = parse_json(original, "tokenizer.json");
  odd["pre_tokenizer"] = {{"type", "Whitespace"}};
  write_file(folder / "tokenizer.json", dump(odd));
  CHECK(testing::error_of([&] { to_gguf(folder, gguf); }).contains("pre_tokenizer: GGUF has no name"));
  odd = parse_json(original, "tokenizer.json");
  odd["model"]["vocab"]["far"] = 100'000;
  write_file(folder / "tokenizer.json", dump(odd));
  CHECK(testing::error_of([&] { to_gguf(folder, gguf); }).contains("the id of \"far\" is 100000"));
  fs::remove(folder / "tokenizer.json");
  CHECK(testing::error_of([&] { to_gguf(folder, gguf); }).contains("has no tokenizer.json"));
  CHECK_FALSE(fs::exists(gguf));
  write_file(folder / "tokenizer.json", original);
  to_gguf(folder, gguf);
  CHECK(testing::error_of([&] { to_safetensors(gguf, folder); }).contains("is there already"));
}

TEST_CASE("a random model opens, computes finite numbers, and is the same for the same seed") {
  const Scratch scratch;
  const fs::path a = scratch.path / "a.gguf", b = scratch.path / "b.gguf", c = scratch.path / "c.gguf";
  write_random(a, *find_shape("tiny"), "Q4_K_M");
  write_random(b, *find_shape("tiny"), "Q4_K_M");
  write_random(c, *find_shape("tiny"), "Q4_K_M", {.seed = 1});
  CHECK(read_file(a) == read_file(b));
  CHECK(read_file(a) != read_file(c));
  const io::ModelFile file = io::open_file(a);
  const auto model = models::open(file);
  const std::vector<std::int32_t> ids{72, 105, 33}, positions{0, 1, 2};
  ops::Ragged rows;
  rows.add(3);
  const Tensor logits = model->logits(model->hidden({.ids = ids, .positions = positions, .rows = rows}));
  for (const float v : logits.values()) REQUIRE(std::isfinite(v));
  CHECK(text::tokenizer_from_gguf(file.metadata)->encode("Hi!").ids.size() == 3);
  CHECK(std::ranges::any_of(file.tensors, [](const io::StoredTensor& t) { return t.type == "Q4_K"; }));
  CHECK(std::ranges::any_of(file.tensors, [](const io::StoredTensor& t) { return t.type == "Q6_K"; }));
}

}  // namespace maru::convert
