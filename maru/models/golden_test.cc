// Every architecture against the reference library, on the tiny checkpoints of tests/golden/models: hidden states, attention, heads, loss and
// gradients; and a ragged batch against each of its sequences alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <optional>

#include "maru/models/models.h"

namespace maru::models {
namespace {

constexpr double kTolerance = 1e-4;

struct Golden {
  std::string name;
  io::ModelFile model;
  std::map<std::string, io::StoredTensor> values;
  explicit Golden(const std::filesystem::path& folder) : name(folder.filename().string()), model(io::open_file(folder)) {
    for (io::StoredTensor& t : io::open_safetensors(folder / "golden.safetensors").tensors) {
      const std::string key = t.name;
      values.emplace(key, std::move(t));
    }
  }
  bool has(const std::string& key) const { return values.contains(key); }
  template <class T>
  std::vector<T> read(const std::string& key) const {
    const io::StoredTensor& t = values.at(key);
    REQUIRE(t.type == (std::is_same_v<T, float> ? "F32" : "I32"));
    std::vector<T> out(t.bytes.size() / sizeof(T));
    std::memcpy(out.data(), t.bytes.data(), t.bytes.size());
    return out;
  }
  std::vector<std::int32_t> integers(const std::string& key) const { return read<std::int32_t>(key); }
  std::vector<float> floats(const std::string& key) const { return read<float>(key); }
  ops::Ragged ragged(const std::string& key) const {
    ops::Ragged rows;
    const std::vector<std::int32_t> start = integers(key);
    for (std::size_t i = 1; i < start.size(); ++i) rows.add(start[i] - start[i - 1]);
    return rows;
  }
};

// The largest error, relative to the value and to the size of the values around it.
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

// The sequences of a case, or one of them, as a model takes them.
struct Input {
  std::vector<std::int32_t> ids, positions, types;
  ops::Ragged rows;
  Input(const Golden& golden, const std::string& prefix = "", std::int64_t only = -1) {
    const bool sees = golden.has("pixels");
    const auto integers = [&](const std::string& key) { return golden.has(key) ? golden.integers(key) : std::vector<std::int32_t>{}; };
    const std::vector<std::int32_t> all = integers(prefix + "ids"), all_types = integers("token_types");
    const ops::Ragged whole = golden.ragged(prefix + "start");
    for (std::int64_t s = 0; s < whole.sequences(); ++s) {
      if (only >= 0 && s != only) continue;
      const std::int64_t first = whole.start[std::size_t(s)], last = whole.start[std::size_t(s) + 1];
      rows.add(last - first);
      if (sees) continue;
      ids.insert(ids.end(), all.begin() + first, all.begin() + last);
      if (!all_types.empty() && prefix.empty()) types.insert(types.end(), all_types.begin() + first, all_types.begin() + last);
      positions.resize(ids.size());
      std::iota(positions.end() - (last - first), positions.end(), 0);
    }
  }
  Batch batch() const { return {.ids = ids, .positions = positions, .rows = rows, .token_types = types}; }
};

// A case, or one of its sequences, through a model: an encoder–decoder's encoder reads first.
struct Pass {
  Input source;
  std::optional<Input> target;
  Tensor images, encoded, hidden;
  ops::Ragged rows;                                    // of `hidden`
  Pass(const Golden& golden, const Model& model, std::int64_t only = -1) : source(golden, "", only), rows(source.rows) {
    Batch batch = source.batch();
    if (golden.has("pixels")) batch.images = images_of(golden, model, only);
    if (!model.info().encoder_decoder) {
      hidden = model.hidden(batch);
      return;
    }
    target.emplace(golden, "decoder_", only);
    rows = target->rows;
    encoded = model.encode(batch);
    const Memory memory{encoded, source.rows};
    Batch writing = target->batch();
    writing.memory = &memory;
    hidden = model.hidden(writing);
  }
  static Tensor images_of(const Golden& golden, const Model& model, std::int64_t only) {
    const Info info = model.info();
    const std::vector<float> pixels = golden.floats("pixels");
    const std::int64_t size = info.channels * info.image_size * info.image_size, count = std::int64_t(pixels.size()) / size;
    if (only < 0) return Tensor::of({count, info.channels, info.image_size, info.image_size}, pixels);
    const std::span<const float> one = std::span(pixels).subspan(std::size_t(only * size), std::size_t(size));
    return Tensor::of({1, info.channels, info.image_size, info.image_size}, one);
  }
};

// What the probe saw, by name and layer.
struct Seen final : Probe {
  std::map<std::pair<std::string, int>, Tensor> values;
  std::map<std::string, Tensor> weights;  // "attention.LAYER.SEQUENCE", as the goldens call them
  bool wants(Site) const override { return true; }
  Tensor see(Site site, Tensor value) override {
    if (site.name.ends_with(".weights")) weights[fmt::format("{}.{}.{}", site.name.substr(0, site.name.size() - 8), site.layer, site.sequence)] = value;
    else values.insert_or_assign({std::string(site.name), site.layer}, value);
    return value;
  }
};

std::vector<std::int32_t> without_ignored(std::vector<std::int32_t> labels) {
  std::ranges::replace(labels, -100, -1);
  return labels;
}

Head head_of_logits(const Model& model) {
  for (const Head head : {Head::vocabulary, Head::token, Head::sequence, Head::replaced})
    if (model.answers(head)) return head;
  FAIL("logits without a head");
  return Head::vocabulary;
}

// The next token is the label of the one before it.
std::vector<std::int32_t> shifted(const std::vector<std::int32_t>& labels, const ops::Ragged& rows) {
  std::vector<std::int32_t> next(labels.size(), -1);
  for (std::int64_t s = 0; s < rows.sequences(); ++s)
    for (std::int64_t i = rows.start[std::size_t(s)]; i + 1 < rows.start[std::size_t(s) + 1]; ++i) next[std::size_t(i)] = labels[std::size_t(i) + 1];
  return next;
}

// Which row an answer starts (column 0) or ends (column 1) at: cross entropy over the rows of each sequence, the mean over sequences.
Tensor span_loss(const Tensor& scores, const ops::Ragged& rows, std::int64_t column, std::span<const std::int32_t> places) {
  const std::vector<float> pick = column == 0 ? std::vector<float>{1, 0} : std::vector<float>{0, 1};
  const Tensor one = ops::linear(scores, Tensor::of({1, 2}, pick));  // [rows, 1]
  Tensor sum;
  for (std::int64_t s = 0; s < rows.sequences(); ++s) {
    const std::int64_t first = rows.start[std::size_t(s)], last = rows.start[std::size_t(s) + 1];
    const Tensor loss = ops::cross_entropy(ops::slice(one, first, last).reshape({1, last - first}), places.subspan(std::size_t(s), 1));
    sum = sum ? ops::add(sum, loss) : loss;
  }
  return ops::scale(sum, 1 / float(rows.sequences()));
}

// The reference's loss for what the case was labelled with.
Tensor loss_of(const Golden& golden, const Model& model, const Tensor& hidden, const ops::Ragged& rows) {
  if (golden.has("start_positions")) {
    const Tensor scores = model.answer(Head::span, hidden, rows);
    const Tensor start = span_loss(scores, rows, 0, golden.integers("start_positions")), end = span_loss(scores, rows, 1, golden.integers("end_positions"));
    return ops::scale(ops::add(start, end), 0.5f);
  }
  if (golden.has("hidden_target")) {
    const Tensor pooled = model.answer(Head::pooled, hidden, rows);
    const Tensor of_hidden = ops::mean_squared_error(hidden, golden.floats("hidden_target"));
    return ops::add(of_hidden, ops::mean_squared_error(pooled, golden.floats("pooled_target")));
  }
  const Head head = head_of_logits(model);
  const Tensor logits = model.answer(head, hidden, rows);
  if (head == Head::replaced) {
    std::vector<float> targets;
    for (const std::int32_t label : golden.integers("labels")) targets.push_back(float(label));
    return ops::binary_cross_entropy(logits, targets);
  }
  if (golden.values.at("labels").type == "F32")
    return logits.dim(1) == 1 ? ops::mean_squared_error(logits, golden.floats("labels")) : ops::binary_cross_entropy(logits, golden.floats("labels"));
  std::vector<std::int32_t> labels = without_ignored(golden.integers("labels"));
  if (head == Head::vocabulary && model.info().causal) labels = shifted(labels, rows);
  const Tensor loss = ops::cross_entropy(logits, labels);
  if (!golden.has("next_sentence_labels")) return loss;
  const Tensor next = model.answer(Head::next_sentence, hidden, rows);
  return ops::add(loss, ops::cross_entropy(next, golden.integers("next_sentence_labels")));
}

void check_heads(const Golden& golden, const Model& model, const Tensor& hidden, const ops::Ragged& rows) {
  const auto check_head = [&](const std::string& key, Head head) {
    if (!golden.has(key)) return;
    CAPTURE(key);
    CHECK(worst(model.answer(head, hidden, rows).values(), golden.floats(key)) < kTolerance);
  };
  if (golden.has("logits")) check_head("logits", head_of_logits(model));
  check_head("pooled", Head::pooled);
  check_head("next_sentence_logits", Head::next_sentence);
  if (golden.has("start_logits")) {
    const Tensor scores = model.answer(Head::span, hidden, rows);
    std::vector<float> start, end;
    for (std::int64_t r = 0; r < scores.dim(0); ++r) {
      start.push_back(scores.data()[2 * r]);
      end.push_back(scores.data()[2 * r + 1]);
    }
    CHECK(worst(start, golden.floats("start_logits")) < kTolerance);
    CHECK(worst(end, golden.floats("end_logits")) < kTolerance);
  }
}

// The residual stream before each layer; behind the last there is a final norm at most, and what comes after it is checked by itself.
void check_residual(const Golden& golden, const Seen& seen, const std::string& tap, const std::string& key, int layers) {
  for (int layer = 0; layer < layers; ++layer) {
    CAPTURE(key);
    CAPTURE(layer);
    CHECK(worst(seen.values.at({tap, layer - 1}).values(), golden.floats(fmt::format("{}.{}", key, layer))) < kTolerance);
  }
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), std::size_t(a.size()) * sizeof(float)) == 0;
}

void check_forward(const Golden& golden) {
  const std::unique_ptr<Model> model = open(golden.model);
  const Info info = model->info();
  Seen seen;
  const Pass pass = [&] {
    const Probe::Scope scope(seen);
    return Pass(golden, *model);
  }();
  CHECK(worst(pass.hidden.values(), golden.floats("hidden")) < kTolerance);
  check_residual(golden, seen, info.encoder_decoder ? "decoder.residual" : "residual", "hidden", info.layers);
  std::int64_t attended = info.layers * pass.rows.sequences();
  if (info.encoder_decoder) {
    CHECK(worst(pass.encoded.values(), golden.floats("encoder_hidden")) < kTolerance);
    check_residual(golden, seen, "encoder.residual", "encoder_hidden", info.encoder_layers);
    attended = (2 * info.layers + info.encoder_layers) * pass.rows.sequences();
  }
  for (const auto& [tap, weights] : seen.weights) {
    std::string key = tap;  // "decoder.attention.0.2"
    if (info.encoder_decoder) std::replace(key.begin(), key.begin() + std::ptrdiff_t(key.find("attention")), '.', '_');
    CAPTURE(key);
    REQUIRE(golden.has(key));
    CHECK(worst(weights.values(), golden.floats(key)) < kTolerance);
  }
  CHECK(std::int64_t(seen.weights.size()) == attended);
  check_heads(golden, *model, pass.hidden, pass.rows);
  for (std::int64_t s = 0; s < pass.rows.sequences(); ++s) {
    CAPTURE(s);
    const Pass alone(golden, *model, s);
    CHECK(same_bits(alone.hidden, pass.hidden.rows(pass.rows.start[std::size_t(s)], pass.rows.start[std::size_t(s) + 1])));
    if (!pass.encoded) continue;
    const std::vector<std::int64_t>& start = pass.source.rows.start;
    CHECK(same_bits(alone.encoded, pass.encoded.rows(start[std::size_t(s)], start[std::size_t(s) + 1])));
  }
}

// How a golden's parameter is called in the model: without the file's prefix, and by today's names.
std::string plain_name(const Golden& golden, std::string name) {
  for (const std::string_view prefix : architecture(golden.model).prefixes)
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  if (name.ends_with(".gamma")) name.replace(name.size() - 5, 5, "weight");
  if (name.ends_with(".beta")) name.replace(name.size() - 4, 4, "bias");
  return name;
}

// The numbers as the file's parameter has them, whose weights may be stored transposed.
std::vector<float> as_stored(const Golden& golden, const std::string& name, const Tensor& t) {
  std::vector<float> out(t.values().begin(), t.values().end());
  for (const std::string_view pattern : architecture(golden.model).transposed)
    if (name.ends_with(pattern.substr(pattern.find("{}") + 2)))
      for (std::int64_t i = 0; i < t.dim(0); ++i)
        for (std::int64_t j = 0; j < t.dim(1); ++j) out[std::size_t(j * t.dim(0) + i)] = t.data()[i * t.dim(1) + j];
  return out;
}

bool all_below(std::span<const float> values, float limit) {
  return std::ranges::all_of(values, [limit](float v) { return std::abs(v) < limit; });
}

void check_gradients(const Golden& golden) {
  std::map<std::string, Tensor> parameters;
  const auto keep = [&](const std::string& name, const Tensor& t) { parameters[plain_name(golden, name)] = t; };
  const std::unique_ptr<Model> model = open(golden.model, {.trainable = true, .each = keep});
  Tape tape;
  const Pass pass(golden, *model);
  const Tensor loss = loss_of(golden, *model, pass.hidden, pass.rows);
  CHECK(worst(loss.values(), golden.floats("loss")) < kTolerance);
  const Grads grads = tape.backward(loss);
  for (const auto& [key, value] : golden.values) {
    if (!key.starts_with("grad.")) continue;
    CAPTURE(key);
    const auto at = parameters.find(plain_name(golden, key.substr(5)));
    if (at == parameters.end()) {
      // A parameter that the model does not read must not matter to the loss either.
      CHECK(std::ranges::all_of(golden.floats(key), [](float v) { return v == 0; }));
      continue;
    }
    const Tensor* const found = grads.find(at->second);
    const Tensor gradient = found ? *found : Tensor::zeros(at->second.shape());
    const std::vector<float> expected = golden.floats(key);
    // A softmax does not see what is added to all of its scores: the gradient of a key's bias is zero but for rounding.
    if (all_below(expected, 1e-9f)) CHECK(all_below(gradient.values(), 1e-5f));
    else CHECK(worst(as_stored(golden, key, gradient), expected) < kTolerance);
  }
}

std::vector<std::filesystem::path> cases() {
  std::vector<std::filesystem::path> all;
  for (const auto& entry : std::filesystem::directory_iterator(MARU_TESTS "/golden/models"))
    if (entry.is_directory()) all.push_back(entry.path());
  std::ranges::sort(all);
  REQUIRE(all.size() > 20);
  return all;
}

}  // namespace

TEST_CASE("hidden states, heads and a ragged batch are the reference's") {
  const ops::PrecisionScope exact(ops::Precision::exact);
  for (const std::filesystem::path& folder : cases()) {
    const Golden golden(folder);
    CAPTURE(golden.name);
    check_forward(golden);
  }
}

TEST_CASE("a pytorch_model.bin with the names of 2018 is the same model to the bit") {
  const Golden golden(MARU_TESTS "/golden/models/bert_masked_lm");
  const io::ModelFile file = io::open_file(MARU_TESTS "/golden/torch/bert_masked_lm");
  const std::unique_ptr<Model> one = open(golden.model), other = open(file);
  CHECK(same_bits(Pass(golden, *one).hidden, Pass(golden, *other).hidden));
}

TEST_CASE("the loss and every gradient are the reference's") {
  for (const std::filesystem::path& folder : cases()) {
    const Golden golden(folder);
    CAPTURE(golden.name);
    check_gradients(golden);
  }
}

}  // namespace maru::models
