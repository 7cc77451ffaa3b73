// Pairs of texts and the windows that cut them, against numbers of the reference library.
#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/text/tokenizer.h"

using namespace maru;
using namespace maru::text;

namespace {

using Ids = std::vector<std::int32_t>;

Json bert() {
  return Json::parse(R"({
    "version": "1.0",
    "added_tokens": [{"id": 1, "content": "[UNK]", "special": true}, {"id": 2, "content": "[CLS]", "special": true},
                     {"id": 3, "content": "[SEP]", "special": true}, {"id": 4, "content": "[MASK]", "special": true}],
    "normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
      "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "un": 5, "##able": 6, "who": 7, "?": 8, "a": 9, "b": 10,
                "c": 11, "d": 12, "e": 13, "f": 14}}})");
}
Json roberta() {
  Json json = bert();
  json["post_processor"] = {{"type", "RobertaProcessing"}, {"sep", {"[SEP]", 3}}, {"cls", {"[CLS]", 2}}, {"trim_offsets", true},
                            {"add_prefix_space", false}};
  return json;
}
std::shared_ptr<const Tokenizer> made(const Json& json) { return tokenizer_from_json_text(json.dump(), "tiny.json"); }

}  // namespace

TEST_CASE("a pair has the segments of BERT and the words of each text") {
  const auto t = made(bert());
  const Encoding e = t->encode_pair("who unable?", "a unable", {.offsets = true});
  CHECK(e.ids == Ids{2, 7, 5, 6, 8, 3, 9, 5, 6, 3});
  CHECK(e.types == Ids{0, 0, 0, 0, 0, 0, 1, 1, 1, 1});
  CHECK(e.sequence == Ids{-1, 0, 0, 0, 0, -1, 1, 1, 1, -1});
  CHECK(e.words == Ids{-1, 0, 1, 1, 2, -1, 0, 1, 1, -1});
  CHECK(e.offsets[7] == std::array<std::size_t, 2>{2, 4});
  CHECK(t->mask == 4);
  CHECK(t->continuing_prefix() == "##");
  CHECK(t->encode_pair("who", "a", {.add_special = false}).types == Ids{0, 1});
}

TEST_CASE("a pair of RoBERTa has one segment and two separators between its texts") {
  const Encoding e = made(roberta())->encode_pair("who", "a b");
  CHECK(e.ids == Ids{2, 7, 3, 3, 9, 10, 3});
  CHECK(e.types == Ids{0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("windows overlap by the stride and repeat the question") {
  const Encoding e = made(bert())->encode_pair("who", "a b c d e f", {.offsets = true});
  const auto cut = windows(e, 7, 1);  // room for three tokens
  REQUIRE(cut.size() == 3);
  CHECK(cut[0].ids == Ids{2, 7, 3, 9, 10, 11, 3});
  CHECK(cut[1].ids == Ids{2, 7, 3, 11, 12, 13, 3});
  CHECK(cut[2].ids == Ids{2, 7, 3, 13, 14, 3});
  CHECK(cut[2].words == Ids{-1, 0, -1, 4, 5, -1});
  CHECK(cut[2].types == Ids{0, 0, 0, 1, 1, 1});
  CHECK(cut[2].offsets[3] == std::array<std::size_t, 2>{8, 9});
}

TEST_CASE("a single text is cut as well, and one that fits stays whole") {
  const Encoding e = made(bert())->encode("a b c d e", {.offsets = true});
  const auto cut = windows(e, 4, 0);
  REQUIRE(cut.size() == 3);
  CHECK(cut[2].ids == Ids{2, 13, 3});
  REQUIRE(windows(e, 7, 100).size() == 1);
  CHECK(windows(e, 7, 100)[0].ids == e.ids);
  CHECK(windows(made(bert())->encode("", {.offsets = true}), 2, 0).size() == 1);
}

TEST_CASE("windows without room or step are refused with numbers") {
  const Encoding e = made(bert())->encode_pair("who", "a b", {.offsets = true});
  CHECK_THROWS_WITH_AS(windows(e, 4, 0), doctest::Contains("4 tokens"), Error);
  CHECK_THROWS_WITH_AS(windows(e, 5, 1), doctest::Contains("stride of 1"), Error);
}
