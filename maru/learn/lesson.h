#pragma once
// All of a node with a lab: objectives, predictions, checks, misconceptions, hints, and the files beside node.yaml. Reads and checks them;
// runs nothing.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "maru/base/json.h"
#include "maru/learn/graph.h"

namespace maru::learn {

// A claim about one fact.
struct Comparison {
  std::string fact{}, op{};    // one of == != < <= > >= ≈ in
  Json value{};              // a number, a truth, a text; of `in` a list
  double tolerance = 0;    // of ≈
};
struct Check {
  std::string id{};
  Comparison holds{};
  Text fail{}, shows{};
};
struct Diagnosis {
  std::vector<Comparison> when{};  // all of them
  Text say{};
  std::vector<std::string> review{};
};
struct Choice {
  Json value{};
  Text text{};
};
struct Prediction {
  std::string id{}, fact{};
  Text ask{};
  std::vector<Choice> choices{};  // empty: a number is asked for
};
struct LabLimits {
  double seconds = 20;
  std::size_t memory_mb = 1024;
};
struct Lesson {
  Node node;
  std::vector<Text> objectives{};
  std::vector<Prediction> predictions{};
  std::vector<Check> checks{};
  std::vector<Diagnosis> diagnoses{};
  std::vector<Text> hints{};                 // from a thought to nearly the code
  std::vector<std::int64_t> variants{};      // seeds of the same exercise with other numbers
  std::vector<std::string> models{};         // that the lab needs
  std::vector<std::string> sabotage{};       // ways of breaking the engine on which even the solution fails
  Text after{};
  std::vector<std::pair<std::string, std::string>> sources{};  // title, address
  LabLimits limits{};
  std::filesystem::path starter{}, solution{}, measure{};
  std::string theory_ko{}, theory_en{};        // Markdown; empty where there is none
};

// Throws Error (invalid) naming file and line; not_found when a file of the lab is missing.
Lesson read_lesson(const Node& node);
// The checks of a list, as nodes and claims write them.
std::vector<Check> checks_of(const Yaml& list, const std::string& file);
Json value_of(const Yaml& scalar);  // a plain scalar as number or truth, else as text

}  // namespace maru::learn
