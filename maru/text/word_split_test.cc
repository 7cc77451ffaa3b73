// The hand-written scanners against what their regular expressions give (checked once with PCRE2 on random texts).
#include <doctest/doctest.h>

#include <string>

#include "maru/text/word_split.h"

using namespace maru::text;

namespace {
using Words = std::vector<std::string>;
Words words(std::span<const Split> splits, std::string_view text) {
  Words out;
  for_each_word(splits, text, 0, text.size(), [&](std::size_t b, std::size_t e) { out.emplace_back(text.substr(b, e - b)); });
  return out;
}
Words by_regex(std::string_view regex, std::string_view text) {
  const auto split = split_for_regex(regex);
  REQUIRE(split);
  return words({&*split, 1}, text);
}
constexpr std::string_view kGpt2 = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}  // namespace

TEST_CASE("GPT-2's pattern keeps one blank with a word and the rest apart") {
  CHECK(by_regex(kGpt2, "I'll  see 12ab!? \n") == Words{"I", "'ll", " ", " see", " 12", "ab", "!?", " \n"});
  CHECK(by_regex(kGpt2, "a\n\nb") == Words{"a", "\n", "\n", "b"});
  CHECK(by_regex(kGpt2, "it'S") == Words{"it", "'", "S"});
  CHECK(by_regex(kGpt2, "나는  학교") == Words{"나는", " ", " 학교"});
  CHECK(by_regex(kGpt2, "e\u0301x") == Words{"e", "\u0301", "x"});
}

TEST_CASE("Llama 3's pattern takes three digits, any case, and line ends with punctuation") {
  CHECK(by_regex(kLlama3, "IT'S 12345") == Words{"IT", "'S", " ", "123", "45"});
  CHECK(by_regex(kLlama3, "end.\n\n x") == Words{"end", ".\n\n", " x"});
  CHECK(by_regex(kLlama3, "a  \n  b") == Words{"a", "  \n", " ", " b"});
  CHECK(by_regex(kLlama3, "(word \tx") == Words{"(word", " ", "\tx"});
}

TEST_CASE("Qwen 2's pattern takes one digit at a time") { CHECK(by_regex(kQwen2, "x 12") == Words{"x", " ", "1", "2"}); }

TEST_CASE("SmolLM cuts digits out before the words") {
  CHECK(words(*splits_for_gguf("smollm"), "a  2 34") == Words{"a", "  ", "2", " ", "3", "4"});
}

TEST_CASE("Falcon and DeepSeek Coder split in several steps") {
  CHECK(words(*splits_for_gguf("falcon"), "x=12345") == Words{"x", "=", "123", "45"});
  CHECK(words(*splits_for_gguf("deepseek-coder"), "a b\n12") == Words{"a", " b", "\n", "1", "2"});
}

TEST_CASE("an unknown pattern is not guessed") {
  CHECK_FALSE(split_for_regex(R"(\w+)"));
  CHECK_FALSE(splits_for_gguf("somebody-else"));
}

TEST_CASE("words put together are the text") {
  const std::string text = "  tabs\t\tand '' 'tis 3.14 — Ünï한글\r\n\n  ";
  for (const char* name : {"gpt-2", "smollm", "llama-bpe", "qwen2", "deepseek-coder", "falcon"}) {
    std::string joined;
    for (const std::string& word : words(*splits_for_gguf(name), text)) joined += word;
    CHECK(joined == text);
  }
}
