#pragma once
// What scanners of splitting patterns share: kinds of characters, and the alternatives that many patterns have. Private to word_split*.cc.
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "maru/base/unicode.h"
#include "maru/text/word_split.h"

namespace maru::text {

enum class Kind : unsigned char { other, letter, number, space };

constexpr std::array<Kind, 128> ascii_kinds() {
  std::array<Kind, 128> kinds{};
  for (int c = 'a'; c <= 'z'; ++c) kinds[std::size_t(c)] = kinds[std::size_t(c - 32)] = Kind::letter;
  for (int c = '0'; c <= '9'; ++c) kinds[std::size_t(c)] = Kind::number;
  for (int c = 9; c <= 13; ++c) kinds[std::size_t(c)] = Kind::space;
  kinds[' '] = Kind::space;
  return kinds;
}
inline constexpr std::array<Kind, 128> kAscii = ascii_kinds();

inline Kind kind_of(char32_t c) {
  if (c < 128) return kAscii[c];
  if (c >= 0xAC00 && c <= 0xD7A3) return Kind::letter;  // Hangul syllables, the bulk of Korean text
  if (unicode::is_white_space(c)) return Kind::space;
  const unicode::Category k = unicode::category(c);
  return k == unicode::Category::letter ? Kind::letter : k == unicode::Category::number ? Kind::number : Kind::other;
}

struct Character {
  Kind kind = Kind::other;
  char32_t code = 0;
  std::size_t end = 0;  // == where it was asked for at the end of the text
};
inline Character character(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {Kind::other, 0, at};
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 128) return {kAscii[byte], byte, at + 1};
  std::size_t end = at;
  const char32_t c = unicode::next(text, end);
  return {kind_of(c), c, end};
}
inline std::size_t run(std::string_view text, std::size_t at, Kind kind) {
  while (at < text.size()) {
    const Character c = character(text, at);
    if (c.kind != kind) break;
    at = c.end;
  }
  return at;
}
inline bool line_end(char32_t c) { return c == U'\r' || c == U'\n'; }

// 's|'t|'re|'ve|'m|'ll|'d
inline std::size_t contraction(std::string_view text, std::size_t at, bool any_case) {
  if (text[at] != '\'' || at + 1 >= text.size()) return at;
  const auto low = [&](std::size_t i) -> char {
    if (i >= text.size()) return 0;
    return any_case && text[i] >= 'A' && text[i] <= 'Z' ? char(text[i] + 32) : text[i];
  };
  const char a = low(at + 1), b = low(at + 2);
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return at + 2;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return at + 3;
  // LATIN SMALL LETTER LONG S is an s when case does not count.
  if (any_case && text.substr(at + 1).starts_with("\xC5\xBF")) return at + 3;
  return at;
}

// \s+(?!\S)|\s+ : a run of white space leaves its last character to the word behind it.
inline std::size_t spaces(std::string_view text, std::size_t at, bool alone) {
  std::size_t end = at, last = at;
  while (end < text.size()) {
    const Character c = character(text, end);
    if (c.kind != Kind::space) break;
    last = end;
    end = c.end;
  }
  if (end == text.size()) return end;
  if (last > at) return last;
  return alone ? end : at;
}

// \p{N}{1,most}
inline std::size_t some_digits(std::string_view text, std::size_t at, int most) {
  for (int i = 0; i < most; ++i) {
    const Character c = character(text, at);
    if (c.kind != Kind::number) break;
    at = c.end;
  }
  return at;
}

// \s*[\r\n]+|\s+(?!\S)|\s+
inline std::size_t blanks(std::string_view text, std::size_t at) {
  for (std::size_t i = run(text, at, Kind::space); i > at; --i)
    if (line_end(char32_t(static_cast<unsigned char>(text[i - 1])))) return i;
  return spaces(text, at, true);
}

// The scanner for a pattern that tells upper from lower case, or for a part of DeepSeek V3's; nothing for another.
std::optional<Split> cased_split_for_regex(std::string_view regex);

}  // namespace maru::text
