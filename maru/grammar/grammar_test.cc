#include "maru/grammar/grammar.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/grammar/matcher.h"

namespace maru::grammar {
namespace {

std::vector<std::string> kChoices{"yes", "no", "네"};

TEST_CASE("a choice matches its texts and nothing else") {
  const auto grammar = Grammar::from_choice(kChoices);
  CHECK(grammar->matches("yes"));
  CHECK(grammar->matches("네"));
  CHECK_FALSE(grammar->matches("ye"));
  CHECK_FALSE(grammar->matches("yesno"));
}

TEST_CASE("free text ends with the first marker") {
  const auto until = Grammar::text_until("</think>");
  CHECK(until->matches("a < b</ </think</think>"));
  CHECK(until->matches("</think>"));
  CHECK_FALSE(until->matches("x</think>y</think>"));
  CHECK_FALSE(until->matches("x"));
  const std::vector<std::string> markers{"ab", "b나"};
  const auto without = Grammar::text_without(markers);
  CHECK(without->matches("a b 나가"));
  CHECK(without->matches(""));
  CHECK_FALSE(without->matches("xab"));
  CHECK_FALSE(without->matches("b나"));
  CHECK_FALSE(without->matches("\xff"));
}

TEST_CASE("grammars are joined") {
  const Grammar::Pointer parts[] = {Grammar::literal("<"), Grammar::from_choice(kChoices), Grammar::literal(">")};
  const auto one = Grammar::sequence(parts);
  CHECK(one->matches("<no>"));
  const auto many = Grammar::repeated(one, 2, 3);
  CHECK_FALSE(many->matches("<no>"));
  CHECK(many->matches("<no><yes>"));
  CHECK(many->matches("<no><yes><no>"));
  CHECK_FALSE(many->matches("<no><yes><no><no>"));
  const Grammar::Pointer both[] = {many, Grammar::literal("x")};
  CHECK(Grammar::either(both)->matches("x"));
  CHECK(Grammar::repeated(one, 1'000'000'000, 2'000'000'000)->nodes() < 50);
}

}  // namespace
}  // namespace maru::grammar
