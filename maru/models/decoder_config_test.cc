// The spellings of a decoder's config.json, old and new, alone and inside a model that also sees: the same bits come out. And what this
// program cannot do is refused in words.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>

#include "maru/base/json.h"
#include "maru/models/models.h"
#include "tests/scratch.h"

namespace maru::models {
namespace {

using Edit = std::function<void(Json&)>;
const std::filesystem::path kGoldens = std::filesystem::path(MARU_TESTS) / "golden/models";

// A golden's checkpoint with another config.json, and with its tensors renamed.
struct Checkpoint : testing::Scratch {
  explicit Checkpoint(std::string_view golden, const Edit& edit = {}, const std::function<std::string(const std::string&)>& rename = {}) {
    Json config = parse_json(read_file(kGoldens / golden / "config.json", 1 << 20), "config.json");
    if (edit) edit(config);
    put("config.json", config.dump());
    std::string weights = read_file(kGoldens / golden / "model.safetensors", 1 << 24);
    if (rename) {
      std::uint64_t size = 0;
      std::memcpy(&size, weights.data(), sizeof size);
      Json header = Json::object();
      const Json before = Json::parse(weights.substr(8, size));
      for (const auto& [name, value] : before.items()) header[name == "__metadata__" ? name : rename(name)] = value;
      const std::string text = header.dump();
      const std::uint64_t new_size = text.size();
      weights = std::string(reinterpret_cast<const char*>(&new_size), sizeof new_size) + text + weights.substr(8 + size);
    }
    put("model.safetensors", weights);
  }
  std::vector<float> hidden() const {
    const auto model = open(io::open_file(path));
    std::vector<std::int32_t> ids(40), positions(40);
    std::iota(positions.begin(), positions.end(), 0);
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = std::int32_t(3 + i * 7 % 50);
    if (model->info().context < 40) ids.resize(std::size_t(model->info().context)), positions.resize(ids.size());
    ops::Ragged rows;
    rows.add(std::ssize(ids));
    const Tensor h = model->hidden({.ids = ids, .positions = positions, .rows = rows});
    return {h.values().begin(), h.values().end()};
  }
  std::string error() const {
    return testing::error_of([&] { open(io::open_file(path)); });
  }
};

Edit set(std::string key, Json value) {
  return [=](Json& config) { config[key] = value; };
}

// As transformers 5 writes what the published file says.
void to_rope_parameters(Json& config) {
  Json rope = config.value("rope_scaling", Json()).is_object() ? config["rope_scaling"] : Json{{"rope_type", "default"}};
  rope["rope_theta"] = config["rope_theta"];
  config.erase("rope_scaling");
  config.erase("rope_theta");
  config["rope_parameters"] = rope;
}

void to_nested_rope_parameters(Json& config) {
  const double local = config["rope_local_base_freq"].get<double>();
  to_rope_parameters(config);
  const Json whole = config["rope_parameters"];
  config["rope_parameters"] = {{"full_attention", whole}, {"sliding_attention", {{"rope_type", "default"}, {"rope_theta", local}}}};
  config.erase("rope_local_base_freq");
  if (!config.contains("sliding_window_pattern")) return;
  config["layer_types"] = Json::array();
  for (int layer = 0; layer < config["num_hidden_layers"].get<int>(); ++layer)
    config["layer_types"].push_back((layer + 1) % config["sliding_window_pattern"].get<int>() ? "sliding_attention" : "full_attention");
  config.erase("sliding_window_pattern");
}

}  // namespace

TEST_CASE("rope_parameters of today says what rope_theta and rope_scaling said") {
  for (const std::string golden : {"llama", "llama3_rope_scaling", "llama_linear_scaling", "mistral", "qwen2", "qwen3"}) {
    CAPTURE(golden);
    CHECK(Checkpoint(golden, to_rope_parameters).hidden() == Checkpoint(golden).hidden());
  }
  for (const std::string golden : {"gemma3_text", "gemma3_text_linear_scaling"}) {
    CAPTURE(golden);
    CHECK(Checkpoint(golden, to_nested_rope_parameters).hidden() == Checkpoint(golden).hidden());
  }
}

TEST_CASE("layer_types say which layers see a window") {
  const auto sliding = [](std::vector<std::string> types) {
    return Checkpoint("qwen2_sliding_window", [&](Json& config) {
             config["layer_types"] = types;
             config["use_sliding_window"] = true;
             config.erase("max_window_layers");
           }).hidden();
  };
  CHECK(sliding({"full_attention", "sliding_attention"}) != sliding({"full_attention", "full_attention"}));
  CHECK(Checkpoint("qwen2_sliding_window", set("use_sliding_window", false)).hidden() == sliding({"full_attention", "full_attention"}));
  CHECK(Checkpoint("qwen2_sliding_window", set("layer_types", {"full_attention"})).error().contains("layer_types names 1 layers"));
  const Checkpoint linear("qwen2_sliding_window", set("layer_types", {"full_attention", "linear_attention"}));
  CHECK(linear.error().contains("'linear_attention'"));
}

TEST_CASE("Mistral without a window is LLaMA") {
  const std::vector<float> without = Checkpoint("mistral", set("sliding_window", nullptr)).hidden();
  CHECK(without != Checkpoint("mistral").hidden());
  CHECK(without == Checkpoint("mistral", set("model_type", "llama")).hidden());
}

TEST_CASE("the decoder of a model that also sees is found under its prefix, its configuration under text_config") {
  const auto inside = [](Json& config) {
    Json text = config;
    text.erase("architectures");
    config = {{"architectures", {"Gemma3ForConditionalGeneration"}}, {"model_type", "gemma3"}, {"text_config", text}};
  };
  for (const std::string prefix : {"language_model.", "model.language_model."}) {
    const auto rename = [&](const std::string& name) { return prefix == "language_model." ? prefix + name : prefix + name.substr(6); };
    CHECK(Checkpoint("gemma3_text", inside, rename).hidden() == Checkpoint("gemma3_text").hidden());
  }
}

TEST_CASE("what the configuration of a Gemma that also sees leaves out has the reference's values") {
  const Checkpoint short_one("gemma3_text", [](Json& config) {
    Json text = config;
    for (const char* const key : {"num_attention_heads", "num_key_value_heads", "head_dim", "rms_norm_eps", "max_position_embeddings"}) text.erase(key);
    config = {{"model_type", "gemma3"}, {"text_config", text}};
  });
  CHECK(short_one.error().contains("q_proj.weight: expected shape [2048, 24]"));  // eight heads of 256
}

TEST_CASE("tensors may do without the prefix, as those of base models do") {
  const Checkpoint base("qwen2", {}, [](const std::string& name) { return name.starts_with("model.") ? name.substr(6) : name; });
  CHECK(base.hidden() == Checkpoint("qwen2").hidden());
}

TEST_CASE("Gemma's words are scaled by a number of the precision that the checkpoint was trained in") {
  struct Words final : Probe {
    float seen = 0;
    bool wants(Site) const override { return false; }
    Tensor see(Site site, Tensor value) override {
      if (site.name == "model.embed_tokens") seen = value.data()[0];
      if (site.name == "residual" && site.layer == -1) seen = value.data()[0] / seen;
      return value;
    }
  };
  const auto scale = [](const Checkpoint& checkpoint) {
    Words words;
    const Probe::Scope scope(words);
    checkpoint.hidden();
    return words.seen;
  };
  CHECK(scale(Checkpoint("gemma3_text")) == doctest::Approx(std::sqrt(24.0)).epsilon(1e-6));
  CHECK(scale(Checkpoint("gemma3_text", set("torch_dtype", "bfloat16"))) == doctest::Approx(4.90625).epsilon(1e-6));
}

TEST_CASE("a decoder that neither ties its head nor holds one is not whole") {
  CHECK(Checkpoint("qwen2", set("tie_word_embeddings", false)).error().contains("lm_head.weight is missing"));
}

TEST_CASE("what a decoder's configuration asks for beyond this program is refused in words") {
  for (const std::string type : {"dynamic", "yarn", "longrope"}) {
    CAPTURE(type);
    const Checkpoint stretched("llama", set("rope_scaling", {{"type", type}, {"factor", 4.0}}));
    CHECK(stretched.error().contains("'" + type + "', a way to stretch positions"));
  }
  CHECK(Checkpoint("llama", set("rope_scaling", {{"rope_type", "linear"}, {"factor", 0}})).error().contains("rope_scaling.factor is 0"));
  CHECK(Checkpoint("llama", set("partial_rotary_factor", 0.5)).error().contains("partial_rotary_factor is 0.5, expected 1"));
  CHECK(Checkpoint("gemma3_text", set("use_bidirectional_attention", true)).error().contains("use_bidirectional_attention"));
  CHECK(Checkpoint("gemma3_text", set("final_logit_softcapping", 30.0)).error().contains("final_logit_softcapping is not supported"));
  CHECK(Checkpoint("gpt2", set("add_cross_attention", true)).error().contains("add_cross_attention"));
  CHECK(Checkpoint("gpt2", set("n_head", 5)).error().contains("cannot be shared by 5 heads"));
}

}  // namespace maru::models
