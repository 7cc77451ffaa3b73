// Quantising: the choices of mixtures against llama.cpp's own, and what becomes of a file.
#include "maru/convert/quantise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <random>
#include <stdexcept>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/base/pool.h"
#include "maru/convert/mixtures.h"
#include "maru/io/model_file.h"
#include "maru/io/writers.h"
#include "maru/quant/quant.h"
#include "tests/scratch.h"

namespace maru::convert {
namespace {

using testing::error_of;

struct Given {
  std::string name;
  std::vector<std::int64_t> shape;
  float factor = 1;
};

// A GGUF of random weights in f32.
std::filesystem::path written(const std::filesystem::path& path, const std::vector<Given>& given) {
  std::vector<std::vector<float>> values;
  std::vector<io::NewTensor> tensors;
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (const Given& g : given) {
    std::int64_t count = 1;
    for (const std::int64_t d : g.shape) count *= d;
    auto& v = values.emplace_back(std::size_t(count));
    for (float& x : v) x = normal(random) * g.factor;
  }
  for (std::size_t i = 0; i < given.size(); ++i) tensors.push_back({given[i].name, given[i].shape, "F32",
      io::whole(std::as_bytes(std::span(values[i])))});
  const std::vector<std::string> words{"a", "b"};
  const io::GgufEntry entries[] = {io::gguf_text("general.architecture", "llama"), io::gguf_u32("llama.block_count", 1),
                                   io::gguf_u32("general.file_type", 0), io::gguf_texts("tokenizer.ggml.tokens", words),
                                   io::gguf_f32("llama.attention.layer_norm_rms_epsilon", 1e-5f)};
  io::write_gguf(path, entries, tensors);
  return path;
}

const std::vector<Given> kSmall{{"token_embd.weight", {40, 256}}, {"blk.0.attn_q.weight", {70, 256}}, {"blk.0.attn_norm.weight", {256}},
                                {"blk.0.ffn_up.weight", {33, 96}}, {"blk.0.ffn_down.weight", {5, 50}}};

const QuantisedTensor& find(const QuantiseReport& report, std::string_view name) {
  for (const QuantisedTensor& t : report.tensors)
    if (t.name == name) return t;
  throw std::runtime_error("no tensor " + std::string(name));
}

}  // namespace

TEST_CASE("every mixture chooses for every weight what llama.cpp chooses") {
  const Json golden = parse_json(read_file(MARU_TESTS "/golden/quant/mixtures.json"), "mixtures.json");
  for (const auto& [model, facts] : golden.items())
    for (const auto& [name, expected] : facts["recipes"].items()) {
      const Recipe* const recipe = find_recipe(name);
      REQUIRE(recipe);
      CAPTURE(model);
      CAPTURE(name);
      CHECK(recipe->file_type == expected["file_type"].get<std::uint32_t>());
      std::map<std::string, std::string> formats;
      for (const auto& [format, tensors] : expected["formats"].items())
        for (const Json& tensor : tensors) formats[tensor] = format;
      for (const auto& [tensor, shape] : facts["shapes"].items()) {
        const Weight weight{.name = tensor, .rows = shape.size() > 1 ? shape[0].get<std::int64_t>() : 1, .width = shape.back(),
            .layers = facts["layers"],
                            .sharing = facts["heads"].get<std::int64_t>() / facts["key_heads"].get<std::int64_t>(), .tied = facts["tied"]};
        CAPTURE(tensor);
        CHECK(is_quantised(weight) == formats.contains(tensor));
        if (formats.contains(tensor)) CHECK(chosen(*recipe, weight).format == formats[tensor]);
      }
    }
}

TEST_CASE("a quantised file keeps its keys, says its type, and holds what the format's encoder gives, whatever the threads") {
  const testing::Scratch scratch;
  const auto in = written(scratch.path / "in.gguf", kSmall);
  const io::ModelFile before = io::open_gguf(in);
  std::string first;
  for (const int threads : {1, 3}) {
    const int were = thread_count();
    set_thread_count(threads);
    const auto out = scratch.path / "out.gguf";
    const QuantiseReport report = quantise(in, out, "Q4_K_S", {.overwrite = true});
    set_thread_count(were);
    const io::ModelFile after = io::open_gguf(out);
    CHECK(after.metadata.integer("general.file_type", 0, 100) == 14);
    CHECK(after.metadata.strings("tokenizer.ggml.tokens").size() == 2);
    CHECK(after.metadata.number("llama.attention.layer_norm_rms_epsilon") == double(1e-5f));
    REQUIRE(after.tensors.size() == before.tensors.size());
    for (std::size_t i = 0; i < after.tensors.size(); ++i) {
      const io::StoredTensor &a = after.tensors[i], &b = before.tensors[i];
      CAPTURE(a.name);
      CHECK(a.name == b.name);
      CHECK(a.shape == b.shape);
      const quant::Format* const format = quant::find(a.type);
      if (!format) {
        CHECK(std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end()));
        continue;
      }
      std::vector<std::byte> expected(a.bytes.size());
      format->encode({reinterpret_cast<const float*>(b.bytes.data()), b.bytes.size() / 4}, expected.data());
      CHECK(std::equal(a.bytes.begin(), a.bytes.end(), expected.begin()));
    }
    CHECK(find(report, "token_embd.weight").to == "Q6_K");
    CHECK(find(report, "blk.0.attn_q.weight").to == "Q4_K");
    CHECK(find(report, "blk.0.attn_norm.weight").to == "F32");
    CHECK(find(report, "blk.0.ffn_up.weight").to == "Q5_0");
    CHECK(find(report, "blk.0.ffn_down.weight").to == "F16");
    CHECK(find(report, "blk.0.attn_q.weight").error == doctest::Approx(0.07).epsilon(0.1));
    CHECK(report.notes.size() == 2);
    CHECK(report.notes[0].text.contains("1 of 5 tensors"));
    if (first.empty()) first = read_file(out);
    CHECK(read_file(out) == first);
  }
}

TEST_CASE("what quantise refuses, and that it then writes nothing") {
  const testing::Scratch scratch;
  const auto in = written(scratch.path / "in.gguf", kSmall), out = scratch.path / "out.gguf";
  CHECK(error_of([&] { quantise(in, out, "Q9"); }).contains("there is no type"));
  CHECK(error_of([&] { quantise(in, in, "Q8_0", {.overwrite = true}); }).contains("is the file that is read"));
  const auto large = written(scratch.path / "large.gguf", {{"blk.0.attn_q.weight", {2, 256}, 1e6f}});
  CHECK(error_of([&] { quantise(large, out, "F16"); }).contains("too large for F16"));
  const auto broken = written(scratch.path / "broken.gguf", {{"blk.0.attn_q.weight", {2, 256}, INFINITY}});
  CHECK(error_of([&] { quantise(broken, out, "Q4_K"); }).contains("not a finite number"));
  CHECK_FALSE(std::filesystem::exists(out));
  write_file(out, "kept");
  CHECK(error_of([&] { quantise(in, out, "Q8_0"); }).contains("is there already"));
  CHECK(read_file(out) == "kept");
}

TEST_CASE("quantising again is said, and what is of the format already is copied") {
  const testing::Scratch scratch;
  const auto in = written(scratch.path / "in.gguf", kSmall), once = scratch.path / "once.gguf", twice = scratch.path / "twice.gguf";
  quantise(in, once, "Q8_0");
  const QuantiseReport report = quantise(once, twice, "Q8_0");
  CHECK(read_file(once) == read_file(twice));
  const QuantiseReport again = quantise(once, scratch.path / "again.gguf", "Q4_0");
  bool said = false;
  for (const Phrase& note : again.notes) said = said || note.text.contains("were Q8_0 already");
  CHECK(said);
}

}  // namespace maru::convert
