// A model's text taken apart: the same however it is cut, and nothing lost.
#include <doctest/doctest.h>

#include <random>

#include "maru/chat/call_text.h"
#include "maru/chat/chat.h"

namespace maru::chat {
namespace {

const Marks kQwen = find_marks("<think></think><tool_call></tool_call>");
const Marks kLlama = find_marks("<|python_tag|>");
const Marks kMistral = find_marks("[TOOL_CALLS]");
const Marks kDeepseek = find_marks("</think><｜tool▁calls▁begin｜>");
const Marks kHarmony = find_marks("<|channel|>");
const Expected kTools{.tools = {"f", "g"}, .seed = 7};

void add(Delta& all, Delta more) {
  all.content += more.content;
  all.thinking += more.thinking;
  for (ToolCall& call : more.calls) all.calls.push_back(std::move(call));
}
Delta read(std::string_view text, const Marks& marks, const Expected& expected = kTools, std::vector<std::size_t> cuts = {}) {
  Reader reader(marks, expected);
  Delta all;
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    add(all, reader.push(text.substr(at, cut - at)));
    at = cut;
  }
  add(all, reader.push(text.substr(at)));
  add(all, reader.finish());
  return all;
}
std::string shown(const Delta& all) {
  std::string out = "content " + all.content + "\nthinking " + all.thinking + "\n";
  for (const ToolCall& call : all.calls) out += call.id + " " + call.name + " " + dump(call.arguments) + "\n";
  return out;
}
std::string calls(const Delta& all) {
  std::string out;
  for (const ToolCall& call : all.calls) out += call.name + dump(call.arguments);
  return out;
}

TEST_CASE("thinking, answer and calls are told apart") {
  const Delta all = read(
      "<think>\nHm.\n\n</think>\n\nI look.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"</tool_call>\"}}\n</tool_call>\n"
      "<tool_call>{\"name\": \"other\", \"arguments\": {}}</tool_call>",
      kQwen);
  CHECK(all.thinking == "Hm.");
  CHECK(all.content == "I look.");
  CHECK(calls(all) == "f{\"a\":\"</tool_call>\"}other{}");
  CHECK(all.calls[0].id != all.calls[1].id);
  CHECK(all.calls[0].id == call_id(7, 0));
  CHECK(all.calls[0].id.size() == 15);
}

TEST_CASE("a prompt that opened the thinking begins inside it") {
  const Delta all = read("So.\n</think>\nYes", kQwen, {.starts_thinking = true});
  CHECK(all.thinking == "So.");
  CHECK(all.content == "Yes");
  CHECK(read("  never closed ", kQwen, {.starts_thinking = true}).thinking == "never closed");
}

TEST_CASE("marks inside an answer are letters") {
  CHECK(read("The tag <think> opens.", kQwen).content == "The tag <think> opens.");
  CHECK(read("a <tool_call> b", kQwen, {}).content == "a <tool_call> b");
  CHECK(read("5 < 6 <tool", kQwen).content == "5 < 6 <tool");
}

TEST_CASE("a call that is none becomes content") {
  for (const char* text : {"x <tool_call>not json</tool_call> y", "<tool_call>{\"name\": 1}</tool_call>",
                           "<tool_call>{\"name\": \"f\", \"arguments\": [1]}</tool_call>z", "<tool_call>{\"name\": \"f\", \"argum",
                           " <tool_call> {\"a\": \"b\n</tool_call> rest"}) {
    CAPTURE(text);
    const Delta all = read(text, kQwen);
    CHECK(all.content == text);
    CHECK(all.calls.empty());
  }
  std::string deep = "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": ";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  CHECK(read(deep, kQwen).content == deep);
  const std::string longer = "<tool_call>{\"a\": \"" + std::string(3 << 20, 'x') + "\"}</tool_call>!";
  CHECK(read(longer, kQwen).content == longer);
}

TEST_CASE("a model that stops behind the JSON has called") {
  CHECK(calls(read("<tool_call>{\"name\": \"f\", \"arguments\": {}}", kQwen)) == "f{}");
  CHECK(calls(read("<tool_call>{\"name\": \"f\", \"arguments\": {}}\n</tool", kQwen)) == "f{}");
}

TEST_CASE("Llama's calls are the whole answer, and only for tools that there are") {
  CHECK(calls(read("{\"name\": \"f\", \"parameters\": {\"a\": 1}}", kLlama)) == "f{\"a\":1}");
  CHECK(calls(read("<|python_tag|>{\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {}}", kLlama)) == "f{}g{}");
  for (const char* text : {"{\"name\": \"h\", \"parameters\": {}}", "{\"city\": \"Paris\"} is it",
                           "See {\"name\": \"f\", \"parameters\": {}}", "<|python_tag|>print(1)"}) {
    CAPTURE(text);
    CHECK(read(text, kLlama).content == text);
    CHECK(read(text, kLlama).calls.empty());
  }
}

TEST_CASE("lists, names and sections of other families are read") {
  CHECK(calls(read("[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {\"a\": \"]\"}}, {\"name\": \"g\", \"arguments\": {}}]", kMistral)) ==
        "f{\"a\":\"]\"}g{}");
  CHECK(calls(read("[TOOL_CALLS]f[ARGS]{\"a\": 1}[TOOL_CALLS]g[CALL_ID]123456789[ARGS]{}", kMistral)) == "f{\"a\":1}g{}");
  CHECK(calls(read("Ok.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"a\": 1}\n```<｜tool▁call▁end｜>\n"
                   "<｜tool▁call▁begin｜>g<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>", kDeepseek)) == "f{\"a\":1}g{}");
  CHECK(calls(read(
            "<tool_call>\n<function=f>\n<parameter=a>\n1\n</parameter>\n<parameter=b>\nx \"y\"\n</parameter>\n</function>\n</tool_call>",
            kQwen)) == "f{\"a\":1,\"b\":\"x \\\"y\\\"\"}");
  CHECK(calls(read("<tool_call>f\n<arg_key>a</arg_key>\n<arg_value>[1]</arg_value>\n</tool_call>", kQwen)) == "f{\"a\":[1]}");
  CHECK(calls(read("<|START_ACTION|>[{\"tool_call_id\": \"0\", \"tool_name\": \"f\", \"parameters\": {}}]<|END_ACTION|>",
                   find_marks("<|START_ACTION|>"))) == "f{}");
}

TEST_CASE("Gemma's calls are read in their own notation") {
  const Marks gemma = find_marks("<|tool_call>");
  CHECK(calls(read("<|tool_call>call:f{city:<|\"|>Rome, {x}<|\"|>,days:2,list:[true,<|\"|>a<|\"|>,{b:null}],empty:{}}<tool_call|>",
                   gemma)) == "f{\"city\":\"Rome, {x}\",\"days\":2,\"list\":[true,\"a\",{\"b\":null}],\"empty\":{}}");
  for (const char* text :
       {"<|tool_call>call:f{city:<|\"|>Rome}<tool_call|>", "<|tool_call>call:f{a:}<tool_call|>", "<|tool_call>call:{}<tool_call|>"})
    CHECK(read(text, gemma).content == text);
}

TEST_CASE("gpt-oss writes in channels") {
  const Delta all = read(
      "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\": "
      "1}<|call|>",
      kHarmony);
  CHECK(all.thinking == "Hm.");
  CHECK(calls(all) == "f{\"a\":1}");
  CHECK(read("<|channel|>final<|message|>Yes.<|return|>", kHarmony).content == "Yes.");
  CHECK(read("Plain.", kHarmony).content == "Plain.");
}

TEST_CASE("characters are given out whole") {
  Reader reader(kQwen, {});
  CHECK(reader.push("\xea\xb0").content.empty());
  CHECK(reader.push("\x80").content == "가");
}

TEST_CASE("however a text is cut, what is read is the same") {
  std::mt19937_64 random(1);
  const std::vector<std::string> words = {"<think>",
                                          "</think>",
                                          "<tool_call>",
                                          "</tool_call>",
                                          "{\"name\": \"f\", \"arguments\": {\"a\": \"b\"}}",
                                          "{\"name\": \"g\", \"parameters\": {}}",
                                          "[TOOL_CALLS]",
                                          "[{\"name\": \"f\", \"arguments\": {}}]",
                                          "f[ARGS]{}",
                                          "<|python_tag|>",
                                          "<｜tool▁calls▁begin｜>",
                                          "<｜tool▁calls▁end｜>",
                                          "<｜tool▁call▁begin｜>",
                                          "<｜tool▁sep｜>",
                                          "<｜tool▁call▁end｜>",
                                          "<|channel|>",
                                          "analysis",
                                          "<|message|>",
                                          "<|end|>",
                                          "<|start|>",
                                          "<|call|>",
                                          "commentary to=functions.f",
                                          " ",
                                          "\n",
                                          "<",
                                          "{",
                                          "\"",
                                          "}",
                                          "[",
                                          "]",
                                          "가",
                                          "\xea",
                                          "hello",
                                          ";",
                                          "\\",
                                          "<function=f>",
                                          "</function>"};
  for (const Marks& marks : {kQwen, kLlama, kMistral, kDeepseek, kHarmony})
    for (int round = 0; round < 1'500; ++round) {
      std::string text;
      for (auto n = random() % 12; n > 0; --n) text += words[random() % words.size()];
      Expected expected = kTools;
      expected.starts_thinking = random() % 4 == 0;
      if (random() % 8 == 0) expected.tools.clear();
      const std::string whole = shown(read(text, marks, expected));
      std::vector<std::size_t> every, some;
      for (std::size_t i = 1; i < text.size(); ++i) {
        every.push_back(i);
        if (random() % 5 == 0) some.push_back(i);
      }
      CAPTURE(text);
      REQUIRE(shown(read(text, marks, expected, every)) == whole);
      REQUIRE(shown(read(text, marks, expected, some)) == whole);
    }
}

TEST_CASE("without marks and tools, every byte comes out") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (auto n = random() % 60; n > 0; --n) text += char(random());
    CHECK(read(text, Marks{}, {}).content == text);
  }
}

}  // namespace
}  // namespace maru::chat
