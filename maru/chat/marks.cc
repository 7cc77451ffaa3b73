// How families mark thinking and calls, told from the words of their templates.
#include "maru/chat/chat.h"

namespace maru::chat {
namespace {

struct Thinking {
  std::string_view begin, end;
};
constexpr Thinking kThinking[] = {
    {"<think>", "</think>"},                                // Qwen, DeepSeek, GLM, SmolLM3
    {"[THINK]", "[/THINK]"},                                // Magistral
    {"<|START_THINKING|>", "<|END_THINKING|>"},             // Command A
    {"<seed:think>", "</seed:think>"},
    {"<|channel>thought", "<channel|>"},                    // Gemma 4
};

struct Calling {
  std::string_view word;                                    // stands in the templates of the family
  Marks marks;
};
const auto& callings() {
  static const Calling table[] = {
      {"<|channel|>", {.calls = Marks::Calls::channels, .call_begin = "<|channel|>"}},
      {"<｜tool▁calls▁begin｜>",
       {.calls = Marks::Calls::sections,
        .call_begin = "<｜tool▁calls▁begin｜>",
        .call_end = "<｜tool▁calls▁end｜>",
        .item_begin = "<｜tool▁call▁begin｜>",
        .item_separator = "<｜tool▁sep｜>",
        .item_end = "<｜tool▁call▁end｜>"}},
      {"<|tool_calls_section_begin|>",
       {.calls = Marks::Calls::sections,
        .call_begin = "<|tool_calls_section_begin|>",
        .call_end = "<|tool_calls_section_end|>",
        .item_begin = "<|tool_call_begin|>",
        .item_separator = "<|tool_call_argument_begin|>",
        .item_end = "<|tool_call_end|>"}},
      {"[TOOL_CALLS]", {.calls = Marks::Calls::list, .call_begin = "[TOOL_CALLS]"}},
      {"<|START_ACTION|>", {.calls = Marks::Calls::list, .call_begin = "<|START_ACTION|>", .call_end = "<|END_ACTION|>"}},
      {"<|tool_call>", {.calls = Marks::Calls::tagged_json, .call_begin = "<|tool_call>", .call_end = "<tool_call|>"}},  // Gemma 4
      {"</seed:tool_call>", {.calls = Marks::Calls::tagged_json, .call_begin = "<seed:tool_call>", .call_end = "</seed:tool_call>"}},
      {"</TOOLCALL>", {.calls = Marks::Calls::list, .call_begin = "<TOOLCALL>", .call_end = "</TOOLCALL>"}},        // Nemotron
      {"</tool_calls>", {.calls = Marks::Calls::list, .call_begin = "<tool_calls>", .call_end = "</tool_calls>"}},  // Apriel
      {"</tool_call>", {.calls = Marks::Calls::tagged_json, .call_begin = "<tool_call>", .call_end = "</tool_call>"}},
      {"<|/tool_call|>", {.calls = Marks::Calls::list, .call_begin = "<|tool_call|>", .call_end = "<|/tool_call|>"}},  // Phi-4-mini
      {"<|tool_call|>", {.calls = Marks::Calls::list, .call_begin = "<|tool_call|>"}},                                 // Granite 3
      {"<tool_call>", {.calls = Marks::Calls::tagged_json, .call_begin = "<tool_call>", .call_end = "</tool_call>"}},
      {"<|python_tag|>", {.calls = Marks::Calls::bare_json, .call_begin = "<|python_tag|>"}},
  };
  return table;
}

}  // namespace

Marks find_marks(std::string_view source) {
  // What is known of no family is what most templates ask for: a JSON object as the answer.
  Marks marks{.calls = Marks::Calls::bare_json};
  for (const Calling& family : callings())
    if (source.contains(family.word)) {
      marks = family.marks;
      break;
    }
  if (marks.calls == Marks::Calls::channels) {
    marks.think_begin = "<|channel|>analysis<|message|>";
    marks.think_end = "<|end|>";
    return marks;
  }
  for (const Thinking& family : kThinking)
    if (source.contains(family.end)) {
      marks.think_begin = family.begin;
      marks.think_end = family.end;
      break;
    }
  return marks;
}

}  // namespace maru::chat
