// What the files of decoders share beside their blocks.
#include "maru/models/decoder_common.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace maru::models {
namespace {

// Llama 3.1: waves longer than the old context turn `factor` times slower, short ones as before, those between by how long they are.
std::vector<float> by_wavelength(const Config& c, const std::function<std::string(std::string_view)>& key, float theta, std::int64_t head) {
  const float factor = c.positive(key("factor")), low = c.positive(key("low_freq_factor")), high = c.positive(key("high_freq_factor"));
  const auto old_context = float(c.integer(key("original_max_position_embeddings"), 1, 1 << 24));
  check(low < high, "{}: low_freq_factor is {}, expected less than high_freq_factor, {}", c.metadata().where(), low, high);
  std::vector<float> factors;
  for (std::int64_t i = 0; i < head / 2; ++i) {
    const float wave = 2 * std::numbers::pi_v<float> * std::pow(theta, 2.0f * float(i) / float(head));
    const float smooth = std::clamp((old_context / wave - low) / (high - low), 0.0f, 1.0f);
    factors.push_back(1 / ((1 - smooth) / factor + smooth));
  }
  return factors;
}

std::int64_t size(const Config& c, std::string_view key, std::int64_t most, std::int64_t otherwise) {
  return otherwise > 0 && !c.gguf() ? c.integer(key, 1, most, otherwise) : c.integer(key, 1, most);
}

using Names = std::pair<std::string_view, std::string_view>;
constexpr Names kTensorNames[] = {
    {"model.embed_tokens.weight", "token_embd.weight"},
    {"model.norm.weight", "output_norm.weight"},
    {"lm_head.weight", "output.weight"},
    {"model.layers.{}.input_layernorm.weight", "blk.{}.attn_norm.weight"},
    {"model.layers.{}.post_attention_layernorm.weight", "blk.{}.ffn_norm.weight"},
    {"model.layers.{}.self_attn.q_proj.weight", "blk.{}.attn_q.weight"},
    {"model.layers.{}.self_attn.q_proj.bias", "blk.{}.attn_q.bias"},
    {"model.layers.{}.self_attn.k_proj.weight", "blk.{}.attn_k.weight"},
    {"model.layers.{}.self_attn.k_proj.bias", "blk.{}.attn_k.bias"},
    {"model.layers.{}.self_attn.v_proj.weight", "blk.{}.attn_v.weight"},
    {"model.layers.{}.self_attn.v_proj.bias", "blk.{}.attn_v.bias"},
    {"model.layers.{}.self_attn.o_proj.weight", "blk.{}.attn_output.weight"},
    {"model.layers.{}.self_attn.o_proj.bias", "blk.{}.attn_output.bias"},
    {"model.layers.{}.self_attn.q_norm.weight", "blk.{}.attn_q_norm.weight"},
    {"model.layers.{}.self_attn.k_norm.weight", "blk.{}.attn_k_norm.weight"},
    {"model.layers.{}.mlp.gate_proj.weight", "blk.{}.ffn_gate.weight"},
    {"model.layers.{}.mlp.gate_proj.bias", "blk.{}.ffn_gate.bias"},
    {"model.layers.{}.mlp.up_proj.weight", "blk.{}.ffn_up.weight"},
    {"model.layers.{}.mlp.up_proj.bias", "blk.{}.ffn_up.bias"},
    {"model.layers.{}.mlp.down_proj.weight", "blk.{}.ffn_down.weight"},
    {"model.layers.{}.mlp.down_proj.bias", "blk.{}.ffn_down.bias"},
};
constexpr Names kKeyNames[] = {
    {"num_hidden_layers", "{}.block_count"},
    {"hidden_size", "{}.embedding_length"},
    {"intermediate_size", "{}.feed_forward_length"},
    {"num_attention_heads", "{}.attention.head_count"},
    {"num_key_value_heads", "{}.attention.head_count_kv"},
    {"head_dim", "{}.attention.key_length"},
    {"value_dim", "{}.attention.value_length"},
    {"rotary_dim", "{}.rope.dimension_count"},
    {"max_position_embeddings", "{}.context_length"},
    {"rms_norm_eps", "{}.attention.layer_norm_rms_epsilon"},
    {"rope_theta", "{}.rope.freq_base"},
    {"rope_local_base_freq", "{}.rope.freq_base_swa"},
    {"rope_scaling.rope_type", "{}.rope.scaling.type"},
    {"rope_scaling.factor", "{}.rope.scaling.factor"},
    {"rope_scaling.scale_linear", "{}.rope.scale_linear"},  // what the factor was called once
    {"sliding_window", "{}.attention.sliding_window"},
    {"sliding_window_pattern", "{}.attention.sliding_window_pattern"},
    {"final_logit_softcapping", "{}.final_logit_softcapping"},
};
constexpr std::string_view kUnusedNames[] = {"lm_head.", "layers.{}.self_attn.rotary_emb.inv_freq"};
constexpr std::string_view kPrefixNames[] = {"model."};

std::vector<nn::GatedBlock> blocks_of(const nn::Weights& w, int layers, nn::GatedBlockConfig block, std::span<const std::int64_t> windows) {
  std::vector<nn::GatedBlock> blocks;
  for (int layer = 0; layer < layers; ++layer) {
    if (!windows.empty()) block.attention.window = windows[std::size_t(layer)];
    blocks.emplace_back(w / layer, block, layer);
  }
  return blocks;
}

}  // namespace

constinit const std::span<const Names> kGatedTensors(kTensorNames), kDecoderKeys(kKeyNames);
constinit const std::span<const std::string_view> kDecoderUnused(kUnusedNames), kDecoderPrefixes(kPrefixNames);

DecoderSizes::DecoderSizes(const Config& c, const Otherwise& otherwise)
    : layers(int(c.integer("num_hidden_layers", 1, 1024))), width(c.integer("hidden_size", 1, 1 << 20)),
      hidden(c.integer("intermediate_size", 1, 1 << 22)), heads(size(c, "num_attention_heads", 1 << 14, otherwise.heads)),
      kv_heads(c.integer("num_key_value_heads", 1, 1 << 14, otherwise.kv_heads && !c.gguf() ? otherwise.kv_heads : heads)),
      head(c.integer("head_dim", 2, 1 << 14, otherwise.head && !c.gguf() ? otherwise.head : width / heads)),
      vocabulary(c.gguf() || c.has("vocab_size") || !otherwise.vocabulary ? c.vocabulary() : otherwise.vocabulary),
      context(size(c, "max_position_embeddings", 1 << 24, otherwise.context)),
      eps(otherwise.eps > 0 && !c.gguf() ? c.positive("rms_norm_eps", otherwise.eps) : c.positive("rms_norm_eps")) {
  const std::string& where = c.metadata().where();
  check(heads % kv_heads == 0, "{}: {}: {} heads cannot share {} key-value heads evenly", where, c.name("num_key_value_heads"), heads, kv_heads);
  const bool said = c.has("head_dim") || otherwise.head > 0;
  check(head % 2 == 0 && (said || width % heads == 0), "{}: {}: a width of {} over {} heads leaves no even head", where,
        c.name("num_attention_heads"), width, heads);
  if (!c.gguf()) return;
  for (const std::string_view key : {"value_dim", "rotary_dim"}) {
    const std::int64_t found = c.integer(key, 1, 1 << 14, head);
    check(found == head, "{}: {} is {}, expected a head's {}", where, c.name(key), found, head);
  }
}

Info DecoderSizes::info() const {
  return {.layers = layers, .width = width, .heads = heads, .kv_heads = kv_heads, .head = head, .vocabulary = vocabulary, .context = context,
          .causal = true};
}

ops::Rope rotary(const Config& c, const nn::Weights& w, std::int64_t head, const RopePlaces& where) {
  const std::function<std::string(std::string_view)> key = [&](std::string_view leaf) {
    for (const std::string_view place : where.places)
      if (std::string name = fmt::format("{}{}", place, leaf); c.has(name)) return name;
    return std::string(leaf);
  };
  const std::string theta_key = key("rope_theta");
  ops::Rope rope{.theta = c.positive(theta_key == "rope_theta" ? where.theta_key : theta_key, where.theta)};
  const std::string factor_key = c.has(key("factor")) ? key("factor") : key("scale_linear");
  const std::string type_key = c.has(key("rope_type")) ? key("rope_type") : key("type");
  const std::string_view type = c.string(type_key, c.gguf() && c.has(factor_key) ? "linear" : "default");
  const std::string& file = c.metadata().where();
  const std::string part_key = key("partial_rotary_factor");
  const float part = c.positive(part_key, 1);
  check(part == 1, "{}: {} is {}, expected 1", file, part_key, part);
  std::vector<float> factors(std::size_t(head / 2), 1.0f);
  if (type == "linear") std::ranges::fill(factors, c.gguf() ? c.positive(factor_key, 1) : c.positive(factor_key));
  else if (type == "llama3") factors = by_wavelength(c, key, rope.theta, head);
  else
    check(type == "default" || type == "none",
          "{}: {} is '{}', a way to stretch positions that this program does not know; it knows linear and llama3", file, c.name(type_key), type);
  if (c.gguf() && w.has("rope_freqs.weight")) {
    const Tensor stored = w.get("rope_freqs.weight", {head / 2});
    for (std::size_t i = 0; i < factors.size(); ++i) factors[i] *= stored.data()[i];
  }
  for (const float factor : factors) check(factor > 0, "{}: a rotary frequency is divided by {}, expected a number above 0", file, factor);
  if (std::ranges::any_of(factors, [](float factor) { return factor != 1; })) rope.factors = Tensor::of({head / 2}, factors);
  return rope;
}

nn::GatedBlockConfig gated_block(const Config& c, const nn::Weights& w, const DecoderSizes& sizes) {
  nn::GroupedConfig attention = sizes.attention();
  attention.rope = rotary(c, w, sizes.head);
  return {.attention = attention, .hidden = sizes.hidden, .eps = sizes.eps, .activation = c.activation("hidden_act", "silu")};
}

std::vector<std::int64_t> windows(const Config& c, int layers, std::int64_t window, const std::function<bool(int)>& slides) {
  std::vector<std::int64_t> all;
  if (!c.has("layer_types")) {
    for (int layer = 0; layer < layers; ++layer) all.push_back(slides(layer) ? window : 0);
    return all;
  }
  const auto& types = c.metadata().strings(c.name("layer_types"));
  check(std::ssize(types) == layers, "{}: layer_types names {} layers, num_hidden_layers is {}", c.metadata().where(), types.size(),
        layers);
  for (const std::string_view type : types) {
    check(type == "full_attention" || type == "sliding_attention", "{}: layer_types: '{}' is neither full_attention nor sliding_attention",
          c.metadata().where(), type);
    all.push_back(type == "sliding_attention" ? window : 0);
  }
  return all;
}

std::vector<std::int64_t> windows_of_upper_layers(const Config& c, int layers) {
  if (!c.boolean("use_sliding_window", false)) return {};
  const std::int64_t first = c.integer("max_window_layers", 0, 1 << 20, 28);
  return windows(c, layers, c.integer("sliding_window", 1, 1 << 24, 4096), [&](int layer) { return layer >= first; });
}

Tensor last_rows(const Tensor& hidden, const ops::Ragged& rows) {
  std::vector<std::int64_t> last(rows.start.begin() + 1, rows.start.end());
  for (std::int64_t& row : last) --row;
  return ops::gather(hidden, last);
}

DecoderHeads::DecoderHeads(const nn::Weights& w, const Config& c, const nn::Embedding& words, bool tied) : words_(words) {
  const std::int64_t width = words.table.dim(1);
  if (c.made_for("ForSequenceClassification")) {
    score_.emplace(w / "score", width, c.labels());
    return;
  }
  const bool stored = w.has("lm_head.weight"), wanted = c.made_for("ForCausalLM") || c.made_for("LMHeadModel");
  tied_ = c.gguf() ? !stored : c.boolean("tie_word_embeddings", tied);
  if (!tied_ && (stored || wanted)) vocabulary_.emplace(w / "lm_head", width, words.table.dim(0));
}

std::vector<Head> DecoderHeads::answers() const {
  std::vector<Head> all;
  for (const Head head : {Head::vocabulary, Head::sequence})
    if (holds(head)) all.push_back(head);
  return all;
}

Tensor DecoderHeads::operator()(Head head, const Tensor& hidden, const ops::Ragged& rows) const {
  if (head == Head::sequence) return (*score_)(last_rows(hidden, rows));
  return tied_ ? words_.unembed(hidden) : (*vocabulary_)(hidden);
}

GatedDecoder::GatedDecoder(const nn::Weights& w, const Config& c, const DecoderSizes& sizes, const nn::GatedBlockConfig& block,
                           std::span<const std::int64_t> windows)
    : sizes_(sizes), words_(w / "model" / "embed_tokens", sizes.vocabulary, sizes.width),
      blocks_(blocks_of(w / "model" / "layers", sizes.layers, block, windows)), norm_(w / "model" / "norm", sizes.width, sizes.eps),
      heads_(w, c, words_) {}

Info GatedDecoder::info() const {
  Info info = sizes_.info();
  info.answers = heads_.answers();
  return info;
}

Tensor GatedDecoder::hidden(const Batch& in) const {
  Tensor x = tap({"residual", -1}, words_(in.ids));
  for (const nn::GatedBlock& block : blocks_) x = block(x, in.positions, in.rows, in.caches);
  return norm_(x);
}

Tensor GatedDecoder::answer(Head head, const Tensor& hidden, const ops::Ragged& rows) const {
  return heads_.holds(head) ? heads_(head, hidden, rows) : Model::answer(head, hidden, rows);
}

}  // namespace maru::models
