// T5 as llama.cpp's converter writes it, against the reference library's numbers for the original; and what else its files may look like.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "maru/models/models.h"
#include "tests/scratch.h"

namespace maru::models {
namespace {

template <class T>
std::vector<T> numbers(const io::ModelFile& file, std::string_view name) {
  for (const io::StoredTensor& t : file.tensors)
    if (t.name == name) {
      std::vector<T> out(t.bytes.size() / sizeof(T));
      std::memcpy(out.data(), t.bytes.data(), t.bytes.size());
      return out;
    }
  FAIL("no tensor of this name");
  return {};
}

struct Words {
  std::vector<std::int32_t> ids, positions;
  ops::Ragged rows;
  explicit Words(std::vector<std::int32_t> given) : ids(std::move(given)), positions(ids.size()) {
    std::iota(positions.begin(), positions.end(), 0);
    rows.add(std::int64_t(ids.size()));
  }
  Batch batch(const Memory* memory = nullptr) const { return {.ids = ids, .positions = positions, .rows = rows, .memory = memory}; }
};

}  // namespace

TEST_CASE("T5 of both versions from GGUF gives the reference's logits") {
  const ops::PrecisionScope exact(ops::Precision::exact);
  for (const std::string name : {"t5", "t5_v1_1"}) {
    CAPTURE(name);
    const std::filesystem::path folder = MARU_TESTS "/golden/gguf_t5";
    const io::ModelFile golden = io::open_safetensors(folder / (name + ".safetensors"));
    const auto model = open(io::open_file(folder / (name + ".gguf")));
    const Info info = model->info();
    CHECK(info.encoder_decoder);
    CHECK(info.encoder_layers == 3);
    CHECK(info.layers == 2);
    CHECK(info.decoder_start == 0);
    CHECK(info.context == 40);
    const Words source(numbers<std::int32_t>(golden, "ids")), target(numbers<std::int32_t>(golden, "decoder_ids"));
    const Memory memory{model->encode(source.batch()), source.rows};
    const Tensor logits = model->logits(model->hidden(target.batch(&memory)));
    const std::vector<float> expected = numbers<float>(golden, "logits");
    REQUIRE(logits.size() == std::int64_t(expected.size()));
    double worst = 0, square = 0;
    for (const float e : expected) square += double(e) * double(e) / double(expected.size());
    for (std::int64_t i = 0; i < logits.size(); ++i)
      worst = std::max(worst, std::abs(double(logits.data()[i]) - double(expected[std::size_t(i)])) / std::sqrt(square));
    CHECK(worst < 1e-4);
  }
}

TEST_CASE("a decoder that is asked without memory says what is missing") {
  const auto model = open(io::open_file(MARU_TESTS "/golden/gguf_t5/t5.gguf"));
  const Words target({0, 5});
  CHECK(testing::error_of([&] { model->hidden(target.batch()); }).contains("encode a text first"));
}

}  // namespace maru::models
