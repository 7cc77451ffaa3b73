#include "maru/rag/relevance.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

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

// Asks the example library every question of one language, or of both; answers are quoted, so that no generator is needed.
Counts ask_all(const TextEmbedder* embedder, std::optional<std::string> language) {
  Store store(":memory:", Store::Open::create);
  const fs::path library = fs::path(MARU_TESTS).parent_path() / "examples" / "library";
  index(store, {&library, 1}, embedder);
  const Json questions = parse_json(read_file(fs::path(MARU_TESTS) / "questions.json"), "tests/questions.json");
  Counts counts;
  for (const char* kind : {"answerable", "unrelated"})
    for (const Json& one : questions[kind]) {
      if (language && one["lang"] != *language) continue;
      const Answer answer = ask(store, one["question"].get<std::string>(), embedder, nullptr);
      const bool answerable = std::string_view(kind) == "answerable";
      ++(answerable ? counts.answerable : counts.unrelated);
      if (answer.abstained) ++(answerable ? counts.refused_wrongly : counts.refused);
      CHECK((answer.abstained || !answer.citations.empty()));
      for (const Citation& citation : answer.citations) {
        CHECK(store.quote(store.document(citation.path)->id, citation.start, citation.end) == citation.quote);
        ++counts.quotes;
      }
    }
  return counts;
}

void check(const Counts& counts) {
  CHECK(counts.refused * 10 >= counts.unrelated * 9);
  CHECK(counts.refused_wrongly * 10 <= counts.answerable);
  CHECK(counts.quotes > 0);
}

}  // namespace

TEST_CASE("by words alone, unrelated Korean questions are refused and answerable ones are not") {
  const Counts counts = ask_all(nullptr, "ko");
  CHECK(counts.unrelated == 20);
  check(counts);
}

TEST_CASE("by words alone, unrelated English questions are refused and answerable ones are not") { check(ask_all(nullptr, "en")); }

TEST_CASE("with all-MiniLM, unrelated questions of both languages are refused and answerable ones are not") {
  const char* model = std::getenv("MARU_TEST_MINILM");
  if (!model) {
    MESSAGE("did not run: MARU_TEST_MINILM does not name the model");
    return;
  }
  const engine::Embedder embedder{fs::path(model)};
  const TextEmbedder view = text_embedder(embedder);
  const Counts counts = ask_all(&view, std::nullopt);
  CHECK(counts.unrelated == 40);
  check(counts);
}
