// Chat templates against what the real Jinja renders (tests/golden/chat_templates.json), and what they must refuse.
#include "maru/text/chat_template.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::text {
namespace {

std::string render(std::string_view source, const Json& variables = Json::object(), const TemplateLimits& limits = {}) {
  return ChatTemplate(source, "test").render(variables, limits);
}

struct Refusal {
  std::optional<ErrorKind> kind;
  std::string text;
};
Refusal refusal(std::string_view source, const Json& variables = Json::object(), const TemplateLimits& limits = {}) {
  try {
    render(source, variables, limits);
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  return {};
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST_CASE("templates render as the real Jinja renders them") {
  const Json golden = parse_json(read_file(MARU_TESTS "/golden/chat_templates.json"), "chat_templates.json");
  for (const Json& test : golden["cases"]) {
    const std::string name = test["template"];
    const Json& variables = golden["contexts"][test["context"].get<std::size_t>()];
    CAPTURE(name);
    CAPTURE(test["context"].get<int>());
    const std::string source = golden["templates"][name];
    if (test.contains("error")) {
      const Refusal refused = refusal(source, variables);
      CHECK(refused.kind == ErrorKind::invalid);
      CHECK(refused.text.contains(test["error"].get<std::string>()));
    } else {
      CHECK(render(source, variables) == test["expected"].get<std::string>());
    }
  }
}

TEST_CASE("an error names the template and the line") {
  CHECK(refusal("a\n\n{{ missing.member }}").text == "test, line 3: 'missing' is undefined");
  CHECK(refusal("{% if true %}\n{{ 'x' | shout }}\n{% endif %}").text == "test, line 2: there is no filter named 'shout'");
  CHECK(refusal("\n{% include 'x' %}").text == "test, line 2: the statement 'include' is not known here");
  CHECK(refusal("{% if false %}{{ 'x' | shout }}{% endif %}").text.empty());
  CHECK(refusal("{{ 1 is prime }}").text == "test, line 1: there is no test named 'prime'");
  CHECK(refusal("\n{% for x in y %}\n").text.contains("expected {% endfor %}"));
  CHECK(refusal("{{ (1 }}").text.contains("line 1"));
  CHECK(refusal("{{ 'x }}").text.contains("closing quote"));
  CHECK(refusal("{{ 1 ").text.contains("no }}"));
  CHECK(refusal("{# 1 ").text.contains("no #}"));
  CHECK(refusal("{% endif %}").text.contains("endif"));
  CHECK(refusal("{% break %}").text.contains("outside of a loop"));
  CHECK(refusal("\xff").text.contains("UTF-8"));
}

TEST_CASE("what a template misuses is an error and not a guess") {
  for (const char* source : {"{{ 1 + 'a' }}",
                             "{{ none | length }}",
                             "{{ 1 / 0 }}",
                             "{{ 1 % 0 }}",
                             "{{ 9223372036854775807 + 1 }}",
                             "{{ 10 ** 30 }}",
                             "{{ 99999999999999999999 }}",
                             "{% for a, b in [1] %}{% endfor %}",
                             "{% for a in 1 %}{% endfor %}",
                             "{{ 'a' < 1 }}",
                             "{{ x() }}",
                             "{{ 'a'() }}",
                             "{{ [1].append(2) }}",
                             "{{ {}.update({}) }}",
                             "{% set x.y = 1 %}",
                             "{{ 'a' | join(1, 2, 3) }}",
                             "{{ 'a'.strip(nope=1) }}",
                             "{{ [1] | map('nope') | list }}",
                             "{{ {[1]: 2} }}",
                             "{{ range(1, 2, 0) }}",
                             "{{ [1][::0] }}",
                             "{{ ([1] | select) | length }}",
                             "{{ x | tojson }}",
                             "{{ 'a' ~ }}",
                             "{{ f(*x) }}",
                             "{{ -9223372036854775807 - 2 }}",
                             "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}",
                             "{{ '%s %s' % 'x' }}",
                             "{{ strftime_now('%Q') }}",
                             "{{ '\\ud800' }}"})
    CHECK_MESSAGE(refusal(source).kind == ErrorKind::invalid, source);
}

TEST_CASE("nothing of the host can be reached") {
  for (const char* source :
       {"{{ ''.__class__.__mro__ }}", "{{ messages.__class__.__base__ }}", "{{ range.__globals__.os }}", "{{ self.__init__.__globals__ }}",
        "{{ ''['__class__']['__mro__'] }}", "{{ ('' | attr('__class__')).x }}", "{{ [''] | map(attribute='__class__.__mro__') | list }}",
        "{{ cycler.__init__ }}", "{{ get_flashed_messages() }}", "{{ lipsum() }}", "{{ config.items() }}"})
    CHECK_MESSAGE(refusal(source, {{"messages", Json::array()}}).kind == ErrorKind::invalid, source);
  CHECK(render("{{ ''.__class__ is defined }}{{ range.__globals__ is defined }}") == "FalseFalse");
}

TEST_CASE("steps are limited") {
  const std::string loops = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
  CHECK(refusal(loops).kind == ErrorKind::limit);
  CHECK(refusal(loops).text.contains("1000000 steps"));
  CHECK(refusal("{{ range(1000000000) }}").kind == ErrorKind::limit);
  CHECK(refusal("{{ 'a' * 1000000000000 }}").kind == ErrorKind::limit);
  CHECK(refusal("{{ [0] * 100000000000 }}").kind == ErrorKind::limit);
  CHECK(refusal("{{ [0] * 9223372036854775807 }}").kind == ErrorKind::limit);
  CHECK(refusal("{{ '%9999999d' % 1 }}").kind == ErrorKind::limit);
  CHECK(refusal("{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}").kind ==
        ErrorKind::limit);
  CHECK(refusal("{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}").kind == ErrorKind::limit);
  CHECK(refusal("{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x.replace('a', 'aaaa') %}{% endfor %}").kind ==
        ErrorKind::limit);
}

TEST_CASE("output is limited") {
  CHECK(refusal("{% for i in range(1000) %}0123456789{% endfor %}", {}, {.output_bytes = 5000}).kind == ErrorKind::limit);
  CHECK(render("{% for i in range(500) %}0123456789{% endfor %}", {}, {.output_bytes = 5000}).size() == 5000);
  CHECK(refusal("{% set x %}{% for i in range(1000) %}0123456789{% endfor %}{% endset %}", {}, {.output_bytes = 5000}).kind ==
        ErrorKind::limit);
}

TEST_CASE("depth is limited, in the source and while it runs") {
  for (const char* open : {"(", "[", "{1:", "not ", "-", "x if ", "x[", "x(", "1 if 1 else "})
    CHECK_MESSAGE(refusal("{{ " + repeated(open, 100'000)).kind.has_value(), open);
  CHECK(refusal("{{ 1" + repeated(" + 1", 100'000) + " }}").kind == ErrorKind::limit);
  CHECK(refusal("{{ x" + repeated(".a", 100'000) + " }}").kind == ErrorKind::limit);
  CHECK(refusal("{{ x" + repeated(" | trim", 100'000) + " }}").kind == ErrorKind::limit);
  CHECK(refusal(repeated("{% if 1 %}", 100'000)).kind == ErrorKind::limit);
  CHECK(refusal("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").kind == ErrorKind::limit);
  CHECK(refusal("{% macro f(x=f()) %}{% endmacro %}{{ f() }}").kind == ErrorKind::limit);
  CHECK(refusal("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}").kind == ErrorKind::limit);
  CHECK(refusal("{% set n = namespace(x=[]) %}{% for i in range(50000) %}{% set n.x = [n.x] %}{% endfor %}").kind == ErrorKind::limit);
  CHECK(
      refusal("{% set n = namespace() %}{% for i in range(9999) %}{% for x in [n.l] %}{% set n.l = loop %}{% endfor %}{% endfor %}").kind ==
      ErrorKind::limit);
  CHECK(refusal("{% set n = namespace() %}{% set n.n = n %}{{ n }}").kind == ErrorKind::limit);
  CHECK(render("{{ 1" + repeated(" + 1", 150) + " }}") == "151");
}

TEST_CASE("a long conversation does not eat the template's steps") {
  Json messages = Json::array();
  for (int i = 0; i < 2000; ++i) messages.push_back({{"role", i % 2 ? "assistant" : "user"}, {"content", std::string(2000, 'x')}});
  const std::string text =
      render("{% for m in messages %}<{{ m['role'] }}>{{ m['content'] | trim }}\n{% endfor %}", {{"messages", messages}});
  CHECK(text.size() == 2000 * 2001 + 1000 * (11 + 6));
}

TEST_CASE("a macro that outlives its block says so") {
  CHECK(refusal("{% set n = namespace() %}{% for i in [1] %}{% macro f() %}x{% endmacro %}{% set n.f = f %}{% endfor %}{{ n.f() }}")
            .text.contains("has ended"));
}

TEST_CASE("default takes its second argument whatever the value is") {
  CHECK(render("{{ missing | default(64, true) }}{{ '' | default(1, true) }}{{ 2 | default(1, true) }}{{ missing | default(3, boolean=true) }}") == "64123");
}

TEST_CASE("map and select find nothing in none") {
  CHECK(render("{{ none | selectattr('x', 'equalto', 1) | list | length }}{{ missing | map('upper') | list }}{{ none | reject | list }}") == "0[][]");
}

TEST_CASE("strftime_now writes today's date") { CHECK(render("{{ strftime_now('%Y-%m-%d') | length }}{{ strftime_now('%%') }}") == "10%"); }

TEST_CASE("variables that are no valid UTF-8 are refused") {
  CHECK(refusal("{{ x }}", {{"x", "a\xff"}}).text.contains("UTF-8"));
  CHECK(refusal("{{ x }}", Json::array()).kind == ErrorKind::invalid);
}

}  // namespace
}  // namespace maru::text
