// References to the Hugging Face hub in every spelling.
#include "maru/hub/hf/reference.h"

#include <doctest/doctest.h>

#include "maru/hub/hub.h"
#include "maru/hub/test_folder.h"

namespace maru::hub::hf {

TEST_CASE("what people write for a repository becomes one reference") {
  const std::pair<const char*, const char*> kSpellings[] = {
      {"hf:org/name", "hf:org/name"},
      {"org/name", "hf:org/name"},
      {"hf:gpt2", "hf:gpt2"},
      {"hf:org/name@main", "hf:org/name"},
      {"org/name@v1.0", "hf:org/name@v1.0"},
      {"hf:org/name@refs/pr/3:sub/x.gguf", "hf:org/name@refs/pr/3:sub/x.gguf"},
      {"hf.co/org/name:Q4_K_M", "hf:org/name:Q4_K_M"},
      {"org/name-GGUF:Q8_0", "hf:org/name-GGUF:Q8_0"},
      {"huggingface.co/org/name", "hf:org/name"},
      {"https://huggingface.co/org/name/", "hf:org/name"},
      {"https://huggingface.co/gpt2/tree/main", "hf:gpt2"},
      {"https://huggingface.co/org/name/tree/main", "hf:org/name"},
      {"https://huggingface.co/org/name/blob/main/m.Q4_0.gguf", "hf:org/name:m.Q4_0.gguf"},
      {"https://huggingface.co/org/name/resolve/v2/sub/m.gguf?download=true", "hf:org/name@v2:sub/m.gguf"},
      {"https://huggingface.co/org/name/tree/refs%2Fpr%2F7", "hf:org/name@refs/pr/7"},
      {"https://huggingface.co/org/name/discussions/4", "hf:org/name"},
      {"https://huggingface.co/datasets/org/name/viewer/default/train", "hf:datasets/org/name"},
      {"hf:datasets/org/name@refs/convert/parquet:ko", "hf:datasets/org/name@refs/convert/parquet:ko"},
      {"datasets/org/name", "hf:datasets/org/name"},
      {"hf://datasets/org/name", "hf:datasets/org/name"},
  };
  for (const auto& [given, expected] : kSpellings) {
    CAPTURE(given);
    CHECK(hub::parse_reference(given).text() == expected);
    CHECK(hub::parse_reference(expected).text() == expected);
  }
  CHECK(hub::parse_reference("org/name", Kind::data).text() == "hf:datasets/org/name");
}

TEST_CASE("what is no repository, revision or file never becomes part of an address") {
  std::vector<std::string> wrong = {
      "hf:", "hf:/x", "hf:x/", "hf:a/b/c", "hf:../x", "hf:a..b/c", "hf:a--b/c", "hf:-a/b", "hf:a/b.", "hf:a/b.git", "hf:a b/c",
      "hf:a/b?x", "hf:a/b#x", "hf:한글/b", "hf:a/b@", "hf:a/b@x..y", "hf:a/b@x y", "hf:a/b@-x", "hf:a/b@/x", "hf:a/b@x^", "hf:a/b@x.lock",
      "hf:a/b:../x", "hf:a/b:/etc/passwd", "hf:a/b:x\\y", "hf:a/b:x\n", "https://huggingface.co/spaces/a/b"};
  wrong.push_back("hf:" + std::string(97, 'a'));
  wrong.push_back("hf:a/b@" + std::string(201, 'x'));
  wrong.push_back(std::string("hf:a/b\0c", 8));
  for (const std::string& given : wrong) {
    CAPTURE(given);
    CHECK_FALSE(error_of([&] { hub::parse_reference(given); }).empty());
  }
}

TEST_CASE("a path that is there, or looks like one, is no repository") {
  for (const char* given : {"maru/hub", "maru/nothing", "./org/name", "~/models/x", "org/model.gguf", "/org/name"}) {
    CAPTURE(given);
    CHECK(error_of([&] { hub::parse_reference(given); }).find(given) != std::string::npos);
  }
}

TEST_CASE("a stored name is readable, and longer where the short one is taken") {
  const auto names = [](const char* text) {
    const hub::Reference reference = hub::parse_reference(text);
    return source_of(reference).names(reference);
  };
  CHECK(names("sentence-transformers/all-MiniLM-L6-v2")[0] == "all-MiniLM-L6-v2");
  CHECK(names("sentence-transformers/all-MiniLM-L6-v2")[1] == "sentence-transformers--all-MiniLM-L6-v2");
  CHECK(names("org/Small-GGUF:Q4_K_M")[0] == "Small-Q4_K_M");
  CHECK(names("org/Small-GGUF:sub/small-q8_0.gguf")[0] == "small-q8_0");
  CHECK(names("hf:gpt2")[0] == "gpt2");
}

}  // namespace maru::hub::hf
