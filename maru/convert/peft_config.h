#pragma once
// adapter_config.json of PEFT: ranks and scales of a LoRA, module by module.  huggingface/peft, LoraConfig
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace maru::convert {

struct PeftConfig {
  std::int64_t rank = 0;
  double alpha = 0;
  bool root = false;                 // use_rslora: alpha / √r
  std::string base;                  // what it was trained on, "" when not said
  std::vector<std::pair<std::string, double>> ranks = {}, alphas = {};   // of modules whose names end like this

  std::int64_t rank_of(std::string_view module) const;
  double scale_of(std::string_view module, std::int64_t rank) const;
};

// Throws Error (invalid) naming the key: what is no LoRA, a rank under 1, an alpha that is no number, DoRA, trained biases, a pattern that
// is more than a name.
PeftConfig read_peft_config(const std::filesystem::path& path);

}  // namespace maru::convert
