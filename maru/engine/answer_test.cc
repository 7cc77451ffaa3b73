// What ends an answer and what is held back, on a vocabulary of one letter a token.
#include "maru/engine/answer.h"

#include <doctest/doctest.h>

#include "maru/engine/continuation.h"
#include "maru/engine/tiny_model_test.h"

namespace maru::engine {
namespace {

struct Letters : testing::Scratch {
  std::shared_ptr<const text::Tokenizer> tokenizer;
  Letters() : tokenizer(text::tokenizer_from_json(put("tokenizer.json", tokenizer_json(95)))) {}
  std::int32_t operator()(char c) const { return c - '!'; }
};
constexpr std::int32_t kEnd = 94;

// What was given out after each token, ending with the rest.
std::vector<std::string> pieces(const Letters& letters, const Sampling& sampling, std::string_view word, std::optional<Finish>& finish) {
  const std::int32_t ends[] = {kEnd};
  Answer answer(letters.tokenizer, ends, sampling);
  std::vector<std::string> given;
  for (const char c : word) {
    finish = answer.push(letters(c));
    if (finish) break;
    given.emplace_back(answer.settled());
  }
  given.emplace_back(answer.rest(finish.value_or(Finish::cancelled)));
  return given;
}

}  // namespace

TEST_CASE("what may become a stop string is held back, and given when it does not") {
  const Letters letters;
  std::optional<Finish> finish;
  using Given = std::vector<std::string>;
  CHECK(pieces(letters, {.stop = {"bcd"}}, "abcx", finish) == Given{"a", "", "", "bcx", ""});
  CHECK_FALSE(finish);
  CHECK(pieces(letters, {.stop = {"bcd"}}, "abcd", finish) == Given{"a", "", "", ""});
  CHECK(finish == Finish::stop_string);
  CHECK(pieces(letters, {.stop = {"bcd"}}, "abc", finish) == Given{"a", "", "", "bc"});
  CHECK(pieces(letters, {.stop = {"cd", "abcd"}}, "abcd", finish) == Given{"", "", "", ""});  // the first place counts
}

TEST_CASE("a stop string that is a special token's spelling ends the answer at that token") {
  const Letters letters;
  Answer answer(letters.tokenizer, {}, {.stop = {"<|end|>"}});
  CHECK_FALSE(answer.push(letters('a')));
  CHECK(answer.push(kEnd) == Finish::stop_string);
  CHECK(answer.rest(Finish::stop_string) == "a");
  CHECK(answer.ids().size() == 1);
}

TEST_CASE("a token that ends an answer is no part of it, and the number of tokens ends it too") {
  const Letters letters;
  const std::int32_t ends[] = {kEnd};
  Answer first(letters.tokenizer, ends, {.max_tokens = 2}), second(letters.tokenizer, ends, {.max_tokens = 2});
  CHECK(first.push(kEnd) == Finish::stop);
  CHECK(first.ids().empty());
  CHECK_FALSE(second.push(1));
  CHECK(second.push(2) == Finish::length);
}

TEST_CASE("an end that is ignored or not allowed yet is not chosen") {
  const Letters letters;
  struct Never : Constraint {
    void mask(std::span<float>) override {}
    void accept(std::int32_t) override {}
    bool may_end() const override { return false; }
    std::unique_ptr<Constraint> copy() const override { return std::make_unique<Never>(); }
  };
  std::vector<float> logits(95, 0.0f), again;
  logits[kEnd] = 5;
  logits[7] = 1;
  again = logits;
  Continuation ignoring(letters.tokenizer, {kEnd}, {.temperature = 0, .ignore_end = true});
  CHECK_FALSE(ignoring.take(logits));
  CHECK(ignoring.id() == 7);
  Continuation constrained(letters.tokenizer, {kEnd}, {.temperature = 0}, std::make_unique<Never>());
  CHECK_FALSE(constrained.take(again));
  CHECK(constrained.id() == 7);
}

TEST_CASE("log probabilities are those of the model, before bias and temperature") {
  const Letters letters;
  std::vector<float> logits(95, -50.0f);
  logits[3] = std::log(0.75f);
  logits[4] = std::log(0.25f);
  Continuation writing(letters.tokenizer, {kEnd}, {.temperature = 0, .logit_bias = {{4, 10.0f}}, .logprobs = 2});
  writing.take(logits);
  CHECK(writing.id() == 4);
  CHECK(writing.chosen().own == doctest::Approx(std::log(0.25)));
  REQUIRE(writing.chosen().top.size() == 2);
  CHECK(writing.chosen().top[0].id == 3);
  CHECK(writing.chosen().top[0].logprob == doctest::Approx(std::log(0.75)));
}

}  // namespace maru::engine
