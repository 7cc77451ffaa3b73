// Adapters that PEFT wrote, merged here, against what PEFT computes with them unmerged.
#include "maru/convert/merge.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/convert/adapter.h"
#include "maru/convert/convert.h"
#include "maru/convert/quantise.h"
#include "maru/io/writers.h"
#include "maru/models/models.h"
#include "tests/scratch.h"

namespace maru::convert {
namespace {

using testing::error_of;
using testing::Scratch;
namespace fs = std::filesystem;

fs::path golden(std::string_view name) { return fs::path(MARU_TESTS) / "golden" / name; }

// The tiny model of a case with a tokenizer beside it.
fs::path model_folder(const Scratch& scratch, const std::string& name) {
  const fs::path folder = scratch.path / name;
  fs::create_directories(folder);
  for (const char* file : {"config.json", "model.safetensors"}) fs::copy_file(golden("models") / name / file, folder / file);
  const int size = parse_json(read_file(folder / "config.json"), "config.json")["vocab_size"];
  Json vocab = Json::object();
  for (int i = 0; i < size; ++i) vocab[fmt::format("t{}", i)] = i;
  write_file(folder / "tokenizer.json",
             dump(Json{{"added_tokens", Json::array()},
                       {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}}},
                       {"decoder", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}}},
                       {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", Json::array()}}}}));
  write_file(folder / "tokenizer_config.json", "{}");
  return folder;
}

// How far the model's logits are from those of a case, over the largest of them.
double logits_error(const fs::path& model, const std::string& name) {
  const io::ModelFile values = io::open_safetensors(golden("adapters") / name / "golden.safetensors");
  const auto tensor = [&](std::string_view key) { return *std::ranges::find(values.tensors, key, &io::StoredTensor::name); };
  const auto integers = [&](std::string_view key) {
    std::vector<std::int32_t> out(tensor(key).bytes.size() / 4);
    std::memcpy(out.data(), tensor(key).bytes.data(), tensor(key).bytes.size());
    return out;
  };
  const std::vector<std::int32_t> ids = integers("ids"), start = integers("start");
  ops::Ragged rows;
  std::vector<std::int32_t> positions;
  for (std::size_t s = 0; s + 1 < start.size(); ++s) {
    rows.add(start[s + 1] - start[s]);
    for (std::int32_t i = 0; i < start[s + 1] - start[s]; ++i) positions.push_back(i);
  }
  const ops::PrecisionScope exact(ops::Precision::exact);
  const auto opened = models::open(io::open_file(model));
  const Tensor got = opened->logits(opened->hidden({.ids = ids, .positions = positions, .rows = rows}));
  const auto* expected = reinterpret_cast<const float*>(tensor("logits").bytes.data());
  double largest = 0, size = 0;
  REQUIRE(std::size_t(got.size()) * 4 == tensor("logits").bytes.size());
  for (std::int64_t i = 0; i < got.size(); ++i) {
    largest = std::max(largest, std::abs(double(got.data()[i]) - double(expected[i])));
    size = std::max(size, std::abs(double(expected[i])));
  }
  return largest / size;
}

MergeReport merged(const fs::path& model, const fs::path& adapter, const fs::path& out) {
  return merge(model, std::span(&adapter, 1), out);
}

// An adapter of one module of llama, to be spoiled.
struct Written {
  Json config = {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 4}, {"bias", "none"}};
  std::string module = "base_model.model.model.layers.0.self_attn.q_proj";
  std::vector<std::int64_t> a = {2, 24}, b = {24, 2};
  float value = 0.01f;
  std::string extra;

  fs::path put(const Scratch& scratch) const {
    const fs::path folder = scratch.path / "adapter";
    fs::remove_all(folder);
    fs::create_directories(folder);
    write_file(folder / "adapter_config.json", dump(config));
    std::vector<float> values(4096, 0.01f);
    values[1] = value;
    const auto fill = [&](const std::vector<std::int64_t>& shape) {
      return io::whole(std::as_bytes(std::span(values).first(std::size_t(shape[0] * shape[1]))));
    };
    std::vector<io::NewTensor> tensors{{module + ".lora_A.weight", a, "F32", fill(a)}, {module + ".lora_B.weight", b, "F32", fill(b)}};
    if (!extra.empty()) tensors.push_back({extra, {2, 2}, "F32", fill({2, 2})});
    io::write_safetensors(folder / "adapter_model.safetensors", tensors);
    return folder;
  }
};

}  // namespace

TEST_CASE("a model with an adapter merged into it computes what PEFT computes with the two apart") {
  for (const auto& [name, model, changed] :
       {std::tuple<std::string, std::string, std::size_t>{"llama", "llama", 14}, {"llama_patterns", "llama", 5}, {"gpt2", "gpt2", 8}}) {
    CAPTURE(name);
    const Scratch scratch;
    const fs::path folder = model_folder(scratch, model), gguf = scratch.path / "model.gguf";
    to_gguf(folder, gguf);
    CHECK(logits_error(folder, name) > 0.01);    // the adapter does something
    const MergeReport report = merged(folder, golden("adapters") / name, scratch.path / "out");
    CHECK(report.changed == changed);
    CHECK(report.widened == 0);
    CHECK(report.change > 0.1);
    CHECK(report.bytes == report.bytes_before);
    CHECK(logits_error(scratch.path / "out", name) < 1e-4);
    CHECK(fs::exists(scratch.path / "out" / "tokenizer.json"));
    merged(gguf, golden("adapters") / name, scratch.path / "out.gguf");
    CHECK(logits_error(scratch.path / "out.gguf", name) < 1e-4);
  }
}

TEST_CASE("the same adapter in llama.cpp's file changes both kinds of models in the same way") {
  const Scratch scratch;
  const fs::path folder = model_folder(scratch, "llama"), gguf = scratch.path / "model.gguf",
                 adapter = golden("adapters") / "llama" / "adapter.gguf";
  to_gguf(folder, gguf);
  merged(gguf, adapter, scratch.path / "out.gguf");
  CHECK(logits_error(scratch.path / "out.gguf", "llama") < 1e-4);
  merged(folder, adapter, scratch.path / "out");
  CHECK(logits_error(scratch.path / "out", "llama") < 1e-4);
}

TEST_CASE("weights keep their type with an adapter") {
  const Scratch scratch;
  const fs::path gguf = scratch.path / "model.gguf", half = scratch.path / "half.gguf", out = scratch.path / "out.gguf";
  to_gguf(model_folder(scratch, "llama"), gguf);
  quantise(gguf, half, "F16");
  CHECK(merged(half, golden("adapters") / "llama", out).widened == 0);
  CHECK(logits_error(out, "llama") < 5e-3);
  for (const io::StoredTensor& tensor : io::open_file(out).tensors) CHECK(tensor.type == (tensor.shape.size() == 2 ? "F16" : "F32"));
}

TEST_CASE("two adapters add up") {
  const Scratch scratch;
  const fs::path folder = model_folder(scratch, "llama"), one = Written{}.put(scratch);
  const std::vector<fs::path> both{one, golden("adapters") / "llama" / "adapter.gguf"};
  merge(folder, both, scratch.path / "both");
  merged(folder, one, scratch.path / "first");
  merged(scratch.path / "first", both[1], scratch.path / "second");
  const io::ModelFile at_once = io::open_file(scratch.path / "both"), in_turn = io::open_file(scratch.path / "second");
  REQUIRE(at_once.tensors.size() == in_turn.tensors.size());
  for (std::size_t i = 0; i < at_once.tensors.size(); ++i) {
    const auto* a = reinterpret_cast<const float*>(at_once.tensors[i].bytes.data());
    const auto* b = reinterpret_cast<const float*>(in_turn.tensors[i].bytes.data());
    float largest = 0;
    for (std::size_t k = 0; k < at_once.tensors[i].bytes.size() / 4; ++k) largest = std::max(largest, std::abs(a[k] - b[k]));
    CHECK(largest < 1e-6f);
  }
  CHECK(error_of([&] { merge(folder, std::vector<fs::path>(17, one), scratch.path / "many"); }).contains("at most 16"));
}

TEST_CASE("an adapter that cannot be right is refused before anything is written, and the message says what is wrong") {
  const Scratch scratch;
  const fs::path folder = model_folder(scratch, "llama"), out = scratch.path / "out";
  const auto refused = [&](auto change, std::string_view words) {
    Written written;
    change(written);
    const std::string message = error_of([&] { merged(folder, written.put(scratch), out); });
    CHECK_MESSAGE(message.contains(words), message);
    CHECK_FALSE(fs::exists(out));
    CHECK_FALSE(fs::exists(out.string() + ".unfinished"));
  };
  const float nan = std::nanf(""), infinite = HUGE_VALF;
  CHECK(merged(folder, Written{}.put(scratch), scratch.path / "good").changed == 1);
  refused([](Written& w) { w.config["r"] = 0; }, "r: expected a rank of 1 to");
  refused([](Written& w) { w.a = {0, 24}, w.b = {24, 0}; }, "rank 0");
  refused([](Written& w) { w.config["r"] = 3; }, "is of rank 2, adapter_config.json says 3");
  refused([](Written& w) { w.b = {24, 3}; }, "ranks differ, 3 and 2");
  refused([](Written& w) { w.b = {23, 2}; }, "make a matrix of 23 x 24, the model's model.layers.0.self_attn.q_proj.weight is 24 x 24");
  refused([](Written& w) { w.a = {2, 25}; }, "trained on another model");
  refused([](Written& w) { w.module = "base_model.model.model.layers.9.self_attn.q_proj"; },
          "has no such tensor; the adapter was trained on another model");
  refused([&](Written& w) { w.value = nan; }, "holds a number that is not finite");
  refused([&](Written& w) { w.value = infinite; }, "holds a number that is not finite");
  refused([](Written& w) { w.config["lora_alpha"] = 1e30; }, "its scale alpha / r is 5e+29, expected at most 10000");
  refused([](Written& w) { w.config["lora_alpha"] = "8"; }, "lora_alpha: expected a number");
  refused([](Written& w) { w.value = 3e38f; }, "not finite or too large for F32");
  refused([](Written& w) { w.config["peft_type"] = "IA3"; }, "expected \"LORA\", got \"IA3\"");
  refused([](Written& w) { w.config["use_dora"] = true; }, "use_dora");
  refused([](Written& w) { w.config["bias"] = "all"; }, "bias");
  refused([](Written& w) { w.config["rank_pattern"] = {{"layers.[01].*", 4}}; }, "is a pattern");
  refused([](Written& w) { w.extra = "base_model.model.lm_head.weight"; }, "a whole tensor");
  refused([](Written& w) { w.extra = w.module + ".lora_magnitude_vector"; }, "DoRA");
  CHECK(error_of([&] { merged(folder, golden("adapters") / "gpt2", out); }).contains("trained on another model"));
  CHECK(error_of([&] { merged(golden("adapters") / "llama" / "adapter.gguf", Written{}.put(scratch), out); }) != "");
}

}  // namespace maru::convert
