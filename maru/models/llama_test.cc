// A tiny llama, written as safetensors, as shards and as GGUF, against the paper's formulas in plain loops.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <random>

#include "maru/base/json.h"
#include "maru/models/models.h"
#include "tests/scratch.h"

namespace maru::models {
namespace {

using testing::Scratch;
using Values = std::vector<double>;

struct Stored {
  std::vector<std::int64_t> shape;  // [out, in], as Hugging Face writes it
  std::vector<float> values;
};
using Weights = std::map<std::string, Stored>;

constexpr std::int64_t kWidth = 24, kHeads = 6, kKvHeads = 2, kHead = 4, kHidden = 40, kVocabulary = 11;
constexpr int kLayers = 2;

std::string layer(int i, std::string_view rest) { return fmt::format("model.layers.{}.{}.weight", i, rest); }

Weights random_weights() {
  std::mt19937 random(7);
  Weights all;
  const auto add = [&](const std::string& name, std::vector<std::int64_t> shape, float middle, float spread) {
    std::normal_distribution<float> normal(middle, spread);
    std::int64_t size = 1;
    for (const std::int64_t dim : shape) size *= dim;
    std::vector<float> values(static_cast<std::size_t>(size));
    for (float& v : values) v = normal(random);
    all[name] = {std::move(shape), std::move(values)};
  };
  add("model.embed_tokens.weight", {kVocabulary, kWidth}, 0, 1);
  add("model.norm.weight", {kWidth}, 1, 0.1f);
  add("lm_head.weight", {kVocabulary, kWidth}, 0, 0.3f);
  for (int i = 0; i < kLayers; ++i) {
    add(layer(i, "input_layernorm"), {kWidth}, 1, 0.1f);
    add(layer(i, "post_attention_layernorm"), {kWidth}, 1, 0.1f);
    add(layer(i, "self_attn.q_proj"), {kHeads * kHead, kWidth}, 0, 0.3f);
    add(layer(i, "self_attn.k_proj"), {kKvHeads * kHead, kWidth}, 0, 0.3f);
    add(layer(i, "self_attn.v_proj"), {kKvHeads * kHead, kWidth}, 0, 0.3f);
    add(layer(i, "self_attn.o_proj"), {kWidth, kHeads * kHead}, 0, 0.3f);
    add(layer(i, "mlp.gate_proj"), {kHidden, kWidth}, 0, 0.3f);
    add(layer(i, "mlp.up_proj"), {kHidden, kWidth}, 0, 0.3f);
    add(layer(i, "mlp.down_proj"), {kWidth, kHidden}, 0, 0.3f);
  }
  return all;
}

// ---- the formulas

Values product(const Stored& w, const Values& x) {
  Values y(std::size_t(w.shape[0]), 0);
  for (std::size_t o = 0; o < y.size(); ++o)
    for (std::size_t i = 0; i < x.size(); ++i) y[o] += double(w.values[o * x.size() + i]) * x[i];
  return y;
}

Values rms(const Values& x, const Stored& gain) {
  double square = 0;
  for (const double v : x) square += v * v;
  Values y(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] / std::sqrt(square / double(x.size()) + 1e-5) * double(gain.values[i]);
  return y;
}

// Hugging Face's pairing: dimension i of a head turns with dimension i + head / 2.
void turn(Values& x, std::size_t position) {
  for (std::size_t from = 0; from < x.size(); from += kHead)
    for (std::size_t i = 0; i < kHead / 2; ++i) {
      const double angle = double(position) * std::pow(500.0, -2.0 * double(i) / double(kHead)), c = std::cos(angle), s = std::sin(angle);
      const double a = x[from + i], b = x[from + i + kHead / 2];
      x[from + i] = a * c - b * s;
      x[from + i + kHead / 2] = a * s + b * c;
    }
}

std::vector<Values> logits_of(const Weights& w, std::span<const std::int32_t> ids) {
  std::vector<Values> x;
  for (const std::int32_t id : ids) {
    const auto row = w.at("model.embed_tokens.weight").values.begin() + id * kWidth;
    x.emplace_back(row, row + kWidth);
  }
  for (int l = 0; l < kLayers; ++l) {
    std::vector<Values> keys, values;
    for (std::size_t t = 0; t < x.size(); ++t) {
      const Values h = rms(x[t], w.at(layer(l, "input_layernorm")));
      Values q = product(w.at(layer(l, "self_attn.q_proj")), h);
      keys.push_back(product(w.at(layer(l, "self_attn.k_proj")), h));
      values.push_back(product(w.at(layer(l, "self_attn.v_proj")), h));
      turn(q, t);
      turn(keys.back(), t);
      Values attended(std::size_t(kHeads * kHead), 0);
      for (std::size_t head = 0; head < kHeads; ++head) {
        const std::size_t kv = head / (kHeads / kKvHeads) * kHead;
        Values weight(t + 1);
        double total = 0;
        for (std::size_t j = 0; j <= t; ++j) {
          double score = 0;
          for (std::size_t d = 0; d < kHead; ++d) score += q[head * kHead + d] * keys[j][kv + d];
          total += weight[j] = std::exp(score / std::sqrt(double(kHead)));
        }
        for (std::size_t j = 0; j <= t; ++j)
          for (std::size_t d = 0; d < kHead; ++d) attended[head * kHead + d] += weight[j] / total * values[j][kv + d];
      }
      const Values out = product(w.at(layer(l, "self_attn.o_proj")), attended);
      for (std::size_t i = 0; i < out.size(); ++i) x[t][i] += out[i];
    }
    for (Values& row : x) {
      const Values h = rms(row, w.at(layer(l, "post_attention_layernorm")));
      Values gate = product(w.at(layer(l, "mlp.gate_proj")), h);
      const Values up = product(w.at(layer(l, "mlp.up_proj")), h);
      for (std::size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
      const Values down = product(w.at(layer(l, "mlp.down_proj")), gate);
      for (std::size_t i = 0; i < down.size(); ++i) row[i] += down[i];
    }
  }
  std::vector<Values> logits;
  for (const Values& row : x) logits.push_back(product(w.at("lm_head.weight"), rms(row, w.at("model.norm.weight"))));
  return logits;
}

// ---- the files

constexpr std::string_view kConfig =
    R"({"model_type":"llama","num_hidden_layers":2,"hidden_size":24,"intermediate_size":40,"num_attention_heads":6,"num_key_value_heads":2,)"
    R"("head_dim":4,"vocab_size":11,"max_position_embeddings":64,"rms_norm_eps":1e-5,"rope_theta":500.0,"tie_word_embeddings":false})";

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void append_text(std::string& bytes, std::string_view text) {
  append(bytes, std::uint64_t(text.size()));
  bytes += text;
}

std::string safetensors(const Weights& weights) {
  Json header = Json::object();
  std::string data;
  for (const auto& [name, stored] : weights) {
    const std::size_t begin = data.size(), size = stored.values.size() * sizeof(float);
    data.append(reinterpret_cast<const char*>(stored.values.data()), size);
    header[name] = {{"dtype", "F32"}, {"shape", stored.shape}, {"data_offsets", {begin, begin + size}}};
  }
  std::string bytes;
  append_text(bytes, header.dump());
  return bytes + data;
}

// Rows of q and k as GGUF's converter orders them: pairs (i, i + head / 2) of each head lie side by side.
Stored permuted(const Stored& w, std::int64_t heads) {
  Stored out = w;
  const std::int64_t columns = w.shape[1];
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::int64_t i = 0; i < kHead; ++i) {
      const std::int64_t from = h * kHead + i, to = h * kHead + (i % (kHead / 2)) * 2 + i / (kHead / 2);
      std::copy_n(w.values.begin() + from * columns, columns, out.values.begin() + to * columns);
    }
  return out;
}

std::string gguf(const Weights& weights) {
  const auto spelled = [](std::string name) {
    static constexpr std::pair<std::string_view, std::string_view> kParts[] = {
        {"model.embed_tokens", "token_embd"}, {"model.norm", "output_norm"}, {"lm_head", "output"}, {"model.layers.", "blk."},
        {"post_attention_layernorm", "ffn_norm"}, {"input_layernorm", "attn_norm"}, {"self_attn.q_proj", "attn_q"},
        {"self_attn.k_proj", "attn_k"}, {"self_attn.v_proj", "attn_v"}, {"self_attn.o_proj", "attn_output"}, {"mlp.gate_proj", "ffn_gate"},
        {"mlp.up_proj", "ffn_up"}, {"mlp.down_proj", "ffn_down"}};
    for (const auto& [from, to] : kParts)
      if (const std::size_t at = name.find(from); at != name.npos) name.replace(at, from.size(), to);
    return name;
  };
  std::string bytes = "GGUF", data;
  append(bytes, std::uint32_t(3));
  append(bytes, std::uint64_t(weights.size()));
  append(bytes, std::uint64_t(11));
  const auto text = [&](std::string_view key, std::string_view value) { append_text(bytes, key), append(bytes, std::uint32_t(8)), append_text(bytes, value); };
  const auto whole = [&](std::string_view key, std::uint32_t value) { append_text(bytes, key), append(bytes, std::uint32_t(4)), append(bytes, value); };
  const auto real = [&](std::string_view key, float value) { append_text(bytes, key), append(bytes, std::uint32_t(6)), append(bytes, value); };
  text("general.architecture", "llama");
  whole("llama.block_count", kLayers);
  whole("llama.embedding_length", kWidth);
  whole("llama.feed_forward_length", kHidden);
  whole("llama.attention.head_count", kHeads);
  whole("llama.attention.head_count_kv", kKvHeads);
  whole("llama.attention.key_length", kHead);
  whole("llama.context_length", 64);
  real("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  real("llama.rope.freq_base", 500);
  append_text(bytes, "tokenizer.ggml.tokens");
  append(bytes, std::uint32_t(9)), append(bytes, std::uint32_t(8)), append(bytes, std::uint64_t(kVocabulary));
  for (int i = 0; i < kVocabulary; ++i) append_text(bytes, std::to_string(i));
  for (const auto& [name, original] : weights) {
    const Stored stored = name.contains("q_proj") ? permuted(original, kHeads) : name.contains("k_proj") ? permuted(original, kKvHeads) : original;
    data.resize((data.size() + 31) / 32 * 32, '\0');
    append_text(bytes, spelled(name));
    append(bytes, std::uint32_t(stored.shape.size()));
    for (auto dim = stored.shape.rbegin(); dim != stored.shape.rend(); ++dim) append(bytes, std::uint64_t(*dim));
    append(bytes, std::uint32_t(0));
    append(bytes, std::uint64_t(data.size()));
    data.append(reinterpret_cast<const char*>(stored.values.data()), stored.values.size() * sizeof(float));
  }
  bytes.resize((bytes.size() + 31) / 32 * 32, '\0');
  return bytes + data;
}

void put_shards(const Scratch& folder, const Weights& weights) {
  Weights parts[2];
  Json map = Json::object();
  std::size_t size = 0;
  for (const auto& [name, stored] : weights) {
    const int part = name.contains(".1.") ? 1 : 0;
    parts[part][name] = stored;
    map[name] = fmt::format("model-0000{}-of-00002.safetensors", part + 1);
    size += stored.values.size() * sizeof(float);
  }
  for (int part = 0; part < 2; ++part) folder.put(fmt::format("model-0000{}-of-00002.safetensors", part + 1), safetensors(parts[part]));
  folder.put("model.safetensors.index.json", Json({{"metadata", {{"total_size", size}}}, {"weight_map", map}}).dump());
  folder.put("config.json", kConfig);
}

void check_against_formulas(const std::filesystem::path& path, const Weights& weights) {
  const io::ModelFile file = io::open_file(path);
  const auto model = open(file);
  const std::vector<std::int32_t> ids{3, 1, 4, 1, 5, 9, 2, 6};
  const std::vector<std::int32_t> positions{0, 1, 2, 3, 4, 5, 6, 7};
  ops::Ragged rows;
  rows.add(std::int64_t(ids.size()));
  const Tensor logits = model->logits(model->hidden({.ids = ids, .positions = positions, .rows = rows}));
  const auto expected = logits_of(weights, ids);
  double worst = 0;
  for (std::size_t t = 0; t < ids.size(); ++t)
    for (std::size_t v = 0; v < kVocabulary; ++v)
      worst = std::max(worst, std::abs(double(logits.data()[t * kVocabulary + v]) - expected[t][v]));
  CHECK(worst < 1e-4);
}

// Parameters from the map, trainable.
struct MapSource final : nn::Source {
  const Weights& weights;
  std::map<std::string, Tensor> made;
  explicit MapSource(const Weights& weights) : weights(weights) {}
  Tensor get(const std::string& name, const Shape& shape) override {
    Tensor& t = made[name];
    if (!t) t = Tensor::of(shape, weights.at(name).values).set_trainable(true);
    return t;
  }
  bool has(const std::string& name) const override { return weights.contains(name); }
};

constexpr std::int32_t kIds[] = {3, 1, 4, 1, 5, 9, 2, 6}, kTargets[] = {1, 4, 1, 5, 9, 2, 6, -1}, kPositions[] = {0, 1, 2, 3, 4, 0, 1, 2};

// The loss of two sequences in one ragged batch.
Tensor loss_of(const Architecture& architecture, const Config& config, std::shared_ptr<MapSource> source) {
  const auto model = architecture.make(nn::Weights(source), config);
  ops::Ragged rows;
  rows.add(5);
  rows.add(3);
  return ops::cross_entropy(model->logits(model->hidden({.ids = kIds, .positions = kPositions, .rows = rows})), kTargets);
}

}  // namespace

TEST_CASE("the tape through the whole model gives the slope of the loss in every weight") {
  const Weights weights = random_weights();
  const Scratch folder;
  folder.put("config.json", kConfig);
  folder.put("model.safetensors", safetensors(weights));
  const io::ModelFile file = io::open_file(folder.path);
  const Architecture& llama = architecture(file);
  const Config config(file.metadata, file.gguf, llama.gguf_keys);
  const auto source = std::make_shared<MapSource>(weights);
  Tape tape;
  const Grads grads = tape.backward(loss_of(llama, config, source));
  for (const auto& [name, stored] : weights) {
    CAPTURE(name);
    const Tensor* found = grads.find(source->made.at(name));
    REQUIRE(found);
    for (const std::size_t i : {std::size_t{0}, stored.values.size() / 2 + 1, stored.values.size() - 1}) {
      const auto moved = [&](float by) {
        Weights other = weights;
        other[name].values[i] += by;
        return double(loss_of(llama, config, std::make_shared<MapSource>(other)).data()[0]);
      };
      constexpr float kStep = 1e-2f;
      const double slope = (8 * (moved(kStep) - moved(-kStep)) - (moved(2 * kStep) - moved(-2 * kStep))) / (12 * double(kStep));
      CHECK(double(found->data()[i]) == doctest::Approx(slope).epsilon(0.01).scale(0.05));
    }
  }
}

TEST_CASE("llama from safetensors pairs dimension i with i + head / 2") {
  const Weights weights = random_weights();
  const Scratch folder;
  folder.put("config.json", kConfig);
  folder.put("model.safetensors", safetensors(weights));
  check_against_formulas(folder.path, weights);
}

TEST_CASE("llama from shards is the same model") {
  const Weights weights = random_weights();
  const Scratch folder;
  put_shards(folder, weights);
  check_against_formulas(folder.path, weights);
}

TEST_CASE("llama from GGUF, whose q and k are permuted, is the same model") {
  const Weights weights = random_weights();
  const Scratch folder;
  check_against_formulas(folder.put("m.gguf", gguf(weights)), weights);
}

TEST_CASE("a missing, a left-over and a misshapen tensor are named") {
  const Scratch folder;
  folder.put("config.json", kConfig);
  const auto error = [&](const Weights& weights) {
    folder.put("model.safetensors", safetensors(weights));
    return testing::error_of([&] { open(io::open_file(folder.path)); });
  };
  Weights missing = random_weights(), left = missing, misshapen = missing;
  missing.erase(layer(1, "mlp.up_proj"));
  CHECK(error(missing).contains("model.layers.1.mlp.up_proj.weight is missing"));
  left["model.layers.2.extra.weight"] = {{1}, {1.0f}};
  CHECK(error(left).contains("model.layers.2.extra.weight"));
  misshapen["model.norm.weight"] = {{kWidth - 1}, std::vector<float>(kWidth - 1, 1.0f)};
  CHECK(error(misshapen).contains("expected shape [24], got [23]"));
}

}  // namespace maru::models
