// Fuzzes the compilers of grammars, and masks against reading byte by byte. The first byte says which compiler: s(chema), r(egex), g(bnf).
#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/grammar/matcher.h"
#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {
namespace {

using namespace grammar;

constexpr Budget kSmall{.nodes = 4'000, .rules = 400, .steps = 200'000, .text = 1 << 14, .depth = 32, .cpu_ms = 1000};

Tokens::Pointer small_vocabulary() {
  static const Tokens::Pointer tokens = [] {
    std::vector<Spelling> spellings;
    for (int b = 0; b < 256; ++b) spellings.push_back({std::string(1, char(b))});
    for (const char* word : {"{\"", "\":", "\",", "\"}", "}}", "]}", "[[", "true", "null,", "12", "1,",
                             "가", "\xea\xb0", "\\u00", "aa", "ab", "aaaa"})
      spellings.push_back({word});
    spellings.push_back({"", true});
    const std::int32_t end[] = {std::int32_t(spellings.size()) - 1};
    return Tokens::prepare(spellings, end);
  }();
  return tokens;
}

Grammar::Pointer compiled(std::string_view input) {
  const std::string_view text = input.substr(1);
  if (input[0] == 'r') return Grammar::from_regex(text, kSmall);
  if (input[0] == 'g') return Grammar::from_gbnf(text, kSmall);
  return Grammar::from_json_schema(parse_json(text, "schema"), kSmall, {.blanks = Blanks(std::uint8_t(input[0]) % 3)});
}

}  // namespace

std::vector<std::string> seeds() {
  return {"s{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"maxLength\":3},"
          "\"b\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"},"
          "\"minItems\":1,\"maxItems\":3}},\"required\":[\"a\"],\"additionalProperties\":{\"enum\":[1,\"x\",null]}}",
          "t{\"anyOf\":[{\"$ref\":\"#/$defs/n\"},{\"type\":\"null\"}],\"$defs\":{\"n\":{\"type\":\"array\","
          "\"items\":{\"$ref\":\"#\"},\"maxItems\":2}}}",
          "u{\"type\":[\"number\",\"string\"],\"minimum\":-1.5,\"exclusiveMaximum\":100,\"pattern\":\"^[a-c]+$\",\"minLength\":2}",
          "s{\"oneOf\":[{\"type\":\"object\",\"properties\":{\"k\":{\"const\":\"a\"}},"
          "\"required\":[\"k\"]},{\"type\":\"integer\",\"multipleOf\":7}]}",
          "s{\"type\":\"string\",\"format\":\"date-time\"}", "r(a|b)*[^c-e]{2,5}\\d+(?:가|\\u{1F600})?$", "r^\\p{L}+\\s\\w{3}|x.*y",
          "groot ::= \"- \" item (\"\\n\" root)?\nitem ::= [a-z]+ | \"(\" root \")\" | [0-9]{2,90}",
          "groot ::= (\"\"*)* e{2,3}\ne ::= \"b\"? # c\n"};
}

std::vector<std::string> words() {
  return {"\"$ref\":\"#\"", "\"allOf\":[", "\"anyOf\":[", "\"oneOf\":[", "\"items\":", "\"prefixItems\":[",
          "\"enum\":[", "\"const\":", "\"required\":[\"a\"]",
          "\"minItems\":1000000000", "\"maxLength\":1000000000", "\"pattern\":\"", "\"type\":\"integer\"",
          "\"minimum\":1e300", "\"additionalProperties\":",
          "false", "true", "{1000000000}", "{0,3}", "(((((", "root", "::=", "\\uD83D\\uDE00", "[^", "]*", "(?:",
          "\\p{N}", "*", "|", ")+", "\xff", "\n"};
}

void attempt(std::string_view input) {
  if (input.empty()) return;
  const Grammar::Pointer made = compiled(input);
  const Tokens::Pointer tokens = small_vocabulary();
  Matcher matcher(Guide::over(made, tokens));
  std::uint32_t random = 1;
  for (const char c : input) random = random * 31 + std::uint8_t(c);
  std::string text;
  for (int step = 0; step < 12 && !matcher.finished(); ++step) {
    const auto bits = matcher.allowed();
    std::vector<std::int32_t> open;
    for (std::int32_t id = 0; id < std::int32_t(tokens->size()); ++id)
      if ((bits[std::size_t(id) / 64] >> (id % 64)) & 1) open.push_back(id);
    // Some hundred nested rules are cut off at the limit on depth; elsewhere a grammar always goes on or ends.
    if (open.empty()) return;
    random = random * 1664525 + 1013904223;
    const std::int32_t id = open[(random >> 8) % open.size()];
    Matcher trial(matcher);
    const std::string forced = matcher.forced();
    claim(forced.empty() || trial.accept_bytes(forced), "forced bytes are refused");
    const std::int32_t other = std::int32_t((random >> 4) % tokens->size());
    claim(matcher.allows(other) == (((bits[std::size_t(other) / 64] >> (other % 64)) & 1) != 0), "the mask and the reader differ");
    claim(matcher.accept(id), "an allowed token is refused");
    text += tokens->bytes(id);
  }
  if (matcher.finished()) claim(made->matches(text), "a finished text does not match");
}

}  // namespace maru::fuzz
