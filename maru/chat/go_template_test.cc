// Go templates against what Go itself renders (tests/golden/go_templates), and Modelfiles' templates as Ollama runs them.
#include "maru/chat/go_template.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/chat/dialect.h"
#include "maru/chat/letters_test.h"

namespace maru::chat {
namespace {

Conversation conversation_of(const Json& json) {
  Conversation out{.messages = {}};
  for (const Json& message : json["messages"]) {
    Message one{.role = message["role"],
                .content = message["content"],
                .thinking = message.value("thinking", ""),
                .tool_name = message.value("tool_name", "")};
    if (message.contains("calls"))
      for (const Json& call : message["calls"]) one.calls.push_back({.id = {}, .name = call["name"], .arguments = call["arguments"]});
    out.messages.push_back(std::move(one));
  }
  if (json.contains("tools")) out.tools = json["tools"];
  if (json.contains("think")) out.think = json["think"].get<bool>();
  out.think_level = json.value("think_level", "");
  return out;
}

std::string refusal(std::string_view source, const go::Value& data = go::Value::map({}), const text::TemplateLimits& limits = {}) {
  try {
    GoTemplate(source, "T").render(data, limits);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("templates over messages render as Go renders them") {
  const Json golden = parse_json(read_file(MARU_TESTS "/golden/go_templates/cases.json"), "cases.json");
  std::vector<Conversation> conversations;
  for (const Json& json : golden["conversations"]) conversations.push_back(conversation_of(json));
  for (const Json& test : golden["cases"]) {
    const std::string name = test["template"], source = golden["templates"][name], failed = test.value("failed", "");
    const int which = test["conversation"].get<int>();
    CAPTURE(name);
    CAPTURE(which);
    CAPTURE(failed);
    std::string text, said;
    try {
      if (which < 0) {
        GoTemplate(source, "T");
      } else {
        // The data that a template over .Messages gets, also where it names none of them.
        const auto dialect = go_dialect(source + "{{/* */}}{{ if false }}{{ .Messages }}{{ .Thinking }}{{ end }}", "T");
        text = dialect->render(conversations[std::size_t(which)], {});
      }
    } catch (const Error& error) {
      said = error.what();
      CHECK(error.kind() == ErrorKind::invalid);
    }
    CHECK(said.empty() == failed.empty());
    CAPTURE(said);
    CHECK(text == test["expected"].get<std::string>());
    // "template: :1: unclosed action" is "template error: T:1: unclosed action".
    if (which < 0) CHECK(said.contains(failed.substr(11, failed.find_last_not_of(' ') - 10)));
    else if (!failed.empty()) CHECK(said.starts_with("template error: T:" + failed.substr(11, failed.find(':', 11) - 11) + ":"));
  }
}

TEST_CASE("one turn renders as Go renders it") {
  const Json golden = parse_json(read_file(MARU_TESTS "/golden/go_templates/cases.json"), "cases.json");
  for (const Json& test : golden["turns"]) {
    const Json& values = test["values"];
    const GoTemplate turn(golden["by_turns"][test["template"].get<std::string>()].get<std::string>(), "T");
    const auto text = [&](std::size_t i) { return go::Value::text(values[i].get<std::string>()); };
    CHECK(turn.render(go::Value::map({{"System", text(0)}, {"Prompt", text(1)}, {"Response", text(2)}})) ==
          test["expected"].get<std::string>());
  }
}

TEST_CASE("old templates run turn by turn and end where the answer begins") {
  const auto text = [](std::string_view source, std::vector<Message> messages) {
    return go_dialect(source, "T")->render({.messages = std::move(messages)}, {});
  };
  const Message system{.role = "system", .content = "S"}, one{.role = "user", .content = "1"}, answer{.role = "assistant", .content = "a"},
      two{.role = "user", .content = "2"};
  const char* chatml = "{{ if .System }}<s>{{ .System }}{{ end }}{{ if .Prompt }}<u>{{ .Prompt }}{{ end }}<a>{{ .Response }}<end>";
  CHECK(text(chatml, {one}) == "<u>1<a>");
  CHECK(text(chatml, {system, one, answer, two}) == "<s>S<u>1<a>a<end><u>2<a>");
  CHECK(text(chatml, {system, one, answer}) == "<s>S<u>1<a>a");                   // an answer that goes on
  CHECK(text(chatml, {one, system, two}) == "<u>1<a><end><s>S<u>2<a>");
  CHECK(text(chatml, {one, two}) == "<u>1\n\n2<a>");                              // neighbours are one
  CHECK(text("{{ .Prompt }}", {one, answer, two}) == "1a2");                      // {{ .Response }} is added
  CHECK(text("{{ .Prompt }}{{ if .Response }}[{{ .Response }}]{{ else }}B{{ end }}C", {one, answer, two}) == "1[a]C2");
  CHECK(text("just text", {one}) == "just text");
}

TEST_CASE("what a Go template takes is read off its names") {
  const Format none(letters_tokenizer({"<end>"}), "{{ .Prompt }}", "T", "tiny");
  CHECK_FALSE(none.takes_tools());
  CHECK_FALSE(none.takes_system());
  CHECK_FALSE(none.takes_suffix());
  CHECK_FALSE(none.thinks());
  const Prompt merged = none({.messages = {{.role = "system", .content = "S"}, {.role = "user", .content = "U<end>"}}});
  CHECK(merged.text == "S\n\nU<end>");
  CHECK(merged.ids.back() != 256);
  const Format all(letters_tokenizer({"<end>"}),
                   "{{ range .Messages }}{{ .Content }}{{ .Thinking }}<end>{{ end }}{{ if .Suffix }}{{ .Prompt }}^{{ .Suffix }}{{ else "
                   "}}{{ .Tools }}{{ .System }}{{ end }}",
                   "T", "tiny");
  CHECK(all.takes_tools());
  CHECK(all.takes_system());
  CHECK(all.takes_suffix());
  CHECK(all.thinks());
  CHECK(all({.messages = {{.role = "user", .content = "a"}}, .suffix = "b"}).text == "a^b");
}

TEST_CASE("errors of Go templates name place and reason") {
  CHECK(refusal("{{ .Bad ") == "template error: T:1: unclosed action");
  CHECK(refusal("a\n\n{{ shout }}") == "template error: T:3: function \"shout\" not defined");
  for (const char* refused : {"{{ template \"x\" }}", "{{ define \"x\" }}{{ end }}", "{{ block \"x\" . }}{{ end }}"})
    CHECK(refusal(refused).contains("is not known here"));
  CHECK(refusal("\n{{ .A.B }}") == "template error: T:2: nil pointer evaluating interface {}.B");
  CHECK(refusal("\xff").contains("UTF-8"));
}

TEST_CASE("a Go template's steps, output and depth have limits") {
  CHECK(refusal("{{ range 1000000000 }}{{ end }}").contains("steps"));
  CHECK(refusal("{{ range 1000000 }}0123456789{{ end }}", go::Value::map({}), {.steps = 100'000'000, .output_bytes = 1000})
            .contains("more than 1000 bytes"));
  std::string deep, parens = "{{ ";
  for (int i = 0; i < 10'000; ++i) deep += "{{ if true }}", parens += '(';
  CHECK(refusal(deep).contains("nested deeper"));
  CHECK(refusal(parens).contains("unclosed action"));
  parens = "{{ " + std::string(1'000, '(') + "1" + std::string(1'000, ')') + " }}";
  CHECK(refusal(parens).contains("nested deeper"));
  std::string chain = "{{ if 1 }}";
  for (int i = 0; i < 10'000; ++i) chain += "{{ else if 1 }}";
  CHECK(refusal(chain + "{{ end }}").contains("nested deeper"));
}

TEST_CASE("Jinja and Go are told apart") {
  for (const char* jinja :
       {"{% for m in messages %}{{ m.content }}{% endfor %}", "{{ bos_token }}{{ messages[0]['content'] }}", "{{- messages }}"})
    CHECK(is_jinja(jinja));
  for (const char* go :
       {"{{ .Prompt }}", "{{- range .Messages }}{{ .Content }}{{ end }}", "{{ $x := 1 }}", "text", "{{ if .System }}x{{ end }}", "{{"})
    CHECK_FALSE(is_jinja(go));
}

}  // namespace
}  // namespace maru::chat
