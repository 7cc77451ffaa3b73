// A folder as people have them (weights, tokenizer, generation_config.json, chat template) from text to text, on a tiny golden checkpoint.
#include <doctest/doctest.h>

#include <cstring>

#include "maru/base/json.h"
#include "maru/engine/end_tokens.h"
#include "maru/engine/generator.h"
#include "maru/engine/session.h"
#include "maru/engine/tiny_model_test.h"
#include "tests/scratch.h"

namespace maru::engine {
namespace {

using Ids = std::vector<std::int32_t>;

// What the reference writes behind the second sequence of a golden, and that sequence.
std::pair<Ids, Ids> continuation(std::string_view golden) {
  Ids prompt, answer;
  const io::ModelFile file = io::open_safetensors(kGoldens / golden / "golden.safetensors");
  const auto read = [&](std::string_view name) {
    Ids ids;
    for (const io::StoredTensor& t : file.tensors)
      if (t.name == name) ids.resize(t.bytes.size() / 4), std::memcpy(ids.data(), t.bytes.data(), t.bytes.size());
    return ids;
  };
  const Ids all = read("ids"), start = read("start"), whole = read("greedy.1");
  prompt.assign(all.begin() + start[1], all.begin() + start[2]);
  answer.assign(whole.begin() + std::ssize(prompt), whole.end());
  return {prompt, answer};
}

Generation greedy(const Generator& model, const Ids& prompt, int tokens) { return model(prompt, {.temperature = 0, .max_tokens = tokens}); }

}  // namespace

TEST_CASE("a folder of each family loads with its tokenizer and writes what the reference writes") {
  for (const std::string golden : {"gpt2", "llama", "mistral", "qwen2", "qwen3", "gemma3_text"}) {
    CAPTURE(golden);
    const Folder folder(golden);
    Generator model(folder.path);
    model.set_precision(ops::Precision::exact);
    auto [prompt, answer] = continuation(golden);
    const std::int64_t end = io::open_file(folder.path).metadata.integer("eos_token_id", 0, 1000);
    const Generation result = greedy(model, prompt, int(answer.size()));
    CHECK((result.finish == Finish::stop) == (std::ranges::find(answer, end) != answer.end()));
    answer.erase(std::ranges::find(answer, end), answer.end());  // the reference gives it too
    CHECK(result.ids == answer);
  }
}

TEST_CASE("an answer ends at any id of generation_config.json's list") {
  const Folder folder("gpt2");
  const auto [prompt, answer] = continuation("gpt2");
  REQUIRE(std::ranges::find(answer, answer[2]) == answer.begin() + 2);
  folder.put("generation_config.json", fmt::format(R"({{"eos_token_id": [7000, {}]}})", answer[2]));
  Generator model(folder.path);
  model.set_precision(ops::Precision::exact);
  const Generation result = greedy(model, prompt, 8);
  CHECK(result.finish == Finish::stop);
  CHECK(result.ids == Ids{answer[0], answer[1]});
}

TEST_CASE("an eos_token_id that is no id is named with its file") {
  const Folder folder("llama");
  folder.put("generation_config.json", R"({"eos_token_id": "</s>"})");
  const std::string error = testing::error_of([&] { Generator model(folder.path); });
  CHECK(error.contains("generation_config.json: eos_token_id"));
}

TEST_CASE("of several chat templates the one named default is used") {
  const Folder folder("llama");
  folder.put("tokenizer_config.json", R"({"chat_template": [{"name": "rag", "template": "X"},
                                                            {"name": "default", "template": "A{{ messages[0].content }}"}]})");
  const Generator model(folder.path);
  const text::Turn turns[] = {{"user", "B"}};
  CHECK(model.prompt(turns) == Ids{'A' - '!', 'B' - '!'});
}

TEST_CASE("a decoder made to classify says that it holds no head over its vocabulary") {
  const Folder folder("llama_sequence_classification");
  const auto model = models::open(io::open_file(folder.path));
  CHECK(testing::error_of([&] { Session session(*model); }).contains("does not hold a head over its vocabulary"));
}

}  // namespace maru::engine
