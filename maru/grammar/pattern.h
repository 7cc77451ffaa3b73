#pragma once
// The syntax tree of a regular expression.
#include <cstdint>
#include <string_view>
#include <vector>

#include "maru/grammar/draft.h"

namespace maru::grammar {

struct Pattern {
  enum class Kind : std::uint8_t { letters, sequence, either, repeated, begin, end } kind = Kind::sequence;
  Ranges ranges = {};           // letters
  std::vector<Pattern> parts = {};  // of a sequence, an alternation; the one that is repeated
  std::uint32_t least = 0, most = kUnbounded;
};

// Throws Error (invalid) naming the byte, (limit) over the meter's depth and text.
Pattern parse_pattern(std::string_view text, Meter& meter);

}  // namespace maru::grammar
