#pragma once
// Which format each weight of a GGUF gets when the file is quantised: one format, or a mixture that spends more bits where they count.
#include <cstdint>
#include <span>
#include <string_view>

namespace maru::convert {

// What may be asked for. A format's own name stands for "this one wherever it fits"; the K types come in sizes, S, M and L.
struct Recipe {
  std::string_view name;    // "Q4_K_M"
  std::string_view format;  // of most weights: "Q4_K"
  std::uint32_t file_type;  // what general.file_type of a GGUF says.  llama.cpp's llama_ftype
};
std::span<const Recipe> recipes();
const Recipe* find_recipe(std::string_view name);  // null when there is none; "Q4_K" means Q4_K_M, "Q5_K" and "Q3_K" likewise

// A weight and what the choice depends on.
struct Weight {
  std::string_view name;      // as GGUF spells it: "blk.3.attn_v.weight"
  std::int64_t rows = 0;      // all but the last axis
  std::int64_t width = 0;     // the last axis
  std::int64_t layers = 0;    // of the model
  std::int64_t sharing = 1;   // query heads that share a key head
  bool tied = false;          // the embedding is also the output
};

// Vectors, norms and what tells positions stay as they are.
bool is_quantised(const Weight& weight);

struct Choice {
  std::string_view wanted;  // what the recipe says
  std::string_view format;  // what fits: rows that are no multiple of a block take a format of smaller blocks, at last F16
};
// The choices are llama.cpp's for dense models, so that a name means the same; mixtures of experts get them as well.
Choice chosen(const Recipe& recipe, const Weight& weight);

}  // namespace maru::convert
