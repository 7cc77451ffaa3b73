#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "maru/base/error.h"
#include "maru/server/fields.h"

using namespace maru;
using namespace maru::server;

namespace {

const std::vector<Field>& table() {
  static const std::vector<Field> message = {{.name = "role", .kinds = Kind::text, .about = "", .required = true, .choices = {"user",
      "system"}},
                                             {.name = "content", .kinds = Kind::text | Kind::array, .about = ""}};
  static const std::vector<Field> fields = {
      {.name = "model", .kinds = Kind::text, .about = "The model", .required = true, .shortest = 1, .longest = 20},
      {.name = "seed", .kinds = Kind::integer, .about = "The seed"},
      {.name = "top_p", .kinds = Kind::number, .about = "Nucleus", .low = 0, .high = 1},
      {.name = "n", .kinds = Kind::integer, .about = "How many", .low = 1, .high = 8},
      {.name = "stream", .kinds = Kind::boolean, .about = "In pieces"},
      {.name = "user", .kinds = Kind::text, .about = "", .ignored = true},
      {.name = "format", .kinds = Kind::text | Kind::object, .about = ""},
      {.name = "messages", .kinds = Kind::array, .about = "", .longest = 3, .items = {{.name = "", .kinds = Kind::object, .about = "",
          .fields = message}}},
      {.name = "options", .kinds = Kind::object, .about = "", .fields = {{.name = "num_ctx", .kinds = Kind::integer, .about = "",
          .low = 1}}}};
  return fields;
}

std::string wrong(std::string_view body) {
  try {
    check_body(body, table());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::invalid);
    return error.what();
  }
  return {};
}

std::string with(std::string_view members) { return fmt::format("{{\"model\":\"m\",{}}}", members); }

}  // namespace

TEST_CASE("a body that fits comes back as it was, without its nulls") {
  const CheckedBody checked = check_body(
      R"({"model":"m","seed":null,"top_p":0.5,"n":2.0,"messages":[{"role":"user","content":"a\u0000b"}],"format":{"x":[1]}})", table());
  CHECK(checked.ignored.empty());
  CHECK(dump(checked.json) == R"({"model":"m","top_p":0.5,"n":2,"messages":[{"role":"user","content":"a\u0000b"}],"format":{"x":[1]}})");
}

TEST_CASE("members without a field, and fields without effect, are named") {
  const CheckedBody checked = check_body(with(R"("odd":1,"user":"u","messages":[{"role":"user","name":"x"}],"options":{"mirostat":1})"),
      table());
  CHECK(checked.ignored == std::vector<std::string>{"odd", "user", "messages[0].name", "options.mirostat"});
}

TEST_CASE("B0: what has the wrong kind or range is named with its path") {
  CHECK(wrong("{}") == "model: is missing; expected a string");
  CHECK(wrong(R"({"model":null})") == "model: is missing; expected a string");
  for (const char* body : {"[]", "null", "\"x\"", "1", "true"}) CHECK(wrong(body).starts_with("the body: expected an object, got "));
  CHECK(wrong(with(R"("top_p":7)")) == "top_p: expected a number from 0 to 1, got 7");
  CHECK(wrong(with(R"("top_p":"hot")")) == "top_p: expected a number from 0 to 1, got \"hot\"");
  CHECK(wrong(with(R"("n":1.5)")) == "n: expected an integer from 1 to 8, got 1.5");
  CHECK(wrong(with(R"("format":5)")) == "format: expected a string or an object, got 5");
  CHECK(wrong(with(R"("messages":[{"role":"user"},{"role":"boss"}])")) ==
        R"(messages[1].role: expected one of "user", "system", got "boss")");
  CHECK(wrong(with(R"("messages":[null])")) == "messages[0]: expected an object, got null");
  CHECK(wrong(with(R"("messages":[{},{},{},{}])")).starts_with("messages: expected at most 3 members, got 4"));
  CHECK(wrong(R"({"model":""})") == "model: expected a string of at least 1 bytes, got 0");
  CHECK(wrong(fmt::format(R"({{"model":"{}"}})", std::string(30, 'x'))) == "model: expected a string of at most 20 bytes, got 30");
  CHECK(wrong(with(R"("options":{"num_ctx":-1})")) == "options.num_ctx: expected an integer of at least 1, got -1");
  // Every field with every JSON type it does not take.
  const std::pair<const char*, Kind> values[] = {{"true", Kind::boolean}, {"1.5", Kind::number}, {"\"x\"", Kind::text}, {"{}",
      Kind::object}, {"[]", Kind::array}};
  for (const Field& field : table()) {
    for (const auto& [value, kind] : values) {
      if (field.kinds.has(kind)) continue;
      const std::string body = field.name == "model" ? fmt::format("{{\"model\":{}}}", value) : with(fmt::format("\"{}\":{}", field.name,
          value));
      CHECK_MESSAGE(wrong(body).starts_with(fmt::format("{}: expected ", field.name)), body);
    }
  }
}

TEST_CASE("B1: what is no JSON is refused where it stops being JSON") {
  const std::string whole = R"({"model":"m","messages":[{"role":"user","content":"\u00e9é"}],"n":1})";
  CHECK(wrong(whole).empty());
  for (std::size_t length = 0; length < whole.size(); ++length) CHECK_MESSAGE(!wrong(whole.substr(0, length)).empty(), length);
  CHECK(wrong(whole + "x").contains("at byte"));
  CHECK(wrong(whole + "{}").contains("at byte"));
  CHECK(wrong(whole + " \r\n\t").empty());
  CHECK(wrong("\xef\xbb\xbf" + whole).contains("byte order mark"));
  CHECK(wrong(std::string_view("{\0\"\0m\0", 6)).contains("zero byte"));
  CHECK(wrong(whole + std::string(1, '\0') + "x").contains(fmt::format("at byte {}", whole.size())));
  CHECK(wrong("{\"model\":\"\xff\"}") == "the body is not UTF-8 at byte 10");
  CHECK(wrong("{\"model\":\"\xed\xa0\x80\"}").contains("at byte 10"));
  CHECK(wrong(R"({"model":"\ud800"})").contains("at byte"));
  CHECK(wrong(R"({"model":"\ud800\u0041"})").contains("at byte"));
  CHECK(wrong("{\"model\":\"a\nb\"}").contains("at byte"));
  CHECK(wrong(R"({"model":"m" /* comment */})").contains("at byte"));
}

TEST_CASE("B2: depth, numbers and keys beyond reason are refused, quickly") {
  CHECK(wrong(with("\"format\":" + std::string(100'000, '['))).contains("nested deeper than 64"));
  CHECK(wrong(with("\"format\":" + std::string(100'000, '{'))).contains("at byte"));
  CHECK(wrong(with("\"top_p\":" + std::string(10'000'000, '1'))).contains("at byte"));
  CHECK(wrong(with("\"top_p\":1e400")).contains("at byte"));
  CHECK(wrong(with("\"top_p\":NaN")).contains("at byte"));
  CHECK(wrong(with("\"top_p\":-Infinity")).contains("at byte"));
  CHECK(wrong(with("\"top_p\":-0")).empty());
  CHECK(wrong(with("\"seed\":-0")).empty());
  CHECK(wrong(with("\"seed\":1.0")).empty());
  CHECK(wrong(with("\"seed\":9223372036854775807")).empty());
  CHECK(wrong(with("\"seed\":-9223372036854775808")).empty());
  CHECK(wrong(with("\"seed\":9223372036854775808")).starts_with("seed: expected an integer, got 9223372036854775808"));
  CHECK(wrong(with("\"seed\":18446744073709551616")).starts_with("seed: expected an integer"));
  CHECK(wrong(with("\"seed\":1e300")).starts_with("seed: expected an integer"));
  CHECK(wrong(with("\"n\":2,\"n\":3")).contains("\"n\" stands twice"));
  std::string many = "{\"model\":\"m\"";
  for (int i = 0; i < 200'000; ++i) many += fmt::format(",\"k{}\":null", i);
  const CheckedBody checked = check_body(many + "}", table());
  CHECK(checked.ignored.size() == 200);
}

TEST_CASE("the schema says what the table says") {
  const Json schema = schema_of(table());
  CHECK(schema["required"] == Json::array({"model"}));
  CHECK(dump(schema["properties"]["top_p"]) == R"({"type":["number","null"],"description":"Nucleus","minimum":0.0,"maximum":1.0})");
  CHECK(dump(schema["properties"]["model"]) == R"({"type":"string","description":"The model","minLength":1,"maxLength":20})");
  CHECK(schema["properties"]["messages"]["items"]["properties"]["role"]["enum"] == Json::array({"user", "system"}));
  CHECK(schema["properties"]["messages"]["items"]["required"] == Json::array({"role"}));
}
