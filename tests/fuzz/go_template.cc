// Fuzzes Go templates: what is parsed is rendered over messages and turn by turn, under small limits.
#include "maru/chat/dialect.h"
#include "maru/chat/go_template.h"

#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {

std::vector<std::string> seeds() {
  return {
      "{{ if .System }}<|system|>{{ .System }}{{ end }}{{ if .Prompt }}<|user|>{{ .Prompt }}{{ end }}<|assistant|>{{ .Response }}<|end|>",
      "{{- range $i, $m := .Messages }}{{- $last := eq (len (slice $.Messages $i)) 1 -}}{{ if and (ne .Role \"assistant\") $last }}{{ "
      ".Content }}{{ else if .ToolCalls }}"
      "{{ range .ToolCalls }}{\"name\": \"{{ .Function.Name }}\", \"arguments\": {{ .Function.Arguments }}}{{ end }}{{ break }}{{ else "
      "}}{{ continue }}{{ end }}{{ end }}",
      "{{ json .Tools }}{{ range .Tools }}{{ .Function.Parameters.Properties }}{{ range $n, $p := .Function.Parameters.Properties }}{{ $n "
      "}}{{ $p.Type }}{{ end }}{{ . }}{{ end }}",
      "{{ $x := 0 }}{{ range 3 }}{{ $x = . }}{{ end }}{{ $x | printf \"%d %v\" 1.5 }}{{ with .Missing }}{{ . }}{{ else with 1 }}{{ . }}{{ "
      "end }}{{/* c */}}",
      "{{ eq 1 1 }}{{ lt \"a\" \"b\" }}{{ index .Messages 0 }}{{ not (or .A 0x1F 1_0 'a' `raw` \"\\u00e9\\x41\") }}{{ print 1 nil true "
      "}}{{ toTypeScriptType \"string\" }}"};
}

std::vector<std::string> words() {
  return {"{{",        "}}",     "{{- ", " -}}", "range ", "if ", "else ", "end",     "with ",     "break",    "continue",
          "$x",        ":=",     "=",    ",",    "|",      "(",   ")",     ".",       ".Messages", ".Content", ".Response",
          "index ",    "slice ", "len ", "eq ",  "and ",   "or ", "not ",  "printf ", "\"%d\"",    "json ",    "nil",
          "true",      "'a'",    "`",    "\"",   "\\",     "/*",  "*/",    "-1",      "1e308",     "0x",       "99999999999999999999",
          "template ", "é",      "\xff"};
}

void attempt(std::string_view input) {
  static const chat::Conversation asked = [] {
    chat::Conversation out{.messages = {{.role = "system", .content = "S"},
                                        {.role = "user", .content = "<b> é"},
                                        {.role = "assistant", .content = "", .calls = {{"1", "f", {{"a", {1, 2.5, nullptr}}}}}},
                                        {.role = "tool", .content = "r", .tool_name = "f"}}};
    out.tools = Json::array(
        {{{"type", "function"}, {"function", {{"name", "f"}, {"parameters", {{"properties", {{"a", {{"type", "string"}}}}}}}}}}});
    return out;
  }();
  const text::TemplateLimits limits{.steps = 20'000, .output_bytes = 100'000};
  const auto dialect = chat::go_dialect(input, "fuzz");
  chat::Conversation turns{.messages = {asked.messages[0], asked.messages[1], {.role = "assistant", .content = "a"}, asked.messages[1]}};
  const std::string text = dialect->render(turns, limits);
  claim(text.size() <= 4 * limits.output_bytes, "the output is over its limit");
  dialect->render(asked, limits);
}

}  // namespace maru::fuzz
