// What is sent and what stays, and what stands around a card; the network's side is in tests/scenarios/hub_push_scenarios.py.
#include "maru/hub/push.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "maru/hub/search.h"
#include "tests/scratch.h"

using namespace maru;
using testing::error_of;
using testing::refuses;
using testing::Scratch;

namespace {

std::vector<std::string> names(const std::vector<hub::PushFile>& files) {
  std::vector<std::string> out;
  for (const hub::PushFile& file : files) out.push_back(file.name);
  return out;
}

}  // namespace

TEST_CASE("a push leaves out what is hidden or looks like a secret, and vocabularies are none") {
  const Scratch scratch;
  for (const char* name : {"config.json", "tokenizer.json", "special_tokens_map.json", "added_tokens.json", ".gitattributes", ".env", "token", "HF_TOKEN.txt",
                           "server.pem", "id_rsa", "credentials.json"})
    scratch.put(name, "{}");
  std::filesystem::create_directories(scratch.path / ".git");
  scratch.put(".git/config", "x");
  std::filesystem::create_directories(scratch.path / "1_Pooling");
  scratch.put("1_Pooling/config.json", "{}");
  std::vector<Phrase> left_out;
  CHECK(names(hub::files_to_push(scratch.path, left_out)) ==
        std::vector<std::string>{".gitattributes", "1_Pooling/config.json", "added_tokens.json", "config.json", "special_tokens_map.json", "tokenizer.json"});
  CHECK(left_out.size() == 7);
}

TEST_CASE("a push takes one file, and refuses what is no file") {
  const Scratch scratch;
  std::vector<Phrase> left_out;
  CHECK(names(hub::files_to_push(scratch.put("model.gguf", "x"), left_out)) == std::vector<std::string>{"model.gguf"});
  CHECK(refuses(ErrorKind::not_found, [&] { hub::files_to_push(scratch.path / "none", left_out); }));
  std::filesystem::remove(scratch.path / "model.gguf");
  CHECK(refuses(ErrorKind::not_found, [&] { hub::files_to_push(scratch.path, left_out); }));
}

TEST_CASE("a token inside a text file stops the push") {
  const Scratch scratch;
  const auto error = [&](std::string text) {
    const hub::PushFile file{.name = "a.txt", .path = scratch.put("a.txt", text), .size = text.size()};
    return error_of([&] { hub::check_no_tokens({&file, 1}); });
  };
  CHECK(error("key: hf_" + std::string(34, 'a')).contains("a.txt: holds what looks like a token"));
  CHECK(error("hf_short hf_model_name_with_words_and_underscores").empty());
}

TEST_CASE("a card's front matter is taken off, and nothing else") {
  CHECK(hub::without_front_matter("---\nlicense: mit\n---\n# A\n") == "# A\n");
  CHECK(hub::without_front_matter("---\r\nlicense: mit\r\n---\r\n# A") == "# A");
  CHECK(hub::without_front_matter("# A\n---\nb\n---\n") == "# A\n---\nb\n---\n");
  CHECK(hub::without_front_matter("---\nnever ends") == "---\nnever ends");
  CHECK(hub::without_front_matter(hub::model_card({.name = "a", .licence = "mit", .base_model = "", .task = ""})).starts_with("\n# a"));
}
