// Decoders on the tiny checkpoints of tests/golden/models: what a cache gives is what the whole sequence gives, bit by bit, and the greedy
// continuation is the reference's. And on those of tests/golden/gguf, which tools/golden_gguf.py makes: every quirk of the converter.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "maru/models/models.h"

namespace maru::models {
namespace {

// The tensors of one type in a file.
template <class T>
std::map<std::string, std::vector<T>> stored(const std::filesystem::path& path) {
  std::map<std::string, std::vector<T>> all;
  for (const io::StoredTensor& t : io::open_safetensors(path).tensors) {
    if (t.type != (std::is_same_v<T, float> ? "F32" : "I32")) continue;
    std::vector<T>& values = all[t.name];
    values.resize(t.bytes.size() / sizeof(T));
    std::memcpy(values.data(), t.bytes.data(), t.bytes.size());
  }
  return all;
}
using Integers = std::map<std::string, std::vector<std::int32_t>>;

// One sequence through a model, with what it has seen kept in a cache.
struct Reader {
  const Model& model;
  Info info = model.info();
  ops::KvCache cache{info.layers, info.kv_heads, info.head};
  Tensor hidden(std::span<const std::int32_t> ids) {
    std::vector<std::int32_t> positions(ids.size());
    std::iota(positions.begin(), positions.end(), std::int32_t(cache.length()));
    ops::Ragged rows;
    rows.add(std::int64_t(ids.size()));
    ops::KvCache* caches[] = {&cache};
    const Tensor h = model.hidden({.ids = ids, .positions = positions, .rows = rows, .caches = caches});
    cache.advance(std::int64_t(ids.size()));
    return h;
  }
};

Tensor whole(const Model& model, std::span<const std::int32_t> ids) {
  std::vector<std::int32_t> positions(ids.size());
  std::iota(positions.begin(), positions.end(), 0);
  ops::Ragged rows;
  rows.add(std::int64_t(ids.size()));
  return model.hidden({.ids = ids, .positions = positions, .rows = rows});
}

void check_cuts(const Model& model, std::span<const std::int32_t> ids) {
  const Tensor expected = whole(model, ids);
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, ids.size()}) {
    CAPTURE(step);
    Reader reader{model};
    for (std::size_t at = 0; at < ids.size(); at += step) {
      const auto part = ids.subspan(at, std::min(step, ids.size() - at));
      const Tensor h = reader.hidden(part);
      CHECK(std::memcmp(h.data(), expected.data() + std::int64_t(at) * h.dim(1), std::size_t(h.size()) * sizeof(float)) == 0);
    }
  }
}

std::vector<std::int32_t> greedy(const Model& model, std::vector<std::int32_t> ids, std::size_t length) {
  Reader reader{model};
  Tensor h = reader.hidden(ids);
  while (ids.size() < length) {
    const Tensor logits = model.logits(ops::slice(h, h.dim(0) - 1, h.dim(0)));
    ids.push_back(std::int32_t(std::ranges::max_element(logits.values()) - logits.values().begin()));
    h = reader.hidden(std::span(ids).last(1));
  }
  return ids;
}

template <class Check>
void for_each_decoder(Check check) {
  int decoders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MARU_TESTS "/golden/models")) {
    if (!entry.is_directory()) continue;
    const io::ModelFile file = io::open_file(entry.path());
    const auto model = open(file);
    if (!model->info().causal || model->info().encoder_decoder) continue;
    ++decoders;
    CAPTURE(entry.path().filename().string());
    check(*model, stored<std::int32_t>(entry.path() / "golden.safetensors"));
  }
  CHECK(decoders > 10);
}

}  // namespace

TEST_CASE("decoding with a cache gives every bit of the whole sequence, however it is cut, with windows too") {
  const ops::PrecisionScope exact(ops::Precision::exact);
  for_each_decoder([](const Model& model, const Integers& golden) {
    const std::vector<std::int32_t>& start = golden.at("start");
    const auto longest = std::span(golden.at("ids")).subspan(std::size_t(start[start.size() - 2]));
    check_cuts(model, longest);
  });
}

TEST_CASE("the greedy continuation of a decoder is the reference's") {
  const ops::PrecisionScope exact(ops::Precision::exact);
  int continued = 0;
  for_each_decoder([&](const Model& model, const Integers& golden) {
    const std::vector<std::int32_t>& start = golden.at("start");
    for (std::size_t s = 0; s + 1 < start.size(); ++s) {
      const auto expected = golden.find(fmt::format("greedy.{}", s));
      if (expected == golden.end()) continue;
      const auto prompt = std::span(golden.at("ids")).subspan(std::size_t(start[s]), std::size_t(start[s + 1] - start[s]));
      CHECK(greedy(model, {prompt.begin(), prompt.end()}, expected->second.size()) == expected->second);
      ++continued;
    }
  });
  CHECK(continued > 20);
}

TEST_CASE("a GGUF of the reference converter gives the original's logits") {
  const ops::PrecisionScope exact(ops::Precision::exact);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MARU_TESTS "/golden/gguf")) {
    if (entry.path().extension() != ".gguf") continue;
    CAPTURE(entry.path().filename().string());
    const auto model = open(io::open_file(entry.path()));
    const std::filesystem::path golden = std::filesystem::path(entry.path()).replace_extension(".safetensors");
    const std::vector<std::int32_t> ids = stored<std::int32_t>(golden).at("ids");
    const std::vector<float> expected = stored<float>(golden).at("logits");
    const Tensor logits = model->logits(whole(*model, ids));
    REQUIRE(logits.size() == std::ssize(expected));
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
      worst = std::max(worst, std::abs(double(logits.data()[i]) - double(expected[i])) / (1 + std::abs(double(expected[i]))));
    CHECK(worst < 1e-5);
    ++files;
  }
  CHECK(files >= 7);
}

}  // namespace maru::models
