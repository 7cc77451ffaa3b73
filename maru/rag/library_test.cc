// The example library and the questions about it agree: every answer stands in its document, within one chunk.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/rag/document.h"

namespace maru::rag {

TEST_CASE("every answer of tests/questions.json stands in a chunk of its document") {
  const std::filesystem::path tests = MARU_TESTS, library = tests.parent_path() / "examples" / "library";
  const Json questions = parse_json(read_file(tests / "questions.json"), "tests/questions.json");
  REQUIRE(questions["answerable"].size() == 40);
  REQUIRE(questions["unrelated"].size() == 40);
  const auto words = [](std::string_view text) { return std::size_t(std::count(text.begin(), text.end(), ' ')) * 2 + 2; };
  std::map<std::string, std::vector<Chunk>> known;
  for (const Json& question : questions["answerable"]) {
    const auto name = question["document"].get<std::string>(), answer = question["answer_contains"].get<std::string>();
    if (!known.contains(name)) {
      const Document document = read_document(library / name);
      CHECK_MESSAGE(document.notes.empty(), name);
      known[name] = chunks(document, {.max_tokens = 200, .overlap_sentences = 1, .tokens = words});
    }
    CHECK_MESSAGE(std::ranges::any_of(known[name], [&](const Chunk& chunk) { return chunk.text.contains(answer); }), name, ": ", answer);
  }
}

TEST_CASE("the whole example library is read") {
  const Walk found = walk(std::filesystem::path(MARU_TESTS).parent_path() / "examples" / "library");
  CHECK(found.files.size() == 10);
  CHECK(found.skipped.empty());
}

}  // namespace maru::rag
