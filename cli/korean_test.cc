// Messages in Korean: found by pattern, values put where the Korean wants them, particles after the sound of the word.
#include "cli/korean.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"

namespace maru::cli {

TEST_CASE("an error is said in Korean, with what stands in it") {
  CHECK(in_korean(phrase("{}: expected a regular file, got {}", "x.gguf", phrase("a fifo"))) == "x.gguf: 보통 파일이어야 하는데 파이프(fifo)입니다");
  CHECK(in_korean(phrase("{}: could not {}: {}", "x", phrase("write it"), system_reason(EACCES))) == "x: 쓰기 실패: 권한이 없습니다");
  CHECK(in_korean(phrase("{}, line {}: {}", "t", 3, phrase("'{}' is undefined", "a"))).starts_with("t, 3번째 줄: 'a'은(는)"));
}

TEST_CASE("a name that looks like a word of ours stays as it is") {
  CHECK(in_korean(phrase("{}: no such file", "text")) == "text: 그런 파일이 없습니다");
  CHECK(in_korean(phrase("{}: no such file", "a {} b")) == "a {} b: 그런 파일이 없습니다");
}

TEST_CASE("particles follow the sound before them, and stay open where it is unknown") {
  const auto missing = [](std::string_view name) { return in_korean(phrase("there is no model {:?}; maru list shows them", name)); };
  CHECK(missing("바다").starts_with("\"바다\"라는"));
  CHECK(missing("강").starts_with("\"강\"이라는"));
  CHECK(missing("smollm2").starts_with("\"smollm2\"라는"));
  CHECK(missing("llama3").starts_with("\"llama3\"이라는"));
  CHECK(missing("qwen").starts_with("\"qwen\"(이)라는"));
}

TEST_CASE("every translation can be filled") {
  for (const Translations table : korean_tables())
    for (const Translation& one : table) {
      CAPTURE(std::string(one.english));
      Phrase said{.text = std::string(one.english), .pattern = std::string(one.english), .values = {}};
      for (std::size_t i = 0; i + 1 < one.english.size(); ++i)
        if (one.english[i] == '{' && one.english[i + 1] == '{') ++i;
        else if (one.english[i] == '{') said.values.push_back({.text = "7", .pattern = {}, .values = {}});
      CHECK_NOTHROW(in_korean(said));
    }
}

}  // namespace maru::cli
