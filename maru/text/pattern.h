#pragma once
// What a text is searched for: a literal, a class of characters, a scanner by hand, or a regular expression.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "maru/text/word_split.h"

namespace maru::text {

class Pattern {
 public:
  using Found = std::function<void(std::size_t begin, std::size_t end)>;
  virtual ~Pattern() = default;
  // Calls found for each match that is not empty, in order; matches do not overlap.
  // A regular expression throws Error (limit) where a match takes too many steps.
  virtual void each(std::string_view text, const Found& found) const = 0;
};

std::unique_ptr<Pattern> literal_pattern(std::string text);
std::unique_ptr<Pattern> character_pattern(bool (*is)(char32_t));      // each character is one match
std::unique_ptr<Pattern> character_pattern(char32_t c);
std::unique_ptr<Pattern> run_pattern(bool (*is)(char32_t));            // a run of them is one match
std::unique_ptr<Pattern> scanner_pattern(Split split);
// By a scanner where the expression is a known one, else by PCRE2. Throws Error (invalid) naming `where` for one that is broken.
std::unique_ptr<Pattern> regex_pattern(std::string_view expression, std::string_view where);

// \w of the reference's engines: letters, marks, digits, connecting punctuation.
bool is_word_character(char32_t c);

}  // namespace maru::text
