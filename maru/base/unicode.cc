// Unicode questions answered from utf8proc's tables, and from short range lists where it has no property to ask.
#include "maru/base/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

#include "maru/base/error.h"

namespace maru::unicode {
namespace {

struct Range {
  char32_t first, last;
};

bool within(char32_t c, std::span<const Range> ranges) {
  return std::any_of(ranges.begin(), ranges.end(), [c](Range range) { return c >= range.first && c <= range.last; });
}

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Length of the valid sequence at `at`, or 0.  Unicode 15, table 3-7.
std::size_t valid_sequence(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned { return at + i < s.size() ? static_cast<unsigned char>(s[at + i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned b0 = byte(0), b1 = byte(1);
  if (b0 < 0x80) return 1;
  if (b0 >= 0xC2 && b0 <= 0xDF) return follows(1) ? 2 : 0;
  if (b0 >= 0xE0 && b0 <= 0xEF) {
    const unsigned low = b0 == 0xE0 ? 0xA0 : 0x80, high = b0 == 0xED ? 0x9F : 0xBF;
    return b1 >= low && b1 <= high && follows(2) ? 3 : 0;
  }
  if (b0 >= 0xF0 && b0 <= 0xF4) {
    const unsigned low = b0 == 0xF0 ? 0x90 : 0x80, high = b0 == 0xF4 ? 0x8F : 0xBF;
    return b1 >= low && b1 <= high && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

std::string normalised(std::string_view text, utf8proc_option_t form) {
  if (ascii(text)) return std::string(text);
  utf8proc_uint8_t* result = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form);
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), utf8proc_ssize_t(text.size()), &result, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(result, &std::free);
  if (size == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
  if (size < 0) fail(ErrorKind::invalid, "text could not be normalised: {}", utf8proc_errmsg(size));
  return std::string(reinterpret_cast<const char*>(result), std::size_t(size));
}

utf8proc_category_t raw_category(char32_t c) { return utf8proc_category(utf8proc_int32_t(c)); }

std::size_t columns(char32_t c) {
  // Vowels and finals of conjoining jamo join the leading consonant's two columns.
  static constexpr std::array<Range, 2> kJoining{{{0x1160, 0x11FF}, {0xD7B0, 0xD7FF}}};
  if (within(c, kJoining)) return 0;
  return std::size_t(std::max(0, utf8proc_charwidth(utf8proc_int32_t(c))));
}

}  // namespace

std::optional<std::size_t> first_invalid(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    const std::size_t size = valid_sequence(utf8, at);
    if (size == 0) return at;
    at += size;
  }
  return std::nullopt;
}

std::string repaired(std::string_view bytes, std::size_t& replaced) {
  std::string out;
  out.reserve(bytes.size());
  replaced = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = valid_sequence(bytes, at);
    if (size == 0) {
      append(out, 0xFFFD);
      ++replaced;
      ++at;
    } else {
      out.append(bytes, at, size);
      at += size;
    }
  }
  return out;
}

char32_t next(std::string_view utf8, std::size_t& at) {
  const auto byte = [&](std::size_t i) -> char32_t { return static_cast<unsigned char>(utf8[at + i]); };
  const auto tail = [&](std::size_t i) -> char32_t { return byte(i) & 0x3F; };
  const std::size_t size = valid_sequence(utf8, at);
  char32_t c = 0xFFFD;  // a caller's mistake yields a replacement and never reads beyond the text
  if (size == 1) c = byte(0);
  if (size == 2) c = (byte(0) & 0x1F) << 6 | tail(1);
  if (size == 3) c = (byte(0) & 0x0F) << 12 | tail(1) << 6 | tail(2);
  if (size == 4) c = (byte(0) & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3);
  at += std::max<std::size_t>(size, 1);
  return c;
}

void append(std::string& out, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += {char(0xC0 | c >> 6), char(0x80 | (c & 0x3F))};
  } else if (c < 0x10000) {
    out += {char(0xE0 | c >> 12), char(0x80 | (c >> 6 & 0x3F)), char(0x80 | (c & 0x3F))};
  } else {
    out += {char(0xF0 | c >> 18), char(0x80 | (c >> 12 & 0x3F)), char(0x80 | (c >> 6 & 0x3F)), char(0x80 | (c & 0x3F))};
  }
}

std::u32string code_points(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) out += next(utf8, at);
  return out;
}

std::string utf8(std::u32string_view code_points) {
  std::string out;
  out.reserve(code_points.size());
  for (const char32_t c : code_points) append(out, c);
  return out;
}

std::size_t length(std::string_view utf8) {
  return std::size_t(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string nfc(std::string_view utf8) { return normalised(utf8, UTF8PROC_COMPOSE); }
std::string nfd(std::string_view utf8) { return normalised(utf8, UTF8PROC_DECOMPOSE); }
std::string nfkc(std::string_view utf8) { return normalised(utf8, utf8proc_option_t(UTF8PROC_COMPOSE | UTF8PROC_COMPAT)); }

std::string lower(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const char32_t c = next(utf8, at);
    // The only unconditional lowercase mapping of SpecialCasing.txt with more than one code point.
    if (c == 0x130) {
      out += "i\u0307";
    } else {
      append(out, c < 0x80 ? (c >= 'A' && c <= 'Z' ? c + 32 : c) : char32_t(utf8proc_tolower(utf8proc_int32_t(c))));
    }
  }
  return out;
}

Category category(char32_t c) {
  switch (raw_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return Category::letter;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return Category::mark;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return Category::number;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: return Category::punctuation;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO: return Category::symbol;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return Category::separator;
    case UTF8PROC_CATEGORY_CC: return Category::control;
    case UTF8PROC_CATEGORY_CF: return Category::format;
    case UTF8PROC_CATEGORY_CS: return Category::surrogate;
    case UTF8PROC_CATEGORY_CO: return Category::private_use;
    case UTF8PROC_CATEGORY_CN: break;
  }
  return Category::unassigned;
}

bool is_letter(char32_t c) { return category(c) == Category::letter; }
bool is_upper(char32_t c) { return raw_category(c) == UTF8PROC_CATEGORY_LU || raw_category(c) == UTF8PROC_CATEGORY_LT; }
bool is_lower(char32_t c) { return raw_category(c) == UTF8PROC_CATEGORY_LL; }
bool is_number(char32_t c) { return category(c) == Category::number; }
bool is_mark(char32_t c) { return category(c) == Category::mark; }
bool is_nonspacing(char32_t c) { return raw_category(c) == UTF8PROC_CATEGORY_MN; }

// White_Space of PropList.txt, Unicode 15.
bool is_white_space(char32_t c) {
  static constexpr std::array<Range, 10> kRanges{{{0x09, 0x0D}, {0x20, 0x20}, {0x85, 0x85}, {0xA0, 0xA0}, {0x1680, 0x1680},
      {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}}};
  return within(c, kRanges);
}

bool is_hangul(char32_t c) {
  static constexpr std::array<Range, 6> kRanges{
      {{0x1100, 0x11FF}, {0x3131, 0x318E}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3}, {0xD7B0, 0xD7FB}, {0xFFA0, 0xFFDC}}};
  return within(c, kRanges);
}

bool is_han(char32_t c) {
  static constexpr std::array<Range, 12> kRanges{{{0x3007, 0x3007}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF},
      {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B820, 0x2CEAF}, {0x2CEB0, 0x2EBEF}, {0x2F800, 0x2FA1F},
      {0x30000, 0x3134F}, {0x31350, 0x323AF}}};
  return within(c, kRanges);
}

bool is_kana(char32_t c) {
  static constexpr std::array<Range, 5> kRanges{
      {{0x3041, 0x30FF}, {0x31F0, 0x31FF}, {0xFF66, 0xFF9F}, {0x1AFF0, 0x1AFFF}, {0x1B000, 0x1B16F}}};
  return within(c, kRanges);
}

std::size_t width(std::string_view utf8) {
  std::size_t total = 0;
  for (std::size_t at = 0; at < utf8.size();) total += columns(next(utf8, at));
  return total;
}

}  // namespace maru::unicode
