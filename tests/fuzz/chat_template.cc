// Fuzzes chat templates: what is parsed is rendered with a conversation, under small limits.
#include "maru/text/chat_template.h"

#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {

std::vector<std::string> seeds() {
  return {
      "{% for m in messages %}{% if loop.first and m['role'] != 'system' %}S{% endif %}<|{{ m.role }}|>{{ m['content'] | trim }}\n"
      "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
      "{%- set ns = namespace(a=[], n=1) %}{%- for m in messages[::-1] if m.content is string -%}{% set ns.a = ns.a + [m.role] %}"
      "{% set ns.n = ns.n * 2 ** 3 %}{% if loop.index > 2 %}{% break %}{% else %}{% continue %}{% endif %}{%- endfor %}{{ ns.a }}{{ ns "
      "}}",
      "{% macro f(a, b=1) %}{{ a }}{{ caller(b) if caller else b }}{% endmacro %}{{ f('x', b=[1]) }}{% call(c) f({'k': c}) %}{{ c }}{% "
      "endcall %}",
      "{% for t in tools recursive %}{{ loop.depth }}{{ t | tojson(indent=2) }}{{ loop(t.function) if t.function }}{% else %}-{% endfor "
      "%}",
      "{% set x %}{% filter upper | indent(2) %}{{ 'a\\n\\u00e9'.split('\\n') | join(', ') }}{% endfilter %}{% endset %}{{ x ~ x[1:-1:2] "
      "}}",
      "{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list | length }}{{ {'b': 1, 'a': (2,)} | "
      "dictsort }}"
      "{{ messages | rejectattr('x', 'defined') | sort(attribute='role', reverse=true) | list }}{{ [3, 1.5] | sum }}",
      "{{ '%s %05.2f %-4d|' | format('x', 1.5, 2) }}{{ '{} {n}'.format(1, n=2) }}{{ 'aXb'.title().replace('x', "
      "'yy').strip('y').center(9, '*') }}"
      "{{ 7 // -2 }}{{ -7 % 3 }}{{ 1e3 / 4 }}{{ 'ab' * 3 }}{{ 'x' | int(2) }}{{ '1.5' | float | round(1) }}{{ range(9) | list }}",
      "{# c #}{%+ if not x is defined and 1 < 2 <= 2 or none in [none] %}a{%- elif x %}b{% else %}c{% endif +%}{{- {1: 'a'}[1] -}} z",
      "{% with a = 1, b = (2, 3) %}{% set c, d = b %}{{ a + c if d else '' }}{% endwith %}{% generation %}{{ loop }}{% endgeneration %}",
  };
}

std::vector<std::string> words() {
  return {"{%",
          "%}",
          "{{",
          "}}",
          "{%-",
          "-%}",
          "{#",
          "#}",
          " for ",
          " in ",
          " if ",
          " else ",
          " endfor ",
          " endif ",
          " set ",
          " macro ",
          " endmacro ",
          "loop",
          "messages",
          " is ",
          " not ",
          " and ",
          " or ",
          "|",
          "~",
          "**",
          "//",
          "[::-1]",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          "namespace(",
          "recursive",
          ".x",
          "'",
          "\"",
          "\\u",
          "99999999999999999999",
          "-1",
          "0",
          "1e308",
          "none",
          "tojson",
          "replace(",
          "split(",
          "map(",
          "sort",
          "reverse",
          "unique",
          "indent(",
          "format(",
          "join(",
          "batch",
          "dictsort",
          "items()",
          "get(",
          "range(",
          "é",
          "한",
          "\xf0\x9f\x98\x80",
          "\xff",
          ".removeprefix(",
          ".partition(",
          ".rsplit(",
          ".splitlines(",
          ".zfill(",
          ".find(",
          "int(",
          "round(",
          "truncate",
          "caller(",
          "loop("};
}

void attempt(std::string_view input) {
  static const Json variables = {{"messages", Json::array({{{"role", "user"}, {"content", "  Hé \"there\"\n"}},
                                                           {{"role", "tool"}, {"content", nullptr}},
                                                           {{"role", "assistant"}, {"content", "<b>"}, {"x", {1, 2.5, true}}}})},
                                 {"tools", Json::array({{{"type", "function"}, {"function", {{{"name", "f"}}}}}})},
                                 {"add_generation_prompt", true},
                                 {"bos_token", "<s>"}};
  const text::TemplateLimits limits{.steps = 20'000, .output_bytes = 100'000};
  const std::string out = text::ChatTemplate(input).render(variables, limits);
  claim(out.size() <= limits.output_bytes, "the output is over its limit");
}

}  // namespace maru::fuzz
