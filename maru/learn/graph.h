#pragma once
// A learning graph: nodes with prerequisites, read from the plain form and from folders, the person's own before the built-in course.
// Knows names, edges and lines; what a lab does is in lesson.h, what a person has learnt in journal.h.
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "maru/base/phrase.h"
#include "maru/learn/yaml.h"

namespace maru::learn {

// A text in two languages; where only one was written, it is both.
struct Text {
  std::string ko{}, en{};
  const std::string& in(bool korean) const { return korean ? ko : en; }
  bool empty() const { return ko.empty() && en.empty(); }
};

struct Weighted {
  std::string id{};
  double weight = 1;
};
struct Node {
  std::string id{};
  Text name{};
  std::string domain{};
  bool practice = false;                  // something to do; else theory
  int minutes = 0;                        // 0: not said
  std::vector<std::string> prerequisites{}; // hard: they lock
  std::vector<std::string> recommended{};   // they help
  std::vector<Weighted> encompasses{};      // passing this one reviews those
  double needs = 0.8;                     // the mastery from which it counts as learnt
  std::string file{};                       // where it was read
  int line = 0;
  bool own = false;                       // the person's, not the course's
  std::filesystem::path folder{};           // with its lab; empty: a plain node
  Yaml fields{};                            // all that was written
};

// What is wrong with a graph. Lines are those of the file.
struct Problem {
  enum class Kind { bad_yaml, bad_node, bad_id, duplicate, missing, cycle, unreachable };
  Kind kind = Kind::bad_node;
  std::string file;
  int line = 0;
  std::string id;
  Phrase what;
  bool warning() const { return kind == Kind::unreachable; }  // it follows from another one
};
std::string_view name_of(Problem::Kind kind);

struct Graph {
  Text title;
  std::vector<Node> nodes;                // the course's road first, then by file and line
  std::vector<std::pair<std::string, Text>> domains;
  std::size_t road = 0;                   // the first so many nodes are the road
  std::vector<Problem> problems;
  std::vector<Phrase> notes;              // whose node won
  std::string revision;                   // changes when any file does: 8 hex digits
  std::size_t files = 0;
  const Node* find(std::string_view id) const;
  std::size_t index(std::string_view id) const;          // npos when there is none
  static constexpr std::size_t npos = std::size_t(-1);
  std::unordered_map<std::string, std::size_t> index_of; // id to its place in nodes
};

// Where nodes are read, in this order; a path is a file of the plain form, or a folder with *.yaml and ID/node.yaml.
struct Sources {
  std::vector<std::filesystem::path> own;     // the person's
  std::vector<std::filesystem::path> course;  // built in
};
// Reads all of it and looks for problems; only a path that is not there throws (not_found).
Graph read_graph(const Sources& sources);

// ^[a-z][a-z0-9_]{1,48}$
bool is_node_id(std::string_view id);

// Cycles (each with the path of its ids), prerequisites that are missing, and nodes that can never be opened because of those.
void find_problems(Graph& graph);

// Ids in an order in which each comes after its prerequisites; what lies on a cycle is left out.
std::vector<std::size_t> learning_order(const Graph& graph);

}  // namespace maru::learn
