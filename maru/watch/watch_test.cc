// What is watched against the reference's numbers in tests/golden/models and against the engine's own; interventions against plain loops.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>

#include "maru/watch/measures.h"
#include "maru/watch/names.h"
#include "maru/watch/svg.h"

namespace maru::watch {
namespace {

const std::filesystem::path kModels = MARU_TESTS "/golden/models";

// A case of the goldens: its longest sequence as an input, or its first image.
struct Golden {
  std::string name;
  io::ModelFile file;
  std::map<std::string, io::StoredTensor> values;
  std::map<std::string, Tensor> parameters;
  std::unique_ptr<models::Model> model;
  models::Info info;
  Input input;
  std::int64_t sequence = 0, first_row = 0;    // where the sequence stands among the case's; the row of its hidden states
  explicit Golden(const std::filesystem::path& folder) : name(folder.filename().string()), file(io::open_file(folder)) {
    for (io::StoredTensor& t : io::open_safetensors(folder / "golden.safetensors").tensors) values.emplace(t.name, t);
    model = models::open(file, {.each = [&](const std::string& parameter, const Tensor& t) { parameters[parameter] = t; }});
    info = model->info();
    if (values.contains("pixels")) {
      const std::vector<float> pixels = floats("pixels");
      const std::int64_t size = info.channels * info.image_size * info.image_size;
      input.image = Tensor::of({1, info.channels, info.image_size, info.image_size}, std::span(pixels).first(std::size_t(size)));
      return;
    }
    const std::vector<std::int32_t> start = read<std::int32_t>("start");
    const auto length = [&](std::int64_t s) { return start[std::size_t(s) + 1] - start[std::size_t(s)]; };
    for (std::int64_t s = 1; s + 1 < std::ssize(start); ++s)
      if (length(s) > length(sequence)) sequence = s;
    input.ids = own("ids", "start");
    if (values.contains("token_types")) input.types = own("token_types", "start");
    if (info.encoder_decoder) input.target = own("decoder_ids", "decoder_start");
    first_row = read<std::int32_t>(info.encoder_decoder ? "decoder_start" : "start")[std::size_t(sequence)];
  }
  template <class T>
  std::vector<T> read(const std::string& key) const {
    const io::StoredTensor& t = values.at(key);
    std::vector<T> out(t.bytes.size() / sizeof(T));
    std::memcpy(out.data(), t.bytes.data(), t.bytes.size());
    return out;
  }
  std::vector<float> floats(const std::string& key) const { return read<float>(key); }
  std::vector<std::int32_t> own(const std::string& key, const std::string& start_key) const {
    const std::vector<std::int32_t> all = read<std::int32_t>(key), start = read<std::int32_t>(start_key);
    return {all.begin() + start[std::size_t(sequence)], all.begin() + start[std::size_t(sequence) + 1]};
  }
  // The rows of a value that are this sequence's, `rows` of `width`.
  std::vector<float> rows(const std::string& key, std::int64_t count, std::int64_t width) const {
    const std::vector<float> all = floats(key);
    return {all.begin() + first_row * width, all.begin() + (first_row + count) * width};
  }
};

const std::vector<std::unique_ptr<Golden>>& goldens() {
  static const std::vector<std::unique_ptr<Golden>> all = [] {
    std::vector<std::filesystem::path> folders;
    for (const auto& entry : std::filesystem::directory_iterator(kModels))
      if (entry.is_directory()) folders.push_back(entry.path());
    std::ranges::sort(folders);
    std::vector<std::unique_ptr<Golden>> out;
    for (const std::filesystem::path& folder : folders) out.push_back(std::make_unique<Golden>(folder));
    return out;
  }();
  REQUIRE(all.size() > 20);
  return all;
}

bool everything(const Site&) { return true; }

double worst(std::span<const float> got, std::span<const float> expected) {
  REQUIRE(got.size() == expected.size());
  double square = 0, largest = 0;
  for (const float e : expected) square += double(e) * double(e) / double(expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(double(got[i]) - double(expected[i])) / (std::abs(double(expected[i])) + std::sqrt(square) + 1e-3);
    largest = std::isnan(error) ? 1e9 : std::max(largest, error);
  }
  return largest;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), std::size_t(a.size()) * sizeof(float)) == 0;
}

// "decoder.attention" is called decoder_attention in the goldens.
std::string golden_name(std::string attention) {
  std::ranges::replace(attention, '.', '_');
  return attention;
}

}  // namespace

TEST_CASE("a watched pass gives the reference's hidden states and attention, and what is not watched gives the same bits") {
  for (const auto& golden : goldens()) {
    CAPTURE(golden->name);
    const Pass seen = pass(*golden->model, golden->input, {.keep = everything});
    CHECK(worst(seen.hidden.values(), golden->rows("hidden", seen.hidden.dim(0), seen.hidden.dim(1))) < 1e-4);
    CHECK(same_bits(seen.hidden, pass(*golden->model, golden->input).hidden));
    for (const AttentionKind& kind : attention_kinds(golden->info))
      for (int layer = 0; layer < kind.layers; ++layer) {
        CAPTURE(kind.name);
        CAPTURE(layer);
        const Tensor* const weights = seen.find(kind.name + ".weights", layer);
        REQUIRE(weights);
        CHECK(worst(weights->values(), golden->floats(fmt::format("{}.{}.{}", golden_name(kind.name), layer, golden->sequence))) < 1e-4);
      }
  }
}

TEST_CASE("the weights are the softmax of the scores, and exactly 0 where a score is minus infinity") {
  std::map<std::string, int> kinds;
  for (const auto& golden : goldens()) {
    CAPTURE(golden->name);
    const Pass seen = pass(*golden->model, golden->input, {.keep = everything});
    for (const AttentionKind& kind : attention_kinds(golden->info))
      for (int layer = 0; layer < kind.layers; ++layer) {
        const Tensor& weights = *seen.find(kind.name + ".weights", layer);
        const Tensor& scores = *seen.find(kind.name + ".scores", layer);
        REQUIRE(weights.shape() == scores.shape());
        const std::int64_t keys = weights.dim(2);
        for (std::int64_t row = 0; row < weights.dim(0) * weights.dim(1); ++row) {
          const float* const s = scores.data() + row * keys;
          double sum = 0, error = 0;
          for (std::int64_t j = 0; j < keys; ++j) sum += std::exp(double(s[j]));
          for (std::int64_t j = 0; j < keys; ++j) {
            const float w = weights.data()[row * keys + j];
            if (std::isinf(s[j])) REQUIRE(w == 0);
            error = std::max(error, std::abs(double(w) - std::exp(double(s[j])) / sum));
          }
          REQUIRE(error < 1e-5);
        }
        ++kinds[sight(head_of(scores, 0), kind.name == "cross_attention").kind];
      }
  }
  for (const char* kind : {"bidirectional", "causal", "window", "cross"}) CHECK(kinds[kind] > 0);
}

TEST_CASE("scores are q·k over the square root of a head's width") {
  const Golden golden(kModels / "gpt2");
  const Pass seen = pass(*golden.model, golden.input, {.keep = everything});
  const Tensor &q = *seen.find("attention.q", 1), &k = *seen.find("attention.k", 1), &scores = *seen.find("attention.scores", 1);
  const std::int64_t n = q.dim(0), heads = q.dim(1), head = q.dim(2);
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double dot = 0;
        for (std::int64_t d = 0; d < head; ++d) dot += double(q.data()[(i * heads + h) * head + d]) * double(k.data()[(j * heads + h) * head + d]);
        const float got = scores.data()[(h * n + i) * n + j];
        if (j > i) CHECK(got == -std::numeric_limits<float>::infinity());
        else CHECK(double(got) == doctest::Approx(dot / std::sqrt(double(head))).epsilon(1e-5));
      }
}

TEST_CASE("the lens' last row is the model's own answer, and its first is the head on the embeddings") {
  int asked = 0;
  for (const auto& golden : goldens()) {
    if (!golden->model->answers(models::Head::vocabulary)) continue;
    CAPTURE(golden->name);
    const Pass seen = pass(*golden->model, golden->input, {.keep = everything});
    const std::int64_t last = seen.rows.rows() - 1;
    const Tensor through = lens(*golden->model, seen, last);
    CHECK(through.dim(0) == golden->info.layers + 1);
    const Tensor own = logits_at(*golden->model, seen, last);
    CHECK(same_bits(through.rows(through.dim(0) - 1, through.dim(0)).reshape({own.dim(0)}), own));
    const std::vector<float> logits = golden->rows("logits", last + 1, own.dim(0));
    CHECK(worst(own.values(), std::span(logits).last(std::size_t(own.dim(0)))) < 1e-4);
    CHECK(!same_bits(through.rows(0, 1).reshape({own.dim(0)}), own));
    ++asked;
  }
  CHECK(asked > 15);
}

TEST_CASE("the mean of the losses is the cross entropy of the shifted text") {
  for (const auto& golden : goldens()) {
    const bool writes = golden->info.causal || golden->info.encoder_decoder;
    if (!writes || !golden->model->answers(models::Head::vocabulary)) continue;
    CAPTURE(golden->name);
    const std::vector<std::int32_t>& ids = golden->info.encoder_decoder ? golden->input.target : golden->input.ids;
    const Pass seen = pass(*golden->model, golden->input);
    const Losses losses = next_token_losses(*golden->model, seen, ids);
    REQUIRE(losses.positions.size() == ids.size() - 1);
    std::vector<std::int32_t> next(ids.begin() + 1, ids.end());
    next.push_back(-1);
    const ops::PrecisionScope exact(ops::Precision::exact);
    CHECK(losses.mean() == doctest::Approx(double(ops::cross_entropy(golden->model->logits(seen.hidden), next).data()[0])).epsilon(1e-5));
  }
}

TEST_CASE("a masked loss is what the model says of a token that it does not see") {
  const Golden golden(kModels / "bert_masked_lm");
  const std::vector<std::int64_t> positions{1};
  const Losses losses = masked_losses(*golden.model, golden.input, positions, 3);
  Input masked = golden.input;
  masked.ids[1] = 3;
  const Tensor logits = logits_at(*golden.model, pass(*golden.model, masked), 1);
  CHECK(losses.positions.at(0).id == golden.input.ids[1]);
  CHECK(losses.mean() == doctest::Approx(-log_probability(logits.values(), golden.input.ids[1])));
}

TEST_CASE("taking a head away zeroes its part of what goes into the projection out, in every architecture") {
  for (const auto& golden : goldens())
    for (const AttentionKind& kind : attention_kinds(golden->info)) {
      CAPTURE(golden->name);
      CAPTURE(kind.name);
      const int layer = kind.layers - 1, gone = 1;
      const Pass plain = pass(*golden->model, golden->input, {.keep = everything});
      const Pass now = pass(*golden->model, golden->input, {.keep = everything, .ablations = {{kind.name, layer, gone}}});
      const auto at = std::ranges::find_if(now.tensors, [&](const Recorded& one) { return one.site == kind.name + ".out" && one.layer == layer; });
      REQUIRE(at != now.tensors.end());
      const Recorded& projected = *(at + 1);
      const Tensor x = *plain.find(kind.name + ".out", layer);   // [rows, heads, head]
      const std::int64_t rows = x.dim(0), heads = x.dim(1), head = x.dim(2), in = heads * head;
      const auto parameter = [&](const char* what) {
        for (const auto& [name, value] : golden->parameters)
          if (name == projected.site + what || name.ends_with("." + projected.site + what) || projected.site.ends_with("." + name.substr(0, name.rfind('.'))))
            if (name.ends_with(what)) return value.decoded();
        return Tensor();
      };
      const Tensor weight = parameter(".weight"), bias = parameter(".bias");
      REQUIRE(weight);
      const std::int64_t width = weight.dim(0);
      std::vector<float> expected;
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t o = 0; o < width; ++o) {
          double sum = bias ? double(bias.data()[o]) : 0;
          for (std::int64_t i = 0; i < in; ++i)
            if (i / head != gone) sum += double(x.data()[r * in + i]) * double(weight.data()[o * in + i]);
          expected.push_back(float(sum));
        }
      CHECK(worst(projected.value.values(), expected) < 1e-5);
      CHECK(!same_bits(now.hidden, plain.hidden));
    }
}

TEST_CASE("every row of the embeddings patched in from another text gives that text's result") {
  for (const char* name : {"llama", "bert_masked_lm", "gemma3_text"}) {
    CAPTURE(name);
    const Golden golden(kModels / name);
    Input other = golden.input;
    std::ranges::reverse(other.ids);
    const Pass from = pass(*golden.model, other, {.keep = everything});
    const Tensor rows = *from.find("residual", -1);
    Watching watching;
    for (std::int64_t i = 0; i < rows.dim(0); ++i) watching.patches.push_back({.site = "residual", .layer = -1, .position = i, .row = rows.rows(i, i + 1)});
    CHECK(same_bits(pass(*golden.model, golden.input, watching).hidden, from.hidden));
  }
}

TEST_CASE("names of heads say what there is") {
  const models::Info decoder{.layers = 2, .heads = 4};
  CHECK(heads(decoder, "1.3", "--attention").at(0).head == 3);
  CHECK(heads(decoder, "all", "--attention").size() == 2);
  CHECK_THROWS_WITH_AS(heads(decoder, "2.0", "--attention"), "--attention: there is no layer 2; this model has layers 0 to 1", Error);
  CHECK_THROWS_WITH_AS(heads(decoder, "1.4", "--attention"), "--attention: there is no head 4; a layer of this model has heads 0 to 3", Error);
  CHECK_THROWS_AS(heads(decoder, "1.", "--attention"), Error);
  CHECK_THROWS_AS(heads(decoder, "cross:1.1", "--attention"), Error);
  const models::Info both{.layers = 2, .heads = 4, .encoder_decoder = true, .encoder_layers = 3};
  CHECK(heads(both, "cross:1.1", "--attention").at(0).attention == "cross_attention");
  CHECK(heads(both, "2.1", "--attention").size() == 1);
  CHECK(heads(both, "1.1", "--attention").size() == 3);
  CHECK(patch_name("residual:embeddings:last").layer == -1);
  CHECK(patch_name("attention.out:1:4").position == 4);
  CHECK_THROWS_AS(patch_name("residual:1"), Error);
}

TEST_CASE("what was asked for and met nothing is an error") {
  const Golden golden(kModels / "llama");
  CHECK_THROWS_AS(pass(*golden.model, golden.input, {.ablations = {{"attention", 0, 99}}}), Error);
  CHECK_THROWS_AS(pass(*golden.model, golden.input, {.ablations = {{"cross_attention", 0, 0}}}), Error);
  CHECK_THROWS_AS(pass(*golden.model, golden.input, {.patches = {{.site = "nothing", .layer = 0, .position = 0, .row = Tensor({1})}}}), Error);
}

TEST_CASE("an unwatched thread records nothing and layers are numbered by the residual that ends them") {
  const Golden golden(kModels / "llama");
  const Pass seen = pass(*golden.model, golden.input, {.answers = true});
  CHECK(std::ranges::none_of(seen.tensors, [](const Recorded& one) { return bool(one.value); }));
  CHECK(seen.tensors.front().block == -1);
  CHECK(seen.tensors.back().site == "lm_head");
  CHECK(seen.tensors.back().block == golden.info.layers);
  for (const Recorded& one : seen.tensors)
    if (one.site.starts_with("model.layers.1.")) CHECK(one.block == 1);
  CHECK(Probe::current() == nullptr);
}

TEST_CASE("a label cannot break out of an SVG") {
  const std::string picture = svg({{.title = "a < b & c", .rows = {"\"x\"", "\x01"}, .columns = {"<script>", "나"}, .weights = Tensor::zeros({2, 2})}});
  CHECK(picture.find("<script>") == std::string::npos);
  CHECK(picture.find("a &lt; b &amp; c") != std::string::npos);
  CHECK(picture.find('\x01') == std::string::npos);
  CHECK(picture.find("나") != std::string::npos);
}

}  // namespace maru::watch
