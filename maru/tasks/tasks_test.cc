#include "maru/tasks/tasks.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "tests/scratch.h"

namespace maru::tasks {
namespace {

std::shared_ptr<const engine::Pretrained> model(std::string_view name) {
  return std::make_shared<const engine::Pretrained>(std::filesystem::path(MARU_TESTS) / "golden/tasks" / name);
}

std::string error(std::string_view task, std::string_view of, const Json& inputs, const Json& arguments = Json::object()) {
  return testing::error_of([&] { (void)run(*find(task)->task, model(of), inputs, arguments); });
}

TEST_CASE("every name and alias leads to one task, and every argument has a word about it") {
  std::set<std::string_view> names;
  for (const Task& task : all()) {
    CHECK(names.insert(task.name).second);
    for (const std::string_view alias : task.aliases) CHECK(names.insert(alias).second);
    CHECK(!task.about.text.empty());
    for (const Argument& argument : task.arguments) CHECK(!argument.about.text.empty());
  }
  CHECK(names.contains("sentiment-analysis"));
  CHECK(!find("translate"));
  CHECK(!find("translation_en_to_"));
}

TEST_CASE("translation_xx_to_yy names its languages") {
  const auto found = find("translation_en_to_fr");
  REQUIRE(found);
  CHECK(found->task->name == "translation");
  CHECK(found->arguments["src_lang"] == "en");
  CHECK(found->arguments["tgt_lang"] == "fr");
}

TEST_CASE("an argument that does not exist, or is of another type, is refused by name") {
  CHECK(error("text-classification", "classify_three_labels", "a", {{"topk", 1}}) ==
        "text-classification: there is no argument \"topk\"; there are: top_k, function_to_apply, truncation");
  CHECK(error("text-classification", "classify_three_labels", "a", {{"top_k", "many"}}) ==
        "text-classification: top_k: expected a whole number from 1 to 2147483647, got \"many\"");
  CHECK(error("text-classification", "classify_three_labels", "a", {{"top_k", 0}}).contains("top_k: expected"));
  CHECK(error("text-classification", "classify_three_labels", "a", {{"top_k", 1.5}}).contains("top_k: expected"));
  CHECK(error("text-classification", "classify_three_labels", "a", {{"function_to_apply", "tanh"}}).contains("one of sigmoid, softmax, none"));
  CHECK(error("text-classification", "classify_three_labels", "a", Json::array()).contains("arguments: expected an object"));
}

TEST_CASE("inputs of every other kind are refused by every task") {
  for (const Json& wrong : {Json(nullptr), Json(1), Json(true), Json::object(), Json::array({1}), Json::array({nullptr}), Json::array({Json::array({Json::array()})})}) {
    CAPTURE(dump(wrong));
    CHECK(error("text-classification", "classify_three_labels", wrong) != "");
    CHECK(error("token-classification", "entities_wordpiece", wrong) != "");
    CHECK(error("question-answering", "answers_wordpiece", wrong) != "");
    CHECK(error("fill-mask", "masks_wordpiece", wrong) != "");
    CHECK(error("zero-shot-classification", "zero_shot", wrong, {{"candidate_labels", "a,b"}}) != "");
    CHECK(error("feature-extraction", "features", wrong) != "");
    CHECK(error("text-generation", "generation", wrong) != "");
    CHECK(error("next-sentence", "next_sentence", wrong) != "");
    CHECK(error("sentence-similarity", "features", wrong) != "");
    CHECK(error("rerank", "features", wrong) != "");
    CHECK(error("summarization", "rewrite_bart", wrong) != "");
  }
}

TEST_CASE("a list of no texts gives a list of no results") {
  CHECK(run(*find("text-classification")->task, model("classify_three_labels"), Json::array(), {}).output == Json::array());
}

TEST_CASE("a model without the head that a task needs is refused with what it has and what to choose") {
  const std::string said = error("question-answering", "classify_three_labels", {{"question", "a"}, {"context", "b"}});
  CHECK(said.contains("question-answering needs a head that answers questions"));
  CHECK(said.contains("a classifier of texts"));
  CHECK(said.contains("distilbert/distilbert-base-cased-distilled-squad"));
  CHECK(error("fill-mask", "generation", "a").contains("no mask token"));
  CHECK(error("summarization", "features", "a").contains("encoder–decoder"));
}

TEST_CASE("a text longer than the model is refused with the counts, or cut where that was asked for") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "the cat ";
  CHECK(error("text-classification", "classify_three_labels", text).contains("the model takes 64"));
  CHECK(error("token-classification", "entities_wordpiece", text).contains("the model takes 64"));
  CHECK(error("fill-mask", "masks_wordpiece", "[MASK] " + text).contains("the model takes 64"));
  const Outcome cut = run(*find("text-classification")->task, model("classify_three_labels"), Json::array({text, "the cat"}), {{"truncation", true}});
  REQUIRE(cut.truncated.size() == 2);
  CHECK(cut.truncated[0] >= 100);
  CHECK(cut.truncated[1] == 0);
}

TEST_CASE("ten megabytes are refused, cut or read in windows in a moment, and never crash") {
  std::string text;
  while (text.size() < 10'000'000) text += "the cat sat on the mat while the rain fell over London. ";
  CHECK(error("text-classification", "classify_three_labels", text).contains("the model takes 64"));
  CHECK(error("feature-extraction", "features", text).contains("the model takes 64"));
  const std::string word(10'000'000, 'a');
  CHECK(error("text-classification", "classify_three_labels", word) == "");  // one unknown word
}

TEST_CASE("a mask that is missing is asked for by the model's own spelling") {
  CHECK(error("fill-mask", "masks_byte_level", "no mask here").contains("<mask>"));
  CHECK(error("fill-mask", "masks_wordpiece", "").contains("[MASK]"));
}

TEST_CASE("an empty question or context, and a stride that leaves no step, are refused") {
  CHECK(error("question-answering", "answers_wordpiece", {{"question", ""}, {"context", "b"}}).contains("question is empty"));
  CHECK(error("question-answering", "answers_wordpiece", {{"question", "a"}, {"context", ""}}).contains("context is empty"));
  std::string text;
  for (int i = 0; i < 100; ++i) text += "the cat ";
  CHECK(error("question-answering", "answers_wordpiece", {{"question", "a"}, {"context", text}}, {{"doc_stride", 63}}) != "");
  CHECK(error("token-classification", "entities_wordpiece", text, {{"stride", 8}}).contains("aggregation_strategy"));
}

TEST_CASE("zero-shot classification wants labels and a sentence with one place for them") {
  CHECK(error("zero-shot-classification", "zero_shot", "a").contains("candidate_labels is missing"));
  CHECK(error("zero-shot-classification", "zero_shot", "a", {{"candidate_labels", " , "}}).contains("candidate_labels is missing"));
  CHECK(error("zero-shot-classification", "zero_shot", "a", {{"candidate_labels", "a"}, {"hypothesis_template", "no place"}}).contains("exactly one {}"));
}

TEST_CASE("a model that writes classifies as a verbaliser, and says so") {
  const Outcome outcome = run(*find("sentiment-analysis")->task, model("generation"), Json::array({"The music was wonderful."}), {{"top_k", nullptr}});
  CHECK(outcome.method == "verbaliser");
  CHECK(!outcome.notes.empty());
  CHECK(outcome.output[0].size() == 2);
  double total = 0;
  for (const Json& one : outcome.output[0]) total += one["score"].get<double>();
  CHECK(total == doctest::Approx(1));
  // A text's score does not depend on its neighbours.
  const Outcome other = run(*find("sentiment-analysis")->task, model("generation"), Json::array({"Nobody liked it.", "The music was wonderful."}), {{"top_k", nullptr}});
  CHECK(other.output[1] == outcome.output[0]);
}

}  // namespace
}  // namespace maru::tasks
