#include "maru/rag/relevance.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "maru/base/file.h"
#include "maru/engine/embedder.h"
#include "maru/rag/ask.h"
#include "maru/rag/indexer.h"

using namespace maru;
using namespace maru::rag;
namespace fs = std::filesystem;

namespace {

struct Counts {
  int answerable = 0, refused_wrongly = 0, unrelated = 0, refused = 0, quotes = 0;
};

struct Exam {
  fs::path documents, questions;
};
// The borders were set on these.
const Exam kLibrary{fs::path(MARU_TESTS).parent_path() / "examples" / "library", fs::path(MARU_TESTS) / "questions.json"};
// Written afterwards, over other documents, and never tuned on.
const Exam kHeldOut{fs::path(MARU_TESTS) / "held_out" / "documents", fs::path(MARU_TESTS) / "held_out" / "questions.json"};

// Asks every question, half of them Korean; answers are quoted, so that no generator is needed.
Counts ask_all(const Exam& exam, const TextEmbedder* embedder) {
  Store store(":memory:", Store::Open::create);
  index(store, {&exam.documents, 1}, embedder);
  const Json questions = parse_json(read_file(exam.questions), exam.questions.string());
  Counts counts;
  for (const char* kind : {"answerable", "unrelated"})
    for (const Json& one : questions[kind]) {
      const Answer answer = ask(store, one["question"].get<std::string>(), embedder, nullptr);
      const bool answerable = std::string_view(kind) == "answerable";
      ++(answerable ? counts.answerable : counts.unrelated);
      if (answer.abstained) ++(answerable ? counts.refused_wrongly : counts.refused);
      if (answer.abstained == answerable) MESSAGE(one["question"].get<std::string>(), ": score ", answer.relevance.score);
      CHECK((answer.abstained || !answer.citations.empty()));
      for (const Citation& citation : answer.citations) {
        CHECK(store.quote(store.document(citation.path)->id, citation.start, citation.end) == citation.quote);
        ++counts.quotes;
      }
    }
  return counts;
}

void check(const Counts& counts) {
  MESSAGE("refused ", counts.refused, " of ", counts.unrelated, " unrelated and ", counts.refused_wrongly, " of ", counts.answerable, " answerable questions; ",
          counts.quotes, " quotes equal to their source");
  CHECK(counts.refused * 10 >= counts.unrelated * 9);
  CHECK(counts.refused_wrongly * 10 <= counts.answerable);
  CHECK(counts.quotes > 0);
}

}  // namespace

TEST_CASE("by words alone, unrelated questions are refused and answerable ones are not") {
  for (const Exam& exam : {kLibrary, kHeldOut}) check(ask_all(exam, nullptr));
}

TEST_CASE("with all-MiniLM, unrelated questions of both languages are refused and answerable ones are not") {
  const char* model = std::getenv("MARU_TEST_MINILM");
  if (!model) {
    MESSAGE("did not run: MARU_TEST_MINILM does not name the model");
    return;
  }
  const engine::Embedder embedder{fs::path(model)};
  const TextEmbedder view = text_embedder(embedder);
  for (const Exam& exam : {kLibrary, kHeldOut}) {
    const Counts counts = ask_all(exam, &view);
    CHECK(counts.answerable == 40);
    CHECK(counts.unrelated == 40);
    check(counts);
  }
}
