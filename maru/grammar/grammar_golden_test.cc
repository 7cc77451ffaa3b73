// Against recorded verdicts: jsonschema's of texts under random schemas, Python's of texts under random patterns (tools/golden_grammar.py).
#include <doctest/doctest.h>

#include <fstream>

#include "maru/base/error.h"
#include "maru/grammar/grammar.h"

namespace maru::grammar {
namespace {

std::vector<Json> lines(const char* name) {
  std::ifstream in(std::string(MARU_TESTS) + "/golden/grammar/" + name);
  REQUIRE(in.good());
  std::vector<Json> out;
  for (std::string line; std::getline(in, line);) out.push_back(Json::parse(line));
  return out;
}

TEST_CASE("a schema's grammar matches what jsonschema calls valid, and nothing else") {
  std::size_t valid = 0, invalid = 0;
  for (const Json& line : lines("schemas.jsonl")) {
    const auto grammar = Grammar::from_json_schema(line["schema"], {}, {.blanks = Blanks(line["blanks"].get<int>())});
    for (std::size_t i = 0; i < line["texts"].size(); ++i) {
      const std::string text = line["texts"][i];
      const bool expected = line["valid"][i];
      (expected ? valid : invalid) += 1;
      if (grammar->matches(text) == expected) continue;
      CAPTURE(line["schema"].dump());
      CAPTURE(text);
      CHECK_MESSAGE(false, (expected ? "valid, but no match" : "a match, but not valid"));
    }
  }
  CHECK(valid > 100);
  CHECK(invalid > 100);
}

TEST_CASE("a pattern matches what Python's re matches, whole and in part") {
  std::size_t matched = 0;
  for (const Json& line : lines("patterns.jsonl")) {
    const std::string pattern = line["pattern"];
    const auto whole = Grammar::from_regex(pattern);
    const auto part = Grammar::from_json_schema({{"type", "string"}, {"pattern", pattern}});
    for (std::size_t i = 0; i < line["texts"].size(); ++i) {
      const std::string text = line["texts"][i];
      CAPTURE(pattern);
      CAPTURE(text);
      CHECK(whole->matches(text) == line["whole"][i].get<bool>());
      CHECK(part->matches("\"" + text + "\"") == line["part"][i].get<bool>());
      matched += line["whole"][i].get<bool>() + line["part"][i].get<bool>();
    }
  }
  CHECK(matched > 200);
}

}  // namespace
}  // namespace maru::grammar
