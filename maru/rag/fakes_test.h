#pragma once
// Small stand-ins for models, so that retrieval and answering are tested without one.
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "maru/base/unicode.h"
#include "maru/rag/lexical.h"
#include "maru/rag/text_embedder.h"
#include "maru/rag/text_writer.h"

namespace maru::rag {

// Every term adds to one of 64 directions; Hangul is not read. `calls` counts the texts embedded.
struct FakeEmbedder {
  int texts = 0;
  TextEmbedder view(std::string fingerprint = "fake") {
    return {.fingerprint = std::move(fingerprint),
            .max_tokens = 200,
            .embed =
                [this](std::span<const std::string> given, const Cancel* cancel) {
                  if (cancel) cancel->check();
                  std::vector<std::vector<float>> vectors;
                  for (const std::string& text : given) {
                    ++texts;
                    std::vector<float> vector(64, 0.01f);
                    for (const std::string& term : index_terms(text)) vector[std::hash<std::string>{}(term) % 64] += 1;
                    float square = 0;
                    for (const float x : vector) square += x * x;
                    for (float& x : vector) x /= std::sqrt(square);
                    vectors.push_back(std::move(vector));
                  }
                  return vectors;
                },
            .tokens = [](std::string_view text) { return index_terms(text).size(); },
            .unreadable =
                [](std::string_view text) {
                  double hangul = 0, all = 0;
                  for (std::size_t at = 0; at < text.size();) hangul += unicode::is_hangul(unicode::next(text, at)), all += 1;
                  return all > 0 ? hangul / all : 0.0;
                }};
  }
};

// Says what it was told to, three bytes at a time; a token is a byte.
struct FakeWriter {
  std::string says;
  std::string asked;               // the last prompt
  std::size_t context = 4000;
  TextWriter view() {
    return {.name = "fake",
            .context = context,
            .vocabulary = 256,
            .prompt =
                [this](std::span<const text::Turn> turns) {
                  asked.clear();
                  for (const auto& turn : turns) asked += "<" + turn.role + ">" + turn.content;
                  return std::vector<std::int32_t>(asked.begin(), asked.end());
                },
            .generate =
                [this](std::span<const std::int32_t> prompt, const engine::Sampling&, const engine::OnText& on_text, const Cancel*) {
                  engine::Generation generation{.text = {}, .ids = {}, .finish = engine::Finish::stop, .prompt_tokens = prompt.size()};
                  for (std::size_t i = 0; i < says.size(); i += 3) {
                    generation.text += says.substr(i, 3);
                    generation.ids.push_back(0);
                    if (!on_text(says.substr(i, 3))) break;
                  }
                  return generation;
                },
            .writes =
                [](std::string_view text) {
                  for (std::size_t at = 0; at < text.size();)
                    if (unicode::is_hangul(unicode::next(text, at))) return false;
                  return true;
                },
            .tokens = [](std::string_view text) { return text.size(); },
            .bytes = [](std::int32_t id) { return std::string(1, char(id)); }};
  }
};

// A folder that is removed at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "maru-test-XXXXXX").string();
    path_ = std::filesystem::canonical(mkdtemp(pattern.data()));
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path write(std::string_view name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace maru::rag
