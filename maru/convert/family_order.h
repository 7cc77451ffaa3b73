#pragma once
// What a family stores in another order in a GGUF than in safetensors: rows of heads whose pairs turn together.
#include <cstdint>
#include <functional>
#include <string_view>

#include "maru/models/models.h"

namespace maru::convert {

struct Heads {
  std::int64_t query, key, head;
};
Heads heads_of(const models::Config& config);

// Rows of one head in the other file's order: pairs that turn together lie side by side in GGUF, half a head apart otherwise.
std::int64_t paired_row(std::int64_t row, std::int64_t head, bool from_gguf);

// For the tensor of this name (Hugging Face's): which row of the one file becomes row `row` of the other; empty: the same.
std::function<std::int64_t(std::int64_t row)> source_row(const models::Architecture& family, std::string_view name, const Heads& heads,
                                                         bool from_gguf);

}  // namespace maru::convert
