// From a configuration to bytes, from bytes to words.
#include "maru/hub/fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace maru::hub {
namespace {

constexpr std::int64_t kMost = std::int64_t{1} << 32;

// The first of the keys that holds a sensible whole number.
std::int64_t number(const Json& config, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    const auto found = config.find(key);
    if (found == config.end() || !found->is_number_integer()) continue;
    const auto value = found->get<std::int64_t>();
    if (value > 0 && value <= kMost) return value;
  }
  return 0;
}

bool is_encoder(const Json& config) {
  constexpr std::array<std::string_view, 14> kEncoders = {"bert", "roberta", "xlm-roberta", "distilbert", "albert", "electra", "mpnet", "deberta",
                                                          "deberta-v2", "camembert", "modernbert", "nomic_bert", "vit", "clip"};
  const auto type = config.find("model_type");
  return type != config.end() && type->is_string() && std::ranges::find(kEncoders, type->get<std::string>()) != kEncoders.end();
}

std::uint64_t saturating(double bytes) { return bytes < 9e18 ? std::uint64_t(bytes) : std::uint64_t(9e18); }

}  // namespace

double active_part(double hidden, double layers, double experts, double used, double expert_width, double vocabulary) {
  if (experts <= 0 || used <= 0 || used >= experts || hidden <= 0 || layers <= 0 || expert_width <= 0) return 1;
  const double in_experts = layers * experts * 3 * hidden * expert_width;
  const double for_all = layers * 4 * hidden * hidden + vocabulary * hidden;
  return (for_all + in_experts * used / experts) / (for_all + in_experts);
}

Shape shape_of_config(const Json& given, std::uint64_t weight_bytes) {
  Shape shape{.weight_bytes = weight_bytes};
  if (!given.is_object()) return shape;
  // Models with eyes keep the language model's numbers one level below.
  const auto text = given.find("text_config");
  const Json& config = text != given.end() && text->is_object() ? *text : given;
  shape.generates = !is_encoder(given);
  shape.layers = number(config, {"num_hidden_layers", "n_layer", "num_layers"});
  const std::int64_t heads = number(config, {"num_attention_heads", "n_head", "num_heads"});
  const std::int64_t hidden = number(config, {"hidden_size", "n_embd", "d_model"});
  shape.kv_heads = number(config, {"num_key_value_heads"});
  if (shape.kv_heads == 0) shape.kv_heads = heads;
  shape.head = number(config, {"head_dim", "d_kv"});
  if (shape.head == 0 && heads > 0) shape.head = hidden / heads;
  shape.context = number(config, {"max_position_embeddings", "n_positions", "n_ctx"});
  shape.active = active_part(double(hidden), double(shape.layers), double(number(config, {"num_local_experts", "num_experts", "n_routed_experts"})),
                             double(number(config, {"num_experts_per_tok"})),
                             double(number(config, {"moe_intermediate_size", "intermediate_size"})), double(number(config, {"vocab_size"})));
  return shape;
}

Need need_of(const Shape& shape, std::int64_t context) {
  Need need{.weights = shape.weight_bytes, .cache = 0, .reserve = 0, .context = shape.context > 0 ? std::min(context, shape.context) : context};
  if (shape.generates)
    need.cache = saturating(2.0 * double(shape.layers) * double(shape.kv_heads) * double(shape.head) * 4.0 * double(need.context));
  else
    need.context = 0;
  // The program itself, activations of a chunk of the prompt, tables of the tokenizer.
  need.reserve = 200'000'000 + shape.weight_bytes / 20;
  return need;
}

Fit fit(const Shape& shape, std::uint64_t download_bytes, const Machine& machine, std::int64_t context) {
  Fit out{.need = need_of(shape, context),
          .memory_available = machine.memory_available,
          .disk_free = machine.disk_free,
          .download_bytes = download_bytes,
          .tokens_per_second = 0};
  const double token_bytes = double(shape.weight_bytes) * shape.active + double(out.need.cache) / 2;
  if (shape.generates && token_bytes > 0) out.tokens_per_second = machine.bytes_per_second / token_bytes;
  return out;
}

std::string gigabytes(std::uint64_t bytes) {
  if (bytes < 1'000'000'000) return fmt::format("{} MB", (bytes + 500'000) / 1'000'000);
  return fmt::format("{:.1f} GB", double(bytes) / 1e9);
}

Phrase said(const Fit& fit) {
  if (!fit.disk())
    return phrase("does not fit on the disk: {} to download, {} free", gigabytes(fit.download_bytes), gigabytes(fit.disk_free));
  const std::string need = gigabytes(fit.need.total()), have = gigabytes(fit.memory_available);
  if (!fit.memory() && fit.need.cache > 0)
    return phrase("does not fit in memory: needs {} (weights {}, {} tokens of context {}, reserve {}), this machine has {} free", need,
                  gigabytes(fit.need.weights), fit.need.context, gigabytes(fit.need.cache), gigabytes(fit.need.reserve), have);
  if (!fit.memory())
    return phrase("does not fit in memory: needs {} (weights {}, reserve {}), this machine has {} free", need, gigabytes(fit.need.weights),
                  gigabytes(fit.need.reserve), have);
  if (fit.tokens_per_second <= 0) return phrase("fits: needs {}, this machine has {} free", need, have);
  const std::string speed = fit.tokens_per_second < 10 ? fmt::format("{:.1f}", fit.tokens_per_second)
                                                       : fmt::format("{:.0f}", fit.tokens_per_second);
  return phrase("fits: needs {}, this machine has {} free; up to about {} tokens/s", need, have, speed);
}

}  // namespace maru::hub
