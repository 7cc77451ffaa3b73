// Models' own templates: text and ids against transformers' apply_chat_template (tools/golden_chat.py).
#include <doctest/doctest.h>

#include <cstdlib>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/chat/chat.h"
#include "maru/chat/letters_test.h"
#include "tests/scratch.h"

namespace maru::chat {
namespace {

Conversation conversation_of(const Json& json) {
  Conversation out{.messages = {}, .more = {{"date_string", "26 Jul 2024"}}};
  for (const Json& message : json["messages"]) {
    Message one{.role = message["role"], .content = message["content"], .thinking = message.value("thinking", ""),
                .tool_name = message.value("tool_name", ""), .tool_call_id = message.value("tool_call_id", "")};
    if (message.contains("calls"))
      for (const Json& call : message["calls"]) one.calls.push_back({call["id"], call["name"], call["arguments"]});
    out.messages.push_back(std::move(one));
  }
  if (json.contains("tools")) out.tools = json["tools"];
  if (json.contains("think")) out.think = json["think"].get<bool>();
  out.answer_follows = json.value("answer_follows", true);
  return out;
}

TEST_CASE("models' templates give the text and the ids that transformers gives") {
  const char* given = std::getenv("MARU_TEST_CHAT_GOLDEN");  // one of more templates
  const Json golden =
      parse_json(read_file(given ? given : MARU_TESTS "/golden/chat/templates.json", std::size_t{1} << 30), "templates.json");
  const testing::Scratch scratch;
  for (const Json& family : golden["families"]) {
    const std::string name = family["name"];
    const auto special = family["special"].get<std::vector<std::string>>();
    scratch.put("tokenizer_config.json", R"({"bos_token": "<s>", "eos_token": "</s>"})");
    const auto tokenizer = text::tokenizer_from_json(scratch.put("tokenizer.json", letters_json(special).dump()));
    std::optional<Format> opened;
    try {
      opened.emplace(tokenizer, family["template"].get<std::string>(), name, name);
    } catch (const Error&) {
      for (const Json& test : family["cases"]) CHECK(test.contains("failed"));
      continue;
    }
    const Format& format = *opened;
    for (const Json& test : family["cases"]) {
      const Conversation asked = conversation_of(golden["conversations"][test["conversation"].get<std::size_t>()]);
      // What this format refuses or mends, and transformers lets pass, is for other tests.
      if (!asked.tools.empty() && family["template"].get<std::string>().contains("xml_tools")) continue;
      if ((!asked.tools.empty() && !format.takes_tools()) || (asked.think && !format.thinks())) continue;
      if (asked.messages[0].role == "system" && !format.takes_system()) continue;
      CAPTURE(name);
      CAPTURE(test["conversation"].get<int>());
      std::string failed;
      Prompt prompt;
      try {
        prompt = format(asked);
      } catch (const Error& error) {
        failed = error.what();
      }
      if (test.contains("failed")) {
        CAPTURE(test["failed"].get<std::string>());
        CHECK(failed != "");
        continue;
      }
      const std::string expected = test["text"];
      // A template that leaves calls out gets them as content.
      if (asked.messages.size() > 1 && !asked.messages[1].calls.empty() &&
          !expected.substr(expected.find(asked.messages[0].content)).contains("get_weather"))
        continue;
      if (!prompt.notes.empty()) continue;       // done otherwise on purpose, and said
      CHECK(failed == "");
      CHECK(prompt.text == expected);
      CHECK(prompt.ids == test["ids"].get<std::vector<std::int32_t>>());
    }
  }
}

// Opening tries whether the Reader finds the calls that the template writes.
TEST_CASE("the calls of the families' templates are read") {
  const Json golden = parse_json(read_file(MARU_TESTS "/golden/chat/templates.json"), "templates.json");
  std::string with_tools, thinking;
  for (const Json& family : golden["families"]) {
    const std::string name = family["name"];
    const Format format(letters_tokenizer(family["special"].get<std::vector<std::string>>()), family["template"].get<std::string>(), name,
                        name);
    if (format.takes_tools()) with_tools += name.substr(0, name.rfind('-')) + " ";
    if (format.thinks()) thinking += name.substr(0, name.rfind('-')) + " ";
  }
  CHECK(with_tools == "Qwen-Qwen2.5-7B Qwen-Qwen3 Qwen-QwQ openai-gpt-oss ibm-granite-granite-3.3-2B mistralai-Mistral-Nemo-Instruct ");
  CHECK(thinking ==
        "Qwen-Qwen3 Qwen-QwQ openai-gpt-oss ibm-granite-granite-3.3-2B HuggingFaceTB-SmolLM3 deepseek-ai-DeepSeek-R1-Distill-Qwen ");
}

TEST_CASE("what families take, of a collection of templates" * doctest::skip(!std::getenv("MARU_TEST_CHAT_GOLDEN"))) {
  const Json golden = parse_json(read_file(std::getenv("MARU_TEST_CHAT_GOLDEN"), std::size_t{1} << 30), "templates.json");
  for (const Json& family : golden["families"]) {
    const std::string name = family["name"];
    try {
      const Format format(letters_tokenizer(family["special"].get<std::vector<std::string>>()), family["template"].get<std::string>(), name,
                          name);
      MESSAGE(name << (format.takes_tools() ? " tools" : "") << (format.takes_system() ? " system" : "")
                   << (format.thinks() ? " thinks" : "") << " " << int(format.marks().calls));
    } catch (const Error& error) {
      MESSAGE(std::string(error.what()));
    }
  }
}

}  // namespace
}  // namespace maru::chat
