// Learned vocabularies against the reference's trainers (tests/golden/training, tools/golden_training.py).
#include "maru/text/train.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/base/pool.h"
#include "maru/text/tokenizer.h"
#include "tests/scratch.h"

using namespace maru;
using namespace maru::text;

namespace {

const std::filesystem::path kFolder = std::filesystem::path(MARU_TESTS) / "golden" / "training";
const std::vector<std::filesystem::path> kText = {kFolder / "text.txt"};

Json expected() { return parse_json(read_file(kFolder / "expected.json"), "expected.json"); }
std::shared_ptr<const Tokenizer> opened(const TrainedTokenizer& learned) { return tokenizer_from_json_text(learned.json, "learned"); }
std::size_t tokens_of_text(const TrainedTokenizer& learned) {
  return opened(learned)->encode(read_file(kText[0]), {.add_special = false}).ids.size();
}
std::string complaint(const std::vector<std::filesystem::path>& files, const TrainOptions& options) {
  try {
    train_tokenizer(files, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("byte-level BPE learns the reference's merges in the reference's order") {
  const TrainedTokenizer learned = train_tokenizer(kText, {.vocabulary = 757});
  const Json model = parse_json(learned.json, "learned")["model"];
  CHECK(model["merges"] == expected()["bpe_merges"]);
  CHECK(opened(learned)->vocabulary() == 757);
  const std::string text = read_file(kText[0]) + "<|endoftext|> \xF0\x9F\x98\x80";
  CHECK(opened(learned)->decode(opened(learned)->encode(text).ids) == text);
}

TEST_CASE("WordPiece learns the reference's vocabulary but for ties") {
  const TrainedTokenizer learned = train_tokenizer(kText, {.kind = TrainedKind::wordpiece, .vocabulary = 1000, .lowercase = true});
  const Json want = expected();
  const auto t = opened(learned);
  std::size_t shared = 0;
  for (const Json& piece : want["wordpiece_vocabulary"]) shared += t->id(piece.get<std::string>()).has_value();
  CHECK(t->vocabulary() == 1000);
  CHECK(shared >= 985);  // the reference numbers "##" characters in no fixed order, and ties fall by number
  const double ratio = double(tokens_of_text(learned)) / want["wordpiece_tokens"].get<double>();
  CHECK(ratio < 1.005);
  CHECK(t->encode("the").ids.front() == *t->classify);
}

TEST_CASE("Unigram needs no more tokens than the reference's vocabulary of the same size") {
  const TrainedTokenizer learned = train_tokenizer(kText, {.kind = TrainedKind::unigram, .vocabulary = 1000});
  CHECK(opened(learned)->vocabulary() == 1000);
  CHECK(double(tokens_of_text(learned)) / expected()["unigram_tokens"].get<double>() < 1.02);
}

TEST_CASE("what is learned does not depend on the number of threads") {
  // Enough text for several threads to count in.
  const maru::testing::Scratch scratch;
  std::string much;
  while (much.size() < 5'000'000) much += read_file(kText[0]);
  const std::vector<std::filesystem::path> text = {scratch.put("much.txt", much)};
  const int before = thread_count();
  for (const TrainedKind kind : {TrainedKind::bpe, TrainedKind::wordpiece, TrainedKind::unigram}) {
    set_thread_count(1);
    const std::string one = train_tokenizer(text, {.kind = kind, .vocabulary = 600}).json;
    set_thread_count(4);
    CHECK(train_tokenizer(text, {.kind = kind, .vocabulary = 600}).json == one);
  }
  set_thread_count(before);
}

TEST_CASE("a vocabulary that the text cannot fill says how large it got") {
  const maru::testing::Scratch scratch;
  auto small = scratch.put("small.txt", "aa aa ab ab\n");
  CHECK(complaint({small}, {.vocabulary = 300}).contains("yields 259 tokens"));
  CHECK(complaint({small}, {.vocabulary = 200}).contains("no room"));
  CHECK(complaint({small}, {.kind = TrainedKind::unigram, .vocabulary = 300}).contains("tokens, fewer than the 300"));
  small = scratch.put("small.txt", "");
  CHECK(complaint({small}, {.vocabulary = 300}).contains("no words"));
  small = scratch.put("small.txt", "ab\xff");
  CHECK(complaint({small}, {.vocabulary = 300}).contains("not UTF-8 at byte 2"));
  Cancel cancel;
  cancel.raise();
  CHECK(complaint(kText, {.vocabulary = 300, .cancel = &cancel}).contains("stopped"));
}

TEST_CASE("special tokens come first and never out of merges") {
  const TrainedTokenizer learned = train_tokenizer(kText, {.vocabulary = 700, .specials = {"the", "[x]"}});
  const auto t = opened(learned);
  CHECK(t->id("<|endoftext|>") == 0);
  CHECK(t->id("the") == 1);
  CHECK(t->encode("the", {.parse_special = true}).ids == std::vector<std::int32_t>{1});
  CHECK(t->encode("the").ids.front() != 1);
}
