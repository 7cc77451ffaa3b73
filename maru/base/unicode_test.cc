// Unicode: validity at the edges of the table, normal forms, lower case, and the scripts that chunking asks about.
#include "maru/base/unicode.h"

#include <doctest/doctest.h>

using namespace maru;
using namespace std::literals;

TEST_CASE("the first invalid byte is found") {
  CHECK_FALSE(unicode::first_invalid("abc \u00e9 \ud55c \U0001F600 \U0010FFFF").has_value());
  const std::pair<std::string_view, std::size_t> rows[] = {
      {"\x80", 0},          {"ab\xff", 2},          {"a\xc0\x80", 1},         {"\xc1\xbf", 0},      {"\xe0\x9f\xbf", 0},
      {"\xed\xa0\x80", 0},  {"\xf0\x8f\xbf\xbf", 0}, {"\xf4\x90\x80\x80", 0}, {"\xf5\x80\x80\x80", 0}, {"x\xe2\x82", 1},
      {"\xf0\x9f\x98", 0},  {"\xc3", 0},            {"\xc3(", 0}};
  for (const auto& [text, at] : rows) {
    CAPTURE(text);
    CHECK(unicode::first_invalid(text) == at);
  }
}

TEST_CASE("every invalid byte is replaced and counted") {
  std::size_t replaced = 9;
  CHECK(unicode::repaired("a\xed\xa0\x80z", replaced) == "a\uFFFD\uFFFD\uFFFDz");
  CHECK(replaced == 3);
  CHECK(unicode::repaired("ok \ud55c", replaced) == "ok \ud55c");
  CHECK(replaced == 0);
}

TEST_CASE("every code point survives the way out and back") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;
    std::string text;
    unicode::append(text, c);
    std::size_t at = 0;
    const char32_t back = unicode::next(text, at);
    if (back != c || at != text.size() || unicode::first_invalid(text)) FAIL("code point " << std::uint32_t(c));
  }
  std::string text;
  unicode::append(text, 0xD800);
  CHECK(text == "\uFFFD");
}

TEST_CASE("code points and length") {
  CHECK(unicode::code_points("a\ud55c\U0001F600") == U"a\ud55c\U0001F600");
  CHECK(unicode::utf8(U"a\ud55c") == "a\ud55c");
  CHECK(unicode::length("a\ud55c\U0001F600") == 3);
  CHECK(unicode::length("") == 0);
}

TEST_CASE("normal forms compose and decompose, Hangul included") {
  CHECK(unicode::nfc("e\u0301") == "\u00e9");
  CHECK(unicode::nfd("\u00e9") == "e\u0301");
  CHECK(unicode::nfd("\ud55c") == "\u1112\u1161\u11ab");
  CHECK(unicode::nfc("\u1112\u1161\u11ab") == "\ud55c");
  CHECK(unicode::nfc("\u212b") == "\u00c5");
  CHECK(unicode::nfc("\u0958") == "\u0915\u093c");  // excluded from composition
  CHECK(unicode::nfc("\ufb01") == "\ufb01");        // compatibility forms stay
  CHECK(unicode::nfc("a\0\u00e9"s) == "a\0\u00e9"s);
}

TEST_CASE("lower case") {
  CHECK(unicode::lower("ABC xyz 123") == "abc xyz 123");
  CHECK(unicode::lower("\u00c9\u03a9\u0416") == "\u00e9\u03c9\u0436");
  CHECK(unicode::lower("\u0130") == "i\u0307");
  CHECK(unicode::lower("A\u03a3") == "a\u03c3");  // each code point by itself
  CHECK(unicode::lower("\u1e9e") == "\u00df");
}

TEST_CASE("categories") {
  using unicode::Category;
  CHECK(unicode::is_letter(U'\ud55c'));
  CHECK(unicode::is_number(U'\u0664'));
  CHECK(unicode::is_mark(0x0301));
  CHECK(unicode::is_nonspacing(0x0301));
  CHECK_FALSE(unicode::is_nonspacing(0x0903));
  CHECK(unicode::category(U'$') == Category::symbol);
  CHECK(unicode::category(U'.') == Category::punctuation);
  CHECK(unicode::category(U' ') == Category::separator);
  CHECK(unicode::category(U'\n') == Category::control);
  CHECK(unicode::category(0x200D) == Category::format);
  CHECK(unicode::category(0xE000) == Category::private_use);
  CHECK(unicode::category(0x0378) == Category::unassigned);
  CHECK(unicode::category(0x110000) == Category::unassigned);
}

TEST_CASE("white space is the property, not the category") {
  int count = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) count += unicode::is_white_space(c);
  CHECK(count == 25);
  CHECK(unicode::is_white_space(0x85));
  CHECK(unicode::is_white_space(0x3000));
  CHECK_FALSE(unicode::is_white_space(0x200B));
  CHECK_FALSE(unicode::is_white_space(0x1C));
}

TEST_CASE("scripts") {
  for (const char32_t c : U"\ud55c\u1112\u3131"sv) CHECK(unicode::is_hangul(c));
  for (const char32_t c : U"\u4e00\u9fff\u3400\U00020000\U000323AF"sv) CHECK(unicode::is_han(c));
  for (const char32_t c : U"\u3042\u30a2\u30fc\uff71"sv) CHECK(unicode::is_kana(c));
  CHECK_FALSE(unicode::is_han(U'\u3042'));
  CHECK_FALSE(unicode::is_hangul(U'a'));
}

TEST_CASE("columns on a terminal") {
  CHECK(unicode::width("abc") == 3);
  CHECK(unicode::width("\ud55c\uae00") == 4);
  CHECK(unicode::width("\u1112\u1161\u11ab") == 2);
  CHECK(unicode::width("e\u0301") == 1);
  CHECK(unicode::width("\u4e2d\u6587 a") == 6);
}
