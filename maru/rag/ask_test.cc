#include "maru/rag/ask.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/rag/answer_writing.h"
#include "maru/rag/citation_mask.h"
#include "maru/rag/fakes_test.h"
#include "maru/rag/indexer.h"

using namespace maru;
using namespace maru::rag;

namespace {
struct Room {
  TemporaryFolder folder;
  FakeEmbedder embedder;
  FakeWriter generator;
  Store store{":memory:", Store::Open::create};
  Room() {
    folder.write("bridge.md", "# The bridge\n\nThe old bridge was opened in 1932. It is 503 metres long. Ferries stopped a year later.\n");
    folder.write("otter.txt", "The otter swims in the river and eats fish. It sleeps in a den under the bank.\n");
    folder.write("회의.txt", "회의실 예약은 총무팀에서 합니다. 예약은 하루 전까지 해야 합니다.\n");
    const std::filesystem::path root = folder.path();
    const TextEmbedder view = embedder.view();
    index(store, {&root, 1}, &view);
  }
  Answer ask(std::string_view question, const AskOptions& options = {}, const OnAnswer& on_text = {}) {
    const TextEmbedder view = embedder.view();
    const TextWriter writer = generator.view();
    Answer answer = rag::ask(store, question, &view, &writer, options, on_text);
    for (const Citation& one : answer.citations) CHECK(store.quote(store.document(one.path)->id, one.start, one.end) == one.quote);
    return answer;
  }
};
}  // namespace

TEST_CASE("every sentence of an answer is cited, streamed as it ends up, and the model's own marks are taken out") {
  Room room;
  room.generator.says = "The old bridge was opened in 1932 [3]. It is 503 metres long.";
  std::string streamed;
  const Answer answer = room.ask("When was the old bridge opened?", {}, [&](std::string_view text) { streamed += text; });
  CHECK(answer.text == "The old bridge was opened in 1932. [1] It is 503 metres long. [2]");
  CHECK(streamed == answer.text);
  REQUIRE(answer.citations.size() == 2);
  CHECK(answer.citations[0].quote == "The old bridge was opened in 1932.");
  CHECK(answer.citations[0].support == doctest::Approx(1));
  CHECK_FALSE(answer.sentences[0].weak);
}

TEST_CASE("a number that the passage does not have caps the support") {
  Room room;
  room.generator.says = "The old bridge was opened in 1923.";
  const Answer answer = room.ask("When was the old bridge opened?");
  CHECK(answer.sentences.at(0).weak);
  CHECK(answer.sentences.at(0).support <= 0.3);
  CHECK(answer.sentences.size() == 2);  // the documents' own sentence was added
  CHECK(answer.text.find("1932") != std::string::npos);
  CHECK(answer.notes.size() == 1);
}

TEST_CASE("words about answering are not held against a claim") {
  Room room;
  room.generator.says = "The answer is: opened in 1932.";
  const Answer answer = room.ask("When was the old bridge opened?");
  CHECK_FALSE(answer.sentences.at(0).weak);
  CHECK(answer.citations.at(0).quote == "The old bridge was opened in 1932.");
}

TEST_CASE("an unrelated question is refused without asking the generator") {
  Room room;
  room.generator.says = "Paris.";
  const Answer answer = room.ask("Who painted the ceiling of the chapel?");
  CHECK(answer.abstained);
  CHECK(answer.citations.empty());
  CHECK(room.generator.asked.empty());
  CHECK(room.ask("월드컵 우승팀은 어디인가요?").abstained);
}

TEST_CASE("a question in a script the generator cannot write is answered by quotes, and says so") {
  Room room;
  const Answer answer = room.ask("회의실 예약은 어느 팀에서 하나요?");
  CHECK_FALSE(answer.abstained);
  CHECK(answer.extractive);
  CHECK(answer.text.starts_with("회의실 예약은 총무팀에서 합니다. [1]"));
  CHECK(answer.notes.size() >= 1);
}

TEST_CASE("passages that do not fit are counted, and a question that does not is an error") {
  Room room;
  room.generator.says = "The old bridge was opened in 1932.";
  const std::string question = "Which river does the otter swim in, and when was the old bridge opened?";
  const Answer whole = room.ask(question, {.passages = 2, .answer_tokens = 50});
  CHECK(whole.budget.passages_used == 2);
  CHECK(whole.budget.system + whole.budget.passages + whole.budget.question + whole.budget.markup == whole.budget.prompt);
  room.generator.context = whole.budget.prompt + 50 - 1;
  const Answer less = room.ask(question, {.passages = 2, .answer_tokens = 50});
  CHECK(less.budget.passages_used == 1);
  CHECK(less.budget.passages_dropped == 1);
  CHECK_FALSE(less.notes.empty());
  room.generator.context = 100;
  CHECK_THROWS_AS(room.ask(question), Error);
}

TEST_CASE("a citation number that is not in the context is masked") {
  FakeWriter generator;
  const TextWriter writer = generator.view();
  const auto mask = citation_mask(writer, 12);
  const auto barred = [&](std::string_view so_far, char c) {
    std::vector<float> logits(256, 0.0f);
    mask(so_far, logits);
    return std::isinf(logits[std::size_t(c)]);
  };
  CHECK_FALSE(barred("It is so [", '1'));
  CHECK(barred("It is so [", '0'));
  CHECK_FALSE(barred("It is so [1", '2'));
  CHECK(barred("It is so [1", '3'));
  CHECK(barred("It is so [1, 2", '0'));
  CHECK_FALSE(barred("It is so ", '9'));
}

TEST_CASE("an answer that begins to repeat itself is stopped") {
  std::string said;
  AnswerWriting writing([&](std::string_view text) { said += text; }, [](std::string_view) { return true; });
  CHECK(writing.push("It is long. It is old. It is"));
  CHECK_FALSE(writing.push(" long. And"));
  writing.finish(false);
  CHECK(said == "It is long. It is old.");
}

TEST_CASE("an answer that runs in a circle inside one sentence is cut and says so") {
  std::string said;
  AnswerWriting writing([&](std::string_view text) { said += text; }, [](std::string_view) { return true; });
  bool going = writing.push("The engine is a function");
  for (int i = 0; i < 20 && going; ++i) going = writing.push(" of the engine, which is a function");
  CHECK_FALSE(going);
  CHECK(writing.looped());
  CHECK(said.size() < 160);
  CHECK(said.ends_with("…"));
}

TEST_CASE("numbers are read whole") { CHECK(numbers("1,200 people, 3.5 km, on 2024-05-01.") == std::vector<std::string>{"01", "05", "1200", "2024", "3.5"}); }

TEST_CASE("an answer serialises with everything that was promised") {
  Room room;
  room.generator.says = "The old bridge was opened in 1932.";
  const Json json = to_json(room.ask("When was the old bridge opened?"));
  for (const char* key : {"answer", "abstained", "extractive", "citations", "sentences", "retrieval", "budget", "timings", "notes"}) CHECK(json.contains(key));
  for (const char* key : {"n", "path", "page", "start", "end", "quote", "support"}) CHECK(json["citations"][0].contains(key));
}
