#pragma once
// What tasks need to know of tokens: which text and word each belongs to, pairs, and the mask.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "maru/engine/pretrained.h"

namespace maru::tasks {

struct Tokens {
  std::vector<std::int32_t> ids;
  std::vector<std::array<std::size_t, 2>> offsets;  // code points of the text that the token is of; {0, 0} for added ones
  std::vector<std::int32_t> types;                  // as the model's template says
  std::vector<std::int32_t> sequence;               // 0 or 1: of which text; -1: added by the model's template
  std::vector<std::int32_t> words;                  // counted within each text; -1: none
};

Tokens tokens_of(const engine::Pretrained& model, std::string_view text);
Tokens pair_of(const engine::Pretrained& model, std::string_view first, std::string_view second);
std::optional<std::int32_t> mask_of(const engine::Pretrained& model);
// What the vocabulary writes before pieces inside a word ("##"); empty: it does not mark them.
std::string_view continuing_prefix(const engine::Pretrained& model);

}  // namespace maru::tasks
