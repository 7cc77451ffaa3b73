// Modelfiles: every instruction, every way to quote, and the way back.
#include "maru/chat/modelfile.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"

namespace maru::chat {
namespace {

Modelfile read(std::string_view text) { return parse_modelfile(text, "Modelfile"); }
std::string refusal(std::string_view text) {
  try {
    read(text);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

constexpr std::string_view kAll = R"(# made by hand
FROM ./model.gguf
from ./projector.gguf
ADAPTER ./lora
PARAMETER temperature 0.2
PARAMETER stop "<|im_end|>"
Parameter stop    AI assistant:
PARAMETER num_ctx 4096
PARAMETER use_mmap false
TEMPLATE """{{ .System }}
{{ .Prompt }}"""
SYSTEM  You are "Mario".
LICENSE """
MIT
"""
LICENSE Apache-2.0
MESSAGE user Is it far?
MESSAGE assistant "yes
no"
REQUIRES v0.14.0
RENDERER qwen3
PARSER qwen3
DRAFT ./draft
)";

TEST_CASE("every instruction is read") {
  const Modelfile m = read(kAll);
  CHECK(m.from == std::vector<std::string>{"./model.gguf", "./projector.gguf"});
  CHECK(m.adapters == std::vector<std::string>{"./lora"});
  CHECK(dump(m.parameters) == R"({"temperature":0.2,"stop":["<|im_end|>","AI assistant:"],"num_ctx":4096,"use_mmap":false})");
  CHECK(m.template_source == "{{ .System }}\n{{ .Prompt }}");
  CHECK(m.system == "You are \"Mario\".");
  CHECK(m.licences == std::vector<std::string>{"\nMIT\n", "Apache-2.0"});
  CHECK(m.messages.size() == 2);
  CHECK(m.messages[1].content == "yes\nno");
  CHECK(m.requires_version == "0.14.0");
  CHECK(m.renderer == "qwen3");
  CHECK(m.drafts == std::vector<std::string>{"./draft"});
  CHECK(m.warnings.empty());
}

TEST_CASE("what is printed is read back the same") {
  const std::string printed = print_modelfile(read(kAll));
  CHECK(print_modelfile(read(printed)) == printed);
  for (const char* text : {"", " ", "a", " a ", "\"", "\"\"", "a\"", "\"a", "a\nb", "a\"\nb", "\"a\"", "\"\"\"", "x\n\"\"\"\ny", "#",
                           "a # b", "\n", "a\r\nb", "é"}) {
    CAPTURE(text);
    Modelfile m;
    m.from = {"x"};
    m.system = text;
    m.has_system = true;
    // Only a text with """ at the end of a line inside cannot be written down.
    if (std::string_view(text).contains("\"\"\"\n")) continue;
    CHECK(read(print_modelfile(m)).system == text);
    CHECK(read(print_modelfile(m)).from == m.from);
  }
}

TEST_CASE("UTF-16 and marks of byte order are read") {
  CHECK(read("\xEF\xBB\xBF" "FROM a").from[0] == "a");
  std::string little("\xFF\xFE", 2), big("\xFE\xFF", 2);
  for (const char16_t c : std::u16string_view(u"FROM é😀")) {
    little += {char(c & 255), char(c >> 8)};
    big += {char(c >> 8), char(c & 255)};
  }
  CHECK(read(little).from[0] == "é😀");
  CHECK(read(big).from[0] == "é😀");
  CHECK(refusal(little + "\x01").contains("odd number"));
  CHECK(refusal(std::string("\xFF\xFE\x00\xD8", 4)).contains("half a character"));
  CHECK(refusal("FROM \xC3").contains("not UTF-8 at byte 5"));
}

TEST_CASE("lines end as on any machine, and comments are left out") {
  const Modelfile m = read("FROM a\r\n# SYSTEM x\r\n\r\nSYSTEM b # no comment\rPARAMETER seed 1\n");
  CHECK(m.from[0] == "a");
  CHECK(m.system == "b # no comment");
  CHECK(m.parameters["seed"] == 1);
}

TEST_CASE("errors name the line") {
  CHECK(refusal("FROM a\nFROMM b") .starts_with("Modelfile (line 2): unknown instruction \"fromm\""));
  CHECK(refusal("# nothing") == "Modelfile: no FROM line");
  CHECK(refusal("FROM a\n\nSYSTEM \"\"\"open\n") == "Modelfile (line 3): the quotation that begins with \"\"\" does not end");
  CHECK(refusal("FROM a\nPARAMETER temperature hot").contains("(line 2): parameter \"temperature\": expected a number, got \"hot\""));
  CHECK(refusal("FROM a\nPARAMETER top_p 2").contains("parameter \"top_p\" is 2, expected 0 to 1"));
  CHECK(refusal("FROM a\nPARAMETER num_ctx 1.5").contains("whole number"));
  CHECK(refusal("FROM a\nPARAMETER num_ctx nan").contains("expected 0 to"));
  CHECK(refusal("FROM a\nPARAMETER use_mmap maybe").contains("true or false"));
  CHECK(refusal("FROM a\nPARAMETER shout 1").contains("unknown parameter \"shout\""));
  CHECK(refusal("FROM a\nPARAMETER stop \"\"").contains("empty"));
  CHECK(refusal("FROM a\nMESSAGE tool x").contains("system, user or assistant"));
  CHECK(refusal("FROM a\nREQUIRES new").contains("version"));
  CHECK(refusal("FROM\n").contains("from needs a value"));
  CHECK(refusal("FROM a\nPARAMETER\n").contains("a name and a value"));
}

TEST_CASE("parameters that are no longer used are left out with a word about it") {
  const Modelfile m = read("FROM a\nPARAMETER mirostat 1\nPARAMETER temperature 1\nPARAMETER temperature 0.5");
  CHECK(m.warnings.size() == 2);
  CHECK(m.warnings[0].text == "line 2: the parameter mirostat is no longer used and was left out");
  CHECK(dump(m.parameters) == R"({"temperature":0.5})");
}

TEST_CASE("options in JSON have the same names and ranges") {
  CHECK(checked_parameter("temperature", 0.5) == 0.5);
  CHECK(checked_parameter("num_ctx", "128") == 128);
  CHECK(checked_parameter("stop", "a") == Json::array({"a"}));
  CHECK(checked_parameter("stop", Json::array({"a", "b"})) == Json::array({"a", "b"}));
  CHECK(checked_parameter("low_vram", true).is_null());
  CHECK_THROWS_AS(checked_parameter("temperature", Json::array()), Error);
  CHECK_THROWS_AS(checked_parameter("seed", 1.5), Error);
  CHECK_THROWS_AS(checked_parameter("stop", 1), Error);
  CHECK_THROWS_AS(checked_parameter("none", 1), Error);
}

}  // namespace
}  // namespace maru::chat
