#pragma once
// maru bench perplexity: how well a decoder foretells a text.
#include <cstdint>
#include <string>

#include "cli/command.h"

namespace maru::cli {

struct PerplexityGiven {
  std::string model, text;
  std::int64_t windows = 64, length = 512;
  bool exact = false;
};
int bench_perplexity(Context& context, const PerplexityGiven& given);

}  // namespace maru::cli
