// Texts through a tiny BART with a tokenizer of whole words.
#include "maru/engine/seq2seq.h"

#include <doctest/doctest.h>

#include "maru/base/json.h"
#include "tests/scratch.h"

namespace maru::engine {
namespace {

// <s>, <pad>, </s>, and the words w3 to w68; a text gets its </s>.
std::shared_ptr<const text::Tokenizer> words() {
  Json json = Json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [{"id": 0, "content": "<s>", "special": true, "normalized": false},
                     {"id": 1, "content": "<pad>", "special": true, "normalized": false},
                     {"id": 2, "content": "</s>", "special": true, "normalized": false}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}},
                                                                {"SpecialToken": {"id": "</s>", "type_id": 0}}],
      "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
               {"Sequence": {"id": "B", "type_id": 1}}],
      "special_tokens": {"</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "<pad>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2}}})");
  for (int i = 3; i < 69; ++i) json["model"]["vocab"][fmt::format("w{}", i)] = i;
  return text::tokenizer_from_json_text(json.dump(), "words.json");
}

struct Fixture {
  io::ModelFile file = io::open_file(MARU_TESTS "/golden/models/bart");
  std::unique_ptr<models::Model> model = models::open(file);
  Seq2Seq rewrite{*model, words(), words()};
  SearchOptions options = search_options(file);
  Fixture() { options.max_new_tokens = 8; }
};

std::string spelled(std::span<const std::int32_t> ids) {
  std::string text;
  for (const std::int32_t id : ids)
    if (id > 2) text += fmt::format("{}w{}", text.empty() ? "" : " ", id);
  return text;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a text is read, rewritten and spelled") {
  options.beams = 3;
  options.returned = 2;
  const std::vector<std::string> texts{"w5 w9 w12", "w40"};
  const std::vector<Rewritten> all = rewrite(texts, options);
  const auto found = search_from(*model, std::vector<std::vector<std::int32_t>>{{5, 9, 12, 2}, {40, 2}}, options);
  REQUIRE(all.size() == 2);
  CHECK(all[0].source_tokens == 4);
  CHECK(all[0].truncated == 0);
  for (std::size_t i = 0; i < 2; ++i) {
    REQUIRE(all[i].texts.size() == 2);
    for (std::size_t n = 0; n < 2; ++n) {
      CHECK(all[i].texts[n].ids == found[i][n].ids);
      CHECK(all[i].texts[n].text == spelled(found[i][n].ids));
      CHECK(all[i].texts[n].score == found[i][n].score);
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "what the task writes before the text is read with it") {
  const std::vector<std::string> bare{"w7 w5"}, rest{"w5"};
  options.prefix = "w7 ";
  const std::vector<Rewritten> with = rewrite(rest, options);
  options.prefix = "";
  CHECK(with[0].texts[0].ids == rewrite(bare, options)[0].texts[0].ids);
  CHECK(with[0].source_tokens == 3);
}

TEST_CASE_FIXTURE(Fixture, "a text that is too long is refused with the counts, or cut with the end kept where that is asked for") {
  std::string text;
  for (int i = 0; i < 31; ++i) text += "w8 ";
  const std::vector<std::string> texts{text};
  CHECK(testing::error_of([&] { rewrite(texts, options); }).contains("32 tokens, 2 more than the model can read at once (30)"));
  const std::vector<Rewritten> cut = rewrite(texts, options, {.truncate = true});
  CHECK(cut[0].truncated == 2);
  CHECK(cut[0].source_tokens == 30);
  std::vector<std::int32_t> ids(30, 8);
  ids.back() = 2;
  CHECK(cut[0].texts[0].ids == search_from(*model, std::vector<std::vector<std::int32_t>>{ids}, options)[0][0].ids);
  const std::string error = testing::error_of([&] { rewrite(texts, options, {.max_source_tokens = 6}); });
  CHECK(error.contains("26 more than the model can read at once (6)"));
  CHECK(rewrite(texts, options, {.truncate = true, .max_source_tokens = 6})[0].source_tokens == 6);
}

TEST_CASE("a model that writes nothing is no Seq2Seq") {
  const auto model = models::open(io::open_file(MARU_TESTS "/golden/models/bert_base"));
  CHECK(testing::error_of([&] { Seq2Seq(*model, words(), words()); }).contains("no encoder–decoder"));
}

}  // namespace maru::engine
