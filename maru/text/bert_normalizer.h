#pragma once
// The normaliser and the word splitting of BERT, as the reference library's tables have them.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/tokenizer_parts.h"

namespace maru::text {

struct NormalizedText {
  std::string text;
  std::vector<std::uint32_t> source;  // per byte: number of the code point it came from. Empty unless asked for
};
// `utf8` is valid.
NormalizedText normalized(const BertNormalizer& how, std::string_view utf8, bool with_source);

// The lower case of one letter by itself, as Unicode 17 has it. U+0130 is not asked here: it becomes two code points.
char32_t small_letter(char32_t c);

enum class BertKind : std::uint8_t { letter, space, punctuation };
BertKind bert_kind(char32_t c);

}  // namespace maru::text
