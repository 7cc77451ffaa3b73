// The mixtures as one table of rules; the first that holds for a weight decides.
#include "maru/convert/mixtures.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "maru/quant/quant.h"

namespace maru::convert {
namespace {

constexpr std::array kRecipes = std::to_array<Recipe>({
    {"F32", "F32", 0},      {"F16", "F16", 1},      {"BF16", "BF16", 32},     {"Q8_0", "Q8_0", 7},    {"Q4_0", "Q4_0", 2},
    {"Q4_1", "Q4_1", 3},    {"Q5_0", "Q5_0", 8},    {"Q5_1", "Q5_1", 9},      {"Q2_K", "Q2_K", 10},   {"Q3_K_S", "Q3_K", 11},
    {"Q3_K_M", "Q3_K", 12}, {"Q3_K_L", "Q3_K", 13}, {"Q4_K_S", "Q4_K", 14},   {"Q4_K_M", "Q4_K", 15}, {"Q5_K_S", "Q5_K", 16},
    {"Q5_K_M", "Q5_K", 17}, {"Q6_K", "Q6_K", 18},   {"IQ4_NL", "IQ4_NL", 25},
});

// Which layers a rule is for. `spread`: the first and the last eighth, and every third between.
enum class Layers { all, first_two, first_four, first_eighth, first_sixteenth, spread, shared_keys };

struct Rule {
  std::string_view recipe, part;
  Layers layers;
  std::string_view format;
};

constexpr std::array kRules = std::to_array<Rule>({
    {"Q2_K", "attn_v.weight", Layers::shared_keys, "Q4_K"},
    {"Q2_K", "attn_v.weight", Layers::all, "Q3_K"},
    {"Q2_K", "ffn_down", Layers::all, "Q3_K"},
    {"Q2_K", "attn_output.weight", Layers::all, "Q3_K"},
    {"Q3_K_M", "attn_v.weight", Layers::first_two, "Q5_K"},
    {"Q3_K_M", "attn_v.weight", Layers::all, "Q4_K"},
    {"Q3_K_M", "ffn_down", Layers::first_sixteenth, "Q5_K"},
    {"Q3_K_M", "ffn_down", Layers::all, "Q4_K"},
    {"Q3_K_M", "attn_output.weight", Layers::all, "Q4_K"},
    {"Q3_K_M", "attn_qkv.weight", Layers::all, "Q4_K"},
    {"Q3_K_L", "attn_v.weight", Layers::all, "Q5_K"},
    {"Q3_K_L", "ffn_down", Layers::all, "Q5_K"},
    {"Q3_K_L", "attn_output.weight", Layers::all, "Q5_K"},
    {"Q3_K_L", "attn_qkv.weight", Layers::all, "Q4_K"},
    {"Q4_K_S", "attn_v.weight", Layers::first_four, "Q5_K"},
    {"Q4_K_S", "ffn_down", Layers::first_eighth, "Q5_K"},
    {"Q4_K_M", "attn_v.weight", Layers::spread, "Q6_K"},
    {"Q4_K_M", "ffn_down", Layers::spread, "Q6_K"},
    {"Q4_K_M", "attn_qkv.weight", Layers::all, "Q5_K"},
    {"Q5_K_M", "attn_v.weight", Layers::spread, "Q6_K"},
    {"Q5_K_M", "ffn_down", Layers::spread, "Q6_K"},
    {"Q5_K_M", "attn_qkv.weight", Layers::all, "Q6_K"},
    {"IQ4_NL", "attn_v.weight", Layers::shared_keys, "Q5_K"},
    {"IQ4_NL", "ffn_down", Layers::first_eighth, "Q5_K"},
});

// What stands in for a format whose blocks of 256 do not fit into a row.
constexpr std::array<std::array<std::string_view, 2>, 5> kSmaller{
    {{"Q2_K", "Q4_0"}, {"Q3_K", "Q4_0"}, {"Q4_K", "Q5_0"}, {"Q5_K", "Q5_1"}, {"Q6_K", "Q8_0"}}};

constexpr std::array<std::string_view, 8> kKept{"_norm.weight",       "ffn_gate_inp.weight", "position_embd", "token_types.weight",
                                                "attn_rel_b.weight", "patch_embd",          "ssm_conv1d",    "time_mix_"};

std::int64_t layer_of(std::string_view name) {
  const std::size_t at = name.find("blk.");
  std::int64_t layer = 0;
  if (at != std::string_view::npos) std::from_chars(name.data() + at + 4, name.data() + name.size(), layer);
  return layer;
}

bool holds(const Rule& rule, const Weight& weight) {
  const std::int64_t layer = layer_of(weight.name), eighth = weight.layers / 8;
  switch (rule.layers) {
    case Layers::all: return true;
    case Layers::first_two: return layer < 2;
    case Layers::first_four: return layer < 4;
    case Layers::first_eighth: return layer < eighth;
    case Layers::first_sixteenth: return layer < weight.layers / 16;
    case Layers::spread: return layer < eighth || layer >= 7 * weight.layers / 8 || (layer - eighth) % 3 == 2;
    case Layers::shared_keys: return weight.sharing >= 4;
  }
  return false;
}

std::string_view wanted(const Recipe& recipe, const Weight& weight) {
  const quant::Format* const format = quant::find(recipe.format);
  if (!format || format->block == 1) return recipe.format;
  const bool output = weight.name == "output.weight" || (weight.tied && weight.name == "token_embd.weight");
  if (output) return recipe.format == "Q8_0" ? "Q8_0" : "Q6_K";
  std::string_view found = recipe.format;
  const auto decides = [&](const Rule& r) { return r.recipe == recipe.name && weight.name.contains(r.part) && holds(r, weight); };
  const auto rule = std::ranges::find_if(kRules, decides);
  if (rule != kRules.end()) found = rule->format;
  // Eighty layers: the models of 70 thousand million weights, in which eight query heads share a value head that is small therefore.
  if (weight.layers == 80 && weight.name.contains("attn_v.weight") && (found == "Q3_K" || found == "Q4_K")) return "Q5_K";
  return found;
}

bool fits(std::string_view name, std::int64_t width) {
  const quant::Format* const format = quant::find(name);
  return !format || width % format->block == 0;
}

}  // namespace

std::span<const Recipe> recipes() { return kRecipes; }

const Recipe* find_recipe(std::string_view name) {
  if (name == "Q3_K" || name == "Q4_K" || name == "Q5_K") return find_recipe(std::string(name) + "_M");
  const auto at = std::ranges::find(kRecipes, name, &Recipe::name);
  return at == kRecipes.end() ? nullptr : &*at;
}

bool is_quantised(const Weight& weight) {
  return weight.rows > 1 && weight.name.ends_with("weight") &&
         std::ranges::none_of(kKept, [&](std::string_view part) { return weight.name.contains(part); });
}

Choice chosen(const Recipe& recipe, const Weight& weight) {
  const std::string_view format = wanted(recipe, weight);
  if (fits(format, weight.width)) return {format, format};
  const auto at = std::ranges::find(kSmaller, format, [](const auto& pair) { return pair[0]; });
  if (at != kSmaller.end() && fits((*at)[1], weight.width)) return {format, (*at)[1]};
  return {format, "F16"};
}

}  // namespace maru::convert
