#pragma once
// A graph as a picture: a tree for the terminal, Mermaid, DOT and SVG. Theory is round and thin, practice square and bold; an edge from
// theory
// to practice is drawn in a way of its own. Returns text; prints nothing.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "maru/learn/graph.h"
#include "maru/learn/mastery.h"

namespace maru::learn {

// What a picture shows of a node: its mark, its name, and what it needs besides its place in the tree.
struct Branch {
  std::size_t node = 0;
  std::string lead{};                  // "│  ├─", "│  ╞═" from theory to practice
  std::vector<std::string> also_needs{}; // ids
};
// Every node once: under the prerequisite that is learnt last, or at the root. Below 20 branches deep, a branch begins at the root again
// and
// says what it needs.
std::vector<Branch> tree(const Graph& graph);

// Of all nodes, or of those named by their places.
std::string mermaid(const Graph& graph, std::span<const Mark> marks, bool korean);
std::string dot(const Graph& graph, std::span<const Mark> marks, bool korean);
std::string svg(const Graph& graph, std::span<const Mark> marks, bool korean);

std::string html_text(std::string_view text);   // & < > " escaped

}  // namespace maru::learn
