#pragma once
// An experiment on prompts: prompts × models × parameters × questions × seeds, read from a YAML file. It runs nothing.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/chat/chat.h"

namespace maru::experiments {

// How an answer is judged.
struct Expected {
  enum class How { contains, equals, regex, json } how = How::contains;
  std::string text;                              // of json: as dumped
};
struct Question {
  std::map<std::string, std::string> fields;     // question, and whatever else the prompts name in braces
  std::optional<Expected> expected = {};
  int line = 0;
};
struct Prompt {
  std::string name;
  std::vector<chat::Message> messages;           // with {fields}
  std::string raw;                               // instead of them: sent as it is, without the chat template
};
struct Parameters {
  std::string name;
  Json values = Json::object();                  // by Ollama's names: temperature, num_predict …
};
struct Grid {
  std::vector<std::string> models;
  std::vector<Prompt> prompts;
  std::vector<Parameters> parameters;
  std::vector<Question> questions;
  std::vector<std::uint64_t> seeds;
  std::string collection;                        // where {context} comes from; "" for nowhere
  std::size_t passages = 4;
  std::size_t tries() const { return models.size() * prompts.size() * parameters.size() * questions.size() * seeds.size(); }
};

constexpr std::size_t kMostTries = 100'000;

// Throws Error (invalid) beginning "FILE:LINE: ": an unknown key, a wrong type, a {field} that a question lacks, more than kMostTries.
Grid read_grid(const std::string& text, const std::string& file);

// A text with its {fields} filled in; "{{" and "}}" are braces. Throws Error (invalid) for a field that is not there.
std::string filled(std::string_view text, const std::map<std::string, std::string>& fields);

// 1 right, 0 wrong. Case and surrounding space do not count, but in a regex.
double score(std::string_view answer, const Expected& expected);

}  // namespace maru::experiments
