#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/grammar/grammar.h"

namespace maru::grammar {
namespace {

TEST_CASE("GBNF: rules, classes, groups, repetitions, comments and escapes") {
  const auto grammar = Grammar::from_gbnf(R"(# a list
root  ::= "- " item ("\n- "
          item)* end?   # more
item  ::= [a-z가-힣]+ | [^\x00-\x7F] | "\u00e9{" [0-9]{2,3} "}"
end   ::= "\x2E" | .{2}
)");
  CHECK(grammar->matches("- abc"));
  CHECK(grammar->matches("- abc\n- 가나\n- é{12}."));
  CHECK(grammar->matches("- a!?"));
  CHECK_FALSE(grammar->matches("- é{1}"));
  CHECK_FALSE(grammar->matches("abc"));
}

TEST_CASE("GBNF: a recursive rule follows its brackets") {
  const auto grammar = Grammar::from_gbnf("root ::= \"(\" root? \")\" | \"[\" root{2} \"]\"");
  CHECK(grammar->matches("((()))"));
  CHECK(grammar->matches("([()()])"));
  CHECK_FALSE(grammar->matches("(()"));
  CHECK_FALSE(grammar->matches("([()])"));
}

std::string said(const std::string& text) {
  try {
    (void)Grammar::from_gbnf(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "compiled";
}

TEST_CASE("GBNF: what cannot be is refused with the place") {
  CHECK(said("root ::= root \"a\" | \"a\"").find("left recursion") != std::string::npos);
  CHECK(said("root ::= a\na ::= b? root | \"z\"\nb ::= \"y\"*").find("left recursion") != std::string::npos);
  CHECK(said("root ::= b").find("\"b\" is used and not defined") != std::string::npos);
  CHECK(said("a ::= \"x\"").find("\"root\" is used and not defined") != std::string::npos);
  CHECK(said("root ::= \"x\" root").find("no text is ever complete") != std::string::npos);
  CHECK(said("root ::= \"x\nroot").find("line 1, byte 12") != std::string::npos);
  CHECK(said("root ::= \"x\"\nroot ::= \"y\"").find("twice") != std::string::npos);
  CHECK(said("root ::= [z-a]").find("smaller letter first") != std::string::npos);
  CHECK(said("root ::= \"a\"{3,2}").find("smaller number first") != std::string::npos);
  CHECK(said("root ::= (\"a\"").find("expected )") != std::string::npos);
  CHECK(said("root ::= \"a\")").find("end of the line") != std::string::npos);
  CHECK(said("root ::= " + std::string(100000, '(')).find("nested deeper") != std::string::npos);
  CHECK(said("root ::= (\"\"){1000000}").find("may be empty") != std::string::npos);
  std::string many = "root ::= r0\n";
  for (int i = 0; i < 1'000'000; ++i) many += "r" + std::to_string(i) + " ::= \"a\"\n";
  CHECK(said(many).find("more than") != std::string::npos);
  CHECK(said("\xff").find("UTF-8") != std::string::npos);
}

TEST_CASE("GBNF: long repetitions of letters are counted, not copied") {
  const auto grammar = Grammar::from_gbnf("root ::= [a-z가-힣]{70,100} \"z\"? [0-9]{0,1000000}");
  CHECK(grammar->nodes() < 40);
  const std::string seventy(70, 'z');
  CHECK(grammar->matches(seventy));
  CHECK(grammar->matches(seventy + std::string(31, 'z')));
  CHECK(grammar->matches(seventy + "가123"));
  CHECK_FALSE(grammar->matches(seventy.substr(1)));
  CHECK_FALSE(grammar->matches(seventy + std::string(32, 'z')));
}

TEST_CASE("GBNF: loops of nothing end") {
  CHECK(Grammar::from_gbnf("root ::= (\"\"*)* \"a\"")->matches("a"));
  CHECK(Grammar::from_gbnf("root ::= (e*)* \"a\"\ne ::= \"b\"? \"\"")->matches("bba"));
  CHECK(Grammar::from_gbnf("root ::= e{3,9} \"a\"\ne ::= \"b\"?")->matches("bba"));
  CHECK(Grammar::from_gbnf("root ::= \"b\"{2,1000000000} \"a\"")->matches("bba"));
}

}  // namespace
}  // namespace maru::grammar
