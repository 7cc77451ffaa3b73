#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/grammar/grammar.h"

namespace maru::grammar {
namespace {

Grammar::Pointer of(const char* schema) { return Grammar::from_json_schema(Json::parse(schema)); }

std::string said(const std::string& schema) {
  try {
    (void)Grammar::from_json_schema(Json::parse(schema));
  } catch (const Error& error) {
    return error.what();
  }
  return "compiled";
}
bool says(const std::string& schema, const char* what) {
  const std::string message = said(schema);
  const bool found = message.find(what) != std::string::npos;
  if (!found) MESSAGE(message);
  return found;
}

TEST_CASE("an object has its properties in order, and the optional ones or not") {
  const auto grammar = of(R"({"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},
    "이름":{"type":["boolean","null"]}},"required":["name"]})");
  CHECK(grammar->matches(R"({"name":"Kim"})"));
  CHECK(grammar->matches(R"({"name": "김\u00e9", "age": -3, "이름": null})"));
  CHECK(grammar->matches("{\n  \"name\": \"\",\n  \"이름\": true\n}"));
  CHECK_FALSE(grammar->matches(R"({"age":3,"name":"x"})"));
  CHECK_FALSE(grammar->matches(R"({"age":3})"));
  CHECK_FALSE(grammar->matches(R"({"name":"x","other":1})"));
  CHECK_FALSE(grammar->matches(R"({"name":"x",})"));
  CHECK_FALSE(grammar->matches(R"({"name":"\ud800"})"));
}

TEST_CASE("other properties never take a listed name") {
  const auto grammar = of(R"({"properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"string"}})");
  CHECK(grammar->matches(R"({"a":1,"b":"x","ab":"","":"가"})"));
  CHECK(grammar->matches("{}"));
  CHECK_FALSE(grammar->matches(R"({"b":"x","a":"y"})"));
  CHECK_FALSE(grammar->matches(R"({"\u0061":"y"})"));
}

TEST_CASE("arrays count their items") {
  const auto grammar = of(R"({"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3})");
  CHECK(grammar->matches("[1,2]"));
  CHECK(grammar->matches("[1, 2, 3]"));
  CHECK(grammar->matches("[\n 1,\n 2\n]"));
  CHECK_FALSE(grammar->matches("[1]"));
  CHECK_FALSE(grammar->matches("[]"));
  CHECK_FALSE(grammar->matches("[1,2,3,4]"));
  const auto tuple = of(R"({"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"items":false,"minItems":1})");
  CHECK(tuple->matches(R"(["a"])"));
  CHECK(tuple->matches(R"(["a",1])"));
  CHECK_FALSE(tuple->matches(R"(["a",1,2])"));
  CHECK_FALSE(tuple->matches("[]"));
  const auto many = of(R"({"type":"array","minItems":1000000000})");
  CHECK_FALSE(many->matches("[1,2]"));
  CHECK(many->nodes() < 500);
}

TEST_CASE("strings count letters, not bytes, and escapes as one") {
  const auto grammar = of(R"({"type":"string","minLength":2,"maxLength":3})");
  CHECK(grammar->matches("\"가나\""));
  CHECK(grammar->matches("\"\\ud83d\\ude00\\n\\u0041\""));
  CHECK_FALSE(grammar->matches("\"가\""));
  CHECK_FALSE(grammar->matches("\"abcd\""));
}

TEST_CASE("numbers keep their bounds") {
  const auto byte = of(R"({"type":"integer","minimum":-5,"exclusiveMaximum":256})");
  for (const char* good : {"-5", "0", "9", "10", "99", "255"}) CHECK(byte->matches(good));
  for (const char* bad : {"-6", "256", "1000", "-0", "01", "1.0", "1e1", ""}) CHECK_FALSE(byte->matches(bad));
  const auto share = of(R"({"type":"number","minimum":0.25,"maximum":1})");
  for (const char* good : {"0.25", "0.250", "0.3", "1", "1.0", "0.999"}) CHECK(share->matches(good));
  for (const char* bad : {"0.2", "0.2499", "1.01", "-1", "2", "0", "1e0"}) CHECK_FALSE(share->matches(bad));
  const auto below = of(R"({"type":"number","exclusiveMaximum":-1.5})");
  for (const char* good : {"-1.51", "-2", "-100.5"}) CHECK(below->matches(good));
  for (const char* bad : {"-1.5", "-1.50", "-1", "0", "3"}) CHECK_FALSE(below->matches(bad));
  const auto sevens = of(R"({"type":"integer","multipleOf":7,"minimum":10})");
  for (const char* good : {"14", "70", "700000"}) CHECK(sevens->matches(good));
  for (const char* bad : {"7", "15", "-14"}) CHECK_FALSE(sevens->matches(bad));
  const auto any = of(R"({"type":"number"})");
  for (const char* good : {"-0", "1e-07", "1.5E+20", "3.2e300", "5e-324"}) CHECK(any->matches(good));
  for (const char* bad : {"1e999", "+1", ".5", "1.", "12e300"}) CHECK_FALSE(any->matches(bad));
}

TEST_CASE("patterns search, formats are whole, and lengths hold beside them") {
  const auto word = of(R"({"type":"string","pattern":"[0-9]+","maxLength":4})");
  CHECK(word->matches("\"a1b\""));
  CHECK_FALSE(word->matches("\"ab\""));
  CHECK_FALSE(word->matches("\"abcd1\""));
  const auto anchored = of(R"({"type":"string","pattern":"^\"?(a|b)$"})");
  CHECK(anchored->matches(R"("\"a")"));
  CHECK(anchored->matches(R"("b")"));
  CHECK_FALSE(anchored->matches(R"("ab")"));
  const auto date = of(R"({"type":"string","format":"date"})");
  CHECK(date->matches("\"2024-02-29\""));
  CHECK_FALSE(date->matches("\"2023-02-29\""));
  CHECK_FALSE(date->matches("\"2024-04-31\""));
}

TEST_CASE("references, recursion, allOf, anyOf, oneOf") {
  const auto tree = of(R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"v":{"type":"integer"},
    "kids":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["v","kids"],"additionalProperties":false}}})");
  CHECK(tree->matches(R"({"v":1,"kids":[{"v":2,"kids":[]},{"v":3,"kids":[{"v":4,"kids":[]}]}]})"));
  CHECK_FALSE(tree->matches(R"({"v":1,"kids":[{"v":2}]})"));
  const auto list = of(R"({"anyOf":[{"type":"null"},{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}]})");
  CHECK(list->matches(R"({"next":{"next":null}})"));
  const auto all = of(R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},
    {"properties":{"b":{"type":"string"},"a":{"minimum":3}},"required":["b"]}]})");
  CHECK(all->matches(R"({"a":3,"b":""})"));
  CHECK_FALSE(all->matches(R"({"a":2,"b":""})"));
  const auto one = of(R"({"oneOf":[{"type":"object","properties":{"k":{"const":"a"},"x":{"type":"integer"}},"required":["k","x"]},
    {"type":"object","properties":{"k":{"const":"b"}},"required":["k"]},{"type":"string"}]})");
  CHECK(one->matches(R"({"k":"a","x":1})"));
  CHECK(one->matches(R"({"k":"b"})"));
  CHECK_FALSE(one->matches(R"({"k":"a"})"));
  CHECK(of(R"({"enum":["a",1,null,{"x":[1,2]}]})")->matches(R"({"x": [1, 2]})"));
  CHECK(of("true")->matches("[1,{\"a\":null}]"));
}

TEST_CASE("what a schema asks and a grammar cannot keep is named with its place") {
  CHECK(says(R"({"properties":{"a":{"not":{}}}})", "#/properties/a/not: the keyword \"not\" is not supported"));
  CHECK(says(R"({"type":"array","uniqueItems":true})", "uniqueItems"));
  CHECK(says(R"({"type":"objekt"})", "\"objekt\" is no type"));
  CHECK(says(R"({"type":"string","format":"color"})", "the format \"color\""));
  CHECK(says(R"({"oneOf":[{"type":"integer"},{"type":"number"}]})", "valid in both 0 and 1"));
  CHECK(says(R"({"$ref":"#"})", "refers to itself"));
  CHECK(says(R"({"$ref":"http://x/y"})", "same document"));
  CHECK(says(R"({"$ref":"#/$defs/a"})", "leads nowhere"));
  CHECK(says(R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})", "refers to itself"));
  CHECK(says(R"({"type":"array","items":{"$ref":"#"},"minItems":1})", "no text is ever complete"));
  CHECK(says(R"({"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]})", "no text is ever complete"));
  CHECK(says(R"({"minLength":-1})", "whole number from 0"));
  CHECK(says(R"({"type":"integer","minimum":3,"maximum":2})", "no text is ever complete"));
  CHECK(says(R"j({"type":"string","pattern":"(?=a)"})j", "look-around"));
  CHECK(says(R"({"type":"number","multipleOf":0.1})", "multipleOf"));
  CHECK(says("[]", "expected a schema"));
}

TEST_CASE("hostile schemas end within the budget") {
  std::string many = R"({"enum":[)";
  for (int i = 0; i < 1'000'000; ++i) many += (i ? ",\"v" : "\"v") + std::to_string(i) + "\"";
  CHECK(says(many + "]}", "more than"));
  Json deep = true;
  for (int i = 0; i < 60'000; ++i) deep = Json{{"items", std::move(deep)}};
  CHECK_THROWS_AS((void)Grammar::from_json_schema(deep), Error);
  while (deep.is_object()) deep = Json(std::move(deep["items"]));
  CHECK(says(R"({"type":"string","pattern":"^(a|b)*a(a|b){40}$"})", "than"));
  CHECK(says(R"({"type":"string","pattern":"x","minLength":1000000000})", "more than"));
}

}  // namespace
}  // namespace maru::grammar
