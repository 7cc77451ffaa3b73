#include "maru/grammar/matcher.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "maru/base/error.h"

namespace maru::grammar {
namespace {

// All bytes, some words, and an end token.
struct Small {
  std::vector<Spelling> spellings;
  std::int32_t end = 0;
  Tokens::Pointer tokens;
  Small() {
    for (int b = 0; b < 256; ++b) spellings.push_back({std::string(1, char(b))});
    for (const char* word : {"{\"", "\":", "\": ", "\",", "\"}", "}}", "]}", "],", "[[", "]]",
                             "name", "abc", "ab\"", "12", "123", "1,", "true",
                             "null,", " \"", "\n  ", "서울", "\xec\x84", "\x9c울", "\"\n}", "a\"},", "},{\"", "\\u00", "\\\"",
                             "aaaaaaaa", "x\":1}", "tool", "<tool_call>"})
      spellings.push_back({word});
    spellings.push_back({"<|special|>", true});
    end = std::int32_t(spellings.size());
    spellings.push_back({"<|end|>", true});
    const std::int32_t ends[] = {end};
    tokens = Tokens::prepare(spellings, ends);
  }
};

// The bits of every token against trying it byte by byte on a copy.
void check_bits(const Small& small, Matcher& matcher) {
  const auto bits = matcher.allowed();
  const std::vector<std::uint64_t> words(bits.begin(), bits.end());
  for (std::size_t i = 0; i < small.spellings.size(); ++i) {
    Matcher trial(matcher);
    const Spelling& one = small.spellings[i];
    const bool expected = std::int32_t(i) == small.end ? matcher.may_end() : !one.special && trial.accept_bytes(one.bytes);
    if (((words[i / 64] >> (i % 64)) & 1) != expected) {
      CAPTURE(small.spellings[i].bytes);
      CHECK(expected != expected);
    }
  }
}

const char* kSchemas[] = {
    R"({"type":"object","properties":{"name":{"type":"string","maxLength":9},"n":{"type":"array","items":{"type":"integer"},
        "minItems":1,"maxItems":3}}})",
    R"({"type":"array","items":{"type":"array","items":{"anyOf":[{"type":"string","minLength":2},{"type":"boolean"}]}},"maxItems":4})",
    R"({"type":"string","minLength":3,"maxLength":12})",
    R"({"$ref":"#/$defs/t","$defs":{"t":{"type":"object","properties":{"k":{"type":"array","items":{"$ref":"#/$defs/t"},"maxItems":2}}}}})",
    R"({"type":"string","pattern":"^(ab|abc)*[0-9]{1,3}$"})",
    "true",
};

TEST_CASE("a mask allows exactly the tokens that the grammar can read, wherever it stands") {
  const Small small;
  std::mt19937 random(7);
  std::vector<Grammar::Pointer> grammars;
  for (const char* schema : kSchemas) grammars.push_back(Grammar::from_json_schema(Json::parse(schema)));
  grammars.push_back(Grammar::from_gbnf("root ::= word (\",\" word)* \nword ::= [a-z]{2,9} | \"(\" root \")\""));
  grammars.push_back(Grammar::from_gbnf("root ::= [a-z,]{3,99} \"1\"? [,1]{70,80} \"x\""));
  grammars.push_back(Grammar::from_gbnf("root ::= a{2,5} \"1\"\na ::= \"a\" | \"aa\" | \"b\" b\nb ::= \"b\"* | a"));
  const std::vector<Grammar::Tool> tools{{"f", Json::parse(kSchemas[0])}, {"g", nullptr}};
  grammars.push_back(Grammar::from_tools(tools, {.text_before = true}));
  for (const Grammar::Pointer& grammar : grammars) {
    const auto guide = Guide::over(grammar, small.tokens);
    for (int walk = 0; walk < 12; ++walk) {
      Matcher matcher(guide);
      for (int step = 0; step < 24 && !matcher.finished(); ++step) {
        check_bits(small, matcher);
        std::vector<std::int32_t> open;
        for (std::int32_t id = 0; id < std::int32_t(small.spellings.size()); ++id)
          if (matcher.allows(id)) open.push_back(id);
        REQUIRE(!open.empty());
        // Words rather than bytes, so that walks go somewhere.
        const std::size_t words = std::size_t(std::lower_bound(open.begin(), open.end(), 256) - open.begin());
        const std::size_t from = words < open.size() && random() % 3 ? words : 0;
        REQUIRE(matcher.accept(open[from + random() % (open.size() - from)]));
      }
    }
  }
}

TEST_CASE("an ambiguous grammar is followed without multiplying its stacks") {
  const Small small;
  Matcher matcher(Guide::over(Grammar::from_gbnf("root ::= p | q | \"b\"\np ::= \"a\" root \"c\"\nq ::= \"a\" root \"d\""), small.tokens));
  for (int i = 0; i < 100; ++i) REQUIRE(matcher.accept('a'));
  CHECK_FALSE(matcher.allowed().empty());
  CHECK(matcher.accept('b'));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(matcher.allows('c'));
    REQUIRE(matcher.accept(i % 3 ? 'c' : 'd'));
  }
  CHECK(matcher.must_end());
}

TEST_CASE("logits of forbidden tokens become minus infinity, the others stay") {
  const Small small;
  Matcher matcher(Guide::over(Grammar::from_choice(std::vector<std::string>{"true", "tool"}), small.tokens));
  std::vector<float> logits(small.spellings.size() + 70, 1.5f);
  CHECK(matcher.mask(logits) == 3);  // t, true, tool
  CHECK(logits['t'] == 1.5f);
  CHECK(std::isinf(logits['r']));
  CHECK(std::isinf(logits.back()));
  CHECK(matcher.accept('t'));
  CHECK_FALSE(matcher.accept('x'));
  CHECK_FALSE(matcher.accept(small.end));
  CHECK(matcher.forced().empty());
  CHECK(matcher.accept('o'));
  CHECK(matcher.forced() == "ol");
  CHECK(matcher.accept_bytes("ol"));
  CHECK(matcher.must_end());
  CHECK(matcher.mask(logits) == 1);
  CHECK(matcher.accept(small.end));
  CHECK(matcher.finished());
  CHECK_FALSE(matcher.accept('t'));
}

TEST_CASE("a copy goes its own way") {
  const Small small;
  Matcher a(Guide::over(Grammar::any_json(), small.tokens));
  REQUIRE(a.accept_bytes("[[1,"));
  Matcher b(a);
  CHECK(b.accept_bytes("2]]"));
  CHECK(b.must_end());
  CHECK_FALSE(a.may_end());
  CHECK(a.accept_bytes("{\"x\":null}]]"));
}

TEST_CASE("a grammar that begins after a token waits for it") {
  const Small small;
  Matcher matcher(Guide::over(Grammar::any_object(), small.tokens));
  const std::int32_t think[] = {small.end - 1};
  matcher.begin_after(think);
  std::vector<float> logits(small.spellings.size(), 0.0f);
  CHECK(matcher.mask(logits) == logits.size());
  CHECK(matcher.accept('z'));
  CHECK(matcher.accept(think[0]));
  CHECK_FALSE(matcher.waiting());
  CHECK_FALSE(matcher.accept('z'));
  CHECK(matcher.accept('{'));
}

TEST_CASE("tools: a forced call, and free text with or without one") {
  const Json city = Json::parse(R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})");
  const std::vector<Grammar::Tool> tools{{"weather", city}, {"now", nullptr}};
  const auto forced = Grammar::from_tools(tools, {});
  const std::string call = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"서울\"}}\n</tool_call>";
  CHECK(forced->matches(call));
  CHECK(forced->matches(call + "\n<tool_call>\n{\"name\":\"now\",\"arguments\":{}}\n</tool_call>"));
  CHECK_FALSE(forced->matches("hello"));
  CHECK_FALSE(forced->matches("<tool_call>\n{\"name\":\"now\",\"arguments\":{\"city\":\"\"}}\n</tool_call>"));
  const auto free = Grammar::from_tools(tools, {.text_before = true, .parallel = false});
  CHECK(free->matches("hello <tool"));
  CHECK(free->matches("let me see: " + call));
  CHECK_FALSE(free->matches(call + "\n" + call));
  CHECK_FALSE(free->matches("<tool_call>\nno"));
  CHECK_THROWS_AS((void)Grammar::from_tools(std::vector<Grammar::Tool>{{"a b", nullptr}}, {}), Error);
}

}  // namespace
}  // namespace maru::grammar
