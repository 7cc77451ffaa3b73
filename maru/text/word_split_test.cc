// The hand-written scanners against what their regular expressions give, by hand and by PCRE2 on random texts.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "maru/text/gguf_pre_tokenizers.h"
#include "maru/text/pattern.h"
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

TEST_CASE("GPT-4o's pattern ends a word where lower case meets upper case, and keeps its contraction") {
  const std::string_view gpt4o = gguf_pre_tokenizer("gpt-4o")->patterns.at(0);
  CHECK(by_regex(gpt4o, "HTMLParser camelCase it'S IT's") == Words{"HTMLParser", " camel", "Case", " it'S", " IT's"});
  CHECK(by_regex(gpt4o, "a/b//\n/c 1234") == Words{"a", "/b", "//\n/", "c", " ", "123", "4"});
  CHECK(by_regex(gpt4o, "\u0301AB 나는X") == Words{"\u0301", "AB", " 나는", "X"});
}

TEST_CASE("each scanner cuts random texts as its expression does") {
  const std::vector<std::string> pieces = {"a", "B", "ñ", "É", "ǅ", "한", "글", "漢", "かな", "ー", "1", "٣", "Ⅷ", " ", "  ", "\t", "\n", "\r\n", "\u00A0",
                                           "\u3000", "'", "'s", "'LL", "ſ", "/", "!", "…", "$", "€", "\u0301", "ⅰ", "ʰ", "\u200D", "\x01", "🎉", "-"};
  std::vector<std::string_view> expressions = {kGpt2, kLlama3, kQwen2};
  for (const char* name : {"gpt-4o", "tekken", "deepseek-v3"}) {
    const std::vector<std::string_view> patterns = gguf_pre_tokenizer(name)->patterns;
    expressions.insert(expressions.end(), patterns.begin(), patterns.end());
  }
  std::mt19937 random(7);
  for (const std::string_view expression : expressions) {
    CAPTURE(expression);
    REQUIRE(split_for_regex(expression));
    const auto engine = regex_pattern("(?:" + std::string(expression) + ")", "test");  // no known spelling: PCRE2 runs it
    const auto scanner = regex_pattern(expression, "test");
    for (int trial = 0; trial < 3000; ++trial) {
      std::string text;
      for (unsigned left = 1 + random() % 12; left > 0; --left) text += pieces[random() % pieces.size()];
      Words by_engine, by_scanner;
      engine->each(text, [&](std::size_t begin, std::size_t end) { by_engine.push_back(text.substr(begin, end - begin)); });
      scanner->each(text, [&](std::size_t begin, std::size_t end) { by_scanner.push_back(text.substr(begin, end - begin)); });
      CAPTURE(text);
      REQUIRE(by_scanner == by_engine);
    }
  }
}

TEST_CASE("words put together are the text") {
  const std::string text = "  tabs\t\tand '' 'tis 3.14 — Ünï한글\r\n\n  ";
  for (const char* name : {"gpt-2", "smollm", "llama-bpe", "qwen2", "deepseek-coder", "falcon"}) {
    std::string joined;
    for (const std::string& word : words(*splits_for_gguf(name), text)) joined += word;
    CHECK(joined == text);
  }
}
