#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/grammar/grammar.h"

namespace maru::grammar {
namespace {

bool matches(std::string_view pattern, std::string_view text) { return Grammar::from_regex(pattern)->matches(text); }

std::string said(const std::string& pattern) {
  try {
    (void)Grammar::from_regex(pattern);
  } catch (const Error& error) {
    return error.what();
  }
  return "compiled";
}

bool over_budget(const std::string& pattern) {
  try {
    (void)Grammar::from_regex(pattern);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::limit;
  }
  return false;
}

TEST_CASE("a regular expression is the whole text") {
  CHECK(matches("ab|c", "ab"));
  CHECK_FALSE(matches("ab|c", "abc"));
  CHECK(matches("^(a|b)+$", "abba"));
  CHECK(matches("[가-힣]{2,3}\\s?\\d{1,2}", "서울 12"));
  CHECK_FALSE(matches("[가-힣]{2,3}", "서울시장"));
  CHECK(matches("[^a-c\\d]", "d"));
  CHECK_FALSE(matches("[^a-c\\d]", "7"));
  CHECK(matches(".", "😀"));
  CHECK_FALSE(matches(".", "\n"));
  CHECK(matches("\\u{1F600}\\uD83D\\uDE00\\x41", "😀😀A"));
  CHECK(matches("(?:a*?)(?<n>b+?)", "aab"));
  CHECK(matches("\\p{L}+", "가bé"));
  CHECK_FALSE(matches("\\P{L}", "가"));
  CHECK(matches("(a*)*b", "aaab"));
  CHECK(matches("", ""));
  CHECK(matches("^$|x", ""));
  CHECK_FALSE(matches("a^b|c", "ab"));
  CHECK(matches("a{0}b", "b"));
}

TEST_CASE("what a regular expression cannot be is refused with the place") {
  CHECK(said("(?=a)b").find("look-around is not supported") != std::string::npos);
  CHECK(said("(a)\\1").find("back reference is not supported") != std::string::npos);
  CHECK(said("\\bword").find("word boundary") != std::string::npos);
  CHECK(said("a**").find("byte 3") != std::string::npos);
  CHECK(said("(a").find("expected )") != std::string::npos);
  CHECK(said("a)").find("opening parenthesis") != std::string::npos);
  CHECK(said("[b-a]").find("smaller letter") != std::string::npos);
  CHECK(said("[a").find("expected ]") != std::string::npos);
  CHECK(said("a{2,1}").find("smaller number") != std::string::npos);
  CHECK(said("\\ud800").find("surrogate") != std::string::npos);
  CHECK(said("\\q").find("not supported") != std::string::npos);
  CHECK(said("[^\\d\\D]").find("no text is ever complete") != std::string::npos);
}

TEST_CASE("catastrophic patterns end at the budget") {
  CHECK(over_budget("(.*a.{30})"));
  CHECK(over_budget("((a{100}){100}){100}"));
  CHECK(over_budget("a{1000000000}"));
  CHECK(said(std::string(100000, '(')).find("nested deeper") != std::string::npos);
  CHECK(said(std::string(2 << 20, 'a')).find("bytes of text") != std::string::npos);
  CHECK(matches("(a+)+$", std::string(5000, 'a')));
}

}  // namespace
}  // namespace maru::grammar
