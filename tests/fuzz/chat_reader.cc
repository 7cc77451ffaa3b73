// Fuzzes the taking apart of a model's text: however it is cut, the sum is the same.
#include "maru/chat/chat.h"

#include "tests/fuzz/fuzz.h"

namespace maru::fuzz {

std::vector<std::string> seeds() {
  return {"0<think>\nHm.\n</think>\n\nYes\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"b\"}}\n</tool_call>",
          "1{\"name\": \"f\", \"parameters\": {\"a\": 1}}; {\"name\": \"f\"}",
          "2[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {}}]",
          "2[TOOL_CALLS]f[ARGS]{\"a\": 1}",
          "3<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{\"a\": "
          "1}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
          "4<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>commentary to=functions.f<|message|>{}<|call|>",
          "5<|tool_call>call:f{a:<|\"|>b<|\"|>,c:[1,true]}<tool_call|>",
          "0<tool_call><function=f><parameter=a>1</parameter></function></tool_call>",
          "0<tool_call>f<arg_key>a</arg_key><arg_value>1</arg_value></tool_call>"};
}

std::vector<std::string> words() {
  return {"<think>",
          "</think>",
          "<tool_call>",
          "</tool_call>",
          "[TOOL_CALLS]",
          "[ARGS]",
          "{",
          "}",
          "[",
          "]",
          "\"",
          "\\",
          "<｜tool▁calls▁begin｜>",
          "<｜tool▁calls▁end｜>",
          "<|channel|>",
          "<|message|>",
          "<|end|>",
          "<|call|>",
          "call:",
          "<|\"|>",
          "가",
          "\xea",
          " ",
          "\n"};
}

void attempt(std::string_view input) {
  static const chat::Marks marks[] = {
      chat::find_marks("<think></think><tool_call></tool_call>"), chat::find_marks("<|python_tag|>"), chat::find_marks("[TOOL_CALLS]"),
      chat::find_marks("</think><｜tool▁calls▁begin｜>"),         chat::find_marks("<|channel|>"),    chat::find_marks("<|tool_call>")};
  if (input.empty()) return;
  const auto kind = static_cast<unsigned char>(input[0]);
  const std::string_view text = input.substr(1);
  std::string sums[2];
  for (int way = 0; way < 2; ++way) {
    chat::Reader reader(marks[kind % 6], {.tools = {"f"}, .starts_thinking = kind % 11 == 10});
    const auto add = [&](const chat::Delta& delta, std::string* parts) {
      parts[0] += delta.content;
      parts[1] += delta.thinking;
      for (const chat::ToolCall& call : delta.calls) parts[2] += call.id + call.name + dump(call.arguments);
    };
    std::string parts[3];
    const std::size_t piece = way == 0 ? text.size() : 1 + kind % 5;
    for (std::size_t at = 0; at < text.size(); at += piece) add(reader.push(text.substr(at, piece)), parts);
    add(reader.finish(), parts);
    sums[way] = parts[0] + "\1" + parts[1] + "\1" + parts[2];
  }
  claim(sums[0] == sums[1], "the cuts change what is read");
}

}  // namespace maru::fuzz
