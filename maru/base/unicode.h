#pragma once
// Unicode text, by utf8proc (Unicode 15). Strings are UTF-8; positions that people see are code points.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace maru::unicode {

// Byte offset of the first invalid sequence (overlong, surrogate, beyond U+10FFFF, cut), or nothing.
std::optional<std::size_t> first_invalid(std::string_view utf8);
// Every invalid byte becomes U+FFFD; `replaced` counts them.
std::string repaired(std::string_view bytes, std::size_t& replaced);

// Decodes one code point of valid UTF-8 at `at` and moves `at` behind it.
char32_t next(std::string_view utf8, std::size_t& at);
void append(std::string& out, char32_t code_point);
std::u32string code_points(std::string_view utf8);
std::string utf8(std::u32string_view code_points);
std::size_t length(std::string_view utf8);  // in code points

std::string nfc(std::string_view utf8);
std::string nfd(std::string_view utf8);
std::string nfkc(std::string_view utf8);
std::string lower(std::string_view utf8);   // full mapping of each code point by itself: U+0130 becomes two, no final sigma

enum class Category : std::uint8_t {
  letter, mark, number, punctuation, symbol, separator, control, format, unassigned, surrogate, private_use
};
Category category(char32_t c);
bool is_letter(char32_t c);      // L*
bool is_upper(char32_t c);       // Lu, Lt
bool is_lower(char32_t c);       // Ll
bool is_number(char32_t c);      // N*
bool is_mark(char32_t c);        // M*
bool is_nonspacing(char32_t c);  // Mn
bool is_white_space(char32_t c); // White_Space property
bool is_hangul(char32_t c);      // syllables and jamo
bool is_han(char32_t c);         // CJK ideographs, every extension
bool is_kana(char32_t c);

// Terminal columns of the text (Hangul and Han take two), for alignment.
std::size_t width(std::string_view utf8);

}  // namespace maru::unicode
