#pragma once
// Deterministic automata over code points: what a regular expression means before it is written as bytes. They can be intersected, which
// is how several patterns and a length hold at once.
#include <cstdint>
#include <string_view>
#include <vector>

#include "maru/grammar/draft.h"

namespace maru::grammar {

struct Letters {
  struct Edge {
    Range range;
    std::uint32_t next = 0;
  };
  struct State {
    std::vector<Edge> edges;  // sorted, disjoint
    bool ends = false;
  };
  std::vector<State> states;  // state 0 begins
};

enum class Search : std::uint8_t {
  whole,     // the text is what the pattern says
  anywhere,  // some part of it is, as JSON Schema's `pattern`
};
// ECMA 262 with the flag u, without look-around, back references and \b. Throws Error (invalid) naming the place in the pattern.
Letters letters_of_pattern(std::string_view pattern, Search search, Meter& meter);
// All texts of `least` to `most` code points.
Letters letters_of_length(std::uint32_t least, std::uint32_t most, Meter& meter);
Letters letters_of_texts(const std::vector<std::string>& texts, bool listed, Meter& meter);  // these, or all others
Letters both(const Letters& a, const Letters& b, Meter& meter);
bool any_text(const Letters& letters);  // whether some text is left

// As UTF-8, or as the inside of a JSON string: each code point in its shortest form, the other control characters as \u00XX.
enum class Spelled : std::uint8_t { plain, json };
Fragment written(const Letters& letters, Spelled spelled, Draft& draft);
// Edges for one code point inside a JSON string in its shortest form.
void json_letter(Draft& draft, std::uint32_t from, const Ranges& ranges, std::uint32_t to);

}  // namespace maru::grammar
