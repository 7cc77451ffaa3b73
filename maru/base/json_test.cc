// JSON from outside: what a careless reader would let through is refused, with the place.
#include "maru/base/json.h"

#include <doctest/doctest.h>

#include "tests/scratch.h"

using namespace maru;
using testing::error_of;

namespace {

std::string error_for(std::string_view text, int depth = 64) {
  return error_of([&] { parse_json(text, "a.json", depth); });
}

}  // namespace

TEST_CASE("values of every kind are read, in the order of the file") {
  const Json value = parse_json(R"( {"b": [1, -2, 2.5, true, null, "é\n"], "a": {"c": {}}} )", "a.json");
  CHECK(dump(value) == R"({"b":[1,-2,2.5,true,null,"é\n"],"a":{"c":{}}})");
  CHECK(value["b"][0].is_number_unsigned());
  CHECK(parse_json("3", "a.json") == 3);
}

TEST_CASE("a key that stands twice is refused in its own object only") {
  CHECK(error_for(R"({"a": 1, "b": {"a": 2}})").empty());
  CHECK(error_for(R"({"a": 1, "b": 2, "a": 3})").contains("\"a\" stands twice"));
  CHECK(error_for(R"([{"x": {"a": 1, "\u0061": 3}}])").contains("stands twice"));
}

TEST_CASE("depth is counted in containers") {
  CHECK(error_for(R"({"a": {"b": [1]}})", 3).empty());
  CHECK(error_for(R"({"a": {"b": [[1]]}})", 3).contains("deeper than 3"));
  CHECK(error_for(std::string(1'000'000, '[')).contains("deeper than 64"));
}

TEST_CASE("broken JSON names the file and the byte") {
  CHECK(error_for(R"({"a": tru})").contains("a.json: is not valid JSON at byte 10"));
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\" 1}", "1 2", "nul", "\"a", "01", "+1", "[1}", "// c\n1", "NaN", "{a: 1}", "\xff",
                           "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\\ud800\"", "1e999", "-", "\"\t\""}) {
    CAPTURE(text);
    CHECK(error_for(text).contains("a.json: is not valid JSON at byte "));
  }
}

TEST_CASE("an error does not repeat a token as long as the file") {
  CHECK(error_for("\"" + std::string(1'000'000, 'x')).size() < 400);
  CHECK(error_for("{\"" + std::string(10'000, 'k') + "\":1,\"" + std::string(10'000, 'k') + "\":1}").size() < 400);
}

TEST_CASE("an object of many keys is read in a moment") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"key" + std::to_string(i) + "\":1,";
  text.back() = '}';
  CHECK(parse_json(text, "a.json").size() == 100'000);  // quadratic look-ups would take minutes
}

TEST_CASE("invalid UTF-8 is replaced on the way out") { CHECK(dump(Json("a\xff")) == "\"a\xEF\xBF\xBD\""); }
