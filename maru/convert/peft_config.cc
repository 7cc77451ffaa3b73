// Only what changes the sum is read; how the adapter was trained is not.
#include "maru/convert/peft_config.h"

#include <algorithm>
#include <cmath>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"

namespace maru::convert {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::int64_t kMostRank = 1 << 16;

const Json& member(const Json& object, const char* key) {
  static const Json none;
  const auto at = object.find(key);
  return at == object.end() ? none : *at;
}

// PEFT takes regular expressions; those that are plain names are understood here.
std::vector<std::pair<std::string, double>> pattern(const Json& config, const char* key, const std::string& where) {
  std::vector<std::pair<std::string, double>> out;
  const Json& given = member(config, key);
  if (given.is_null()) return out;
  check(given.is_object(), "{}: {}: expected an object, got {}", where, key, kind_of(given));
  for (const auto& [name, value] : given.items()) {
    const bool plain = std::ranges::all_of(
        name, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.'; });
    check(plain, "{}: {}: {:?} is a pattern; only names of modules are understood, merge it with peft first", where, key, name);
    check(value.is_number(), "{}: {}.{}: expected a number, got {}", where, key, name, kind_of(value));
    out.emplace_back(name, value.get<double>());
  }
  return out;
}

const double* match(const std::vector<std::pair<std::string, double>>& all, std::string_view module) {
  for (const auto& [name, value] : all)
    if (module == name || (module.ends_with(name) && module[module.size() - name.size() - 1] == '.')) return &value;
  return nullptr;
}

}  // namespace

std::int64_t PeftConfig::rank_of(std::string_view module) const {
  const double* const own = match(ranks, module);
  return own ? std::int64_t(*own) : rank;
}

double PeftConfig::scale_of(std::string_view module, std::int64_t rank_here) const {
  const double* const own = match(alphas, module);
  return (own ? *own : alpha) / (root ? std::sqrt(double(rank_here)) : double(rank_here));
}

PeftConfig read_peft_config(const std::filesystem::path& path) {
  const std::string where = path.string();
  const Json config = parse_json(read_file(path, kMostBytes), where);
  check(config.is_object(), "{}: expected an object, got {}", where, kind_of(config));
  const Json& type = member(config, "peft_type");
  check(type == "LORA", "{}: peft_type: expected \"LORA\", got {}; other adapters cannot be merged here", where, dump(type));
  const Json& rank = member(config, "r");
  check(rank.is_number_integer() && rank >= 1 && rank <= kMostRank, "{}: r: expected a rank of 1 to {}, got {}", where, kMostRank,
        dump(rank));
  const Json& alpha = member(config, "lora_alpha");
  check(alpha.is_number() && std::isfinite(alpha.get<double>()), "{}: lora_alpha: expected a number, got {}", where, dump(alpha));
  for (const char* other : {"use_dora", "use_qalora", "lora_bias"})
    check(member(config, other) != true, "{}: {}: changes more than a sum of matrices; merge it with peft first", where, other);
  const Json& bias = member(config, "bias");
  check(bias.is_null() || bias == "none", "{}: bias: {} were trained too, which are not merged here; merge it with peft first", where,
        dump(bias));
  const Json& base = member(config, "base_model_name_or_path");
  return {.rank = rank.get<std::int64_t>(),
          .alpha = alpha.get<double>(),
          .root = member(config, "use_rslora") == true,
          .base = base.is_string() ? base.get<std::string>() : std::string(),
          .ranks = pattern(config, "rank_pattern", where),
          .alphas = pattern(config, "alpha_pattern", where)};
}

}  // namespace maru::convert
