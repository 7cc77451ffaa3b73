// The graph as a tree: which branch a node hangs on, and the signs before it.
#include <algorithm>

#include "maru/learn/draw.h"

namespace maru::learn {
namespace {

constexpr std::size_t kDeepest = 20;

struct Place {
  std::size_t parent = Graph::npos;
  std::vector<std::size_t> children;
};

// The prerequisite that stands last in the order of learning: what one has just learnt when the node opens.
std::vector<Place> places(const Graph& graph, const std::vector<std::size_t>& order) {
  std::vector<Place> out(graph.nodes.size());
  std::vector<std::size_t> rank(graph.nodes.size(), Graph::npos);
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  for (const std::size_t i : order) {
    for (const std::string& id : graph.nodes[i].prerequisites)
      if (const std::size_t need = graph.index(id); need != Graph::npos
          && (out[i].parent == Graph::npos || rank[need] > rank[out[i].parent]))
        out[i].parent = need;
    if (out[i].parent != Graph::npos) out[out[i].parent].children.push_back(i);
  }
  return out;
}

struct Step {
  std::size_t node;
  std::string stem;      // of the lines above, without the node's own sign
  std::size_t depth;
  bool last, root;
};

}  // namespace

std::vector<Branch> tree(const Graph& graph) {
  std::vector<std::size_t> order = learning_order(graph);
  const std::vector<Place> place = places(graph, order);
  std::vector<char> in_order(graph.nodes.size());
  for (const std::size_t i : order) in_order[i] = 1;
  std::vector<Step> open;
  std::vector<std::size_t> roots;
  for (const std::size_t i : order)
    if (place[i].parent == Graph::npos) roots.push_back(i);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    if (!in_order[i]) roots.push_back(i);  // on a cycle: shown, with what it needs
  for (auto root = roots.rbegin(); root != roots.rend(); ++root) open.push_back({*root, "", 0, true, true});
  std::vector<Branch> out;
  std::vector<Step> cut;  // too deep: begun again at the root, after the rest
  while (!open.empty() || !cut.empty()) {
    if (open.empty()) {
      open.assign(cut.rbegin(), cut.rend());
      cut.clear();
    }
    const Step at = std::move(open.back());
    open.pop_back();
    const Node& node = graph.nodes[at.node];
    Branch branch{.node = at.node, .lead = {}, .also_needs = {}};
    const std::size_t parent = at.root ? Graph::npos : place[at.node].parent;
    if (!at.root) {
      const bool to_practice = node.practice && !graph.nodes[parent].practice;
      branch.lead = at.stem + (at.last ? (to_practice ? "╘═" : "└─") : (to_practice ? "╞═" : "├─"));
    }
    for (const std::string& id : node.prerequisites)
      if (parent == Graph::npos || id != graph.nodes[parent].id) branch.also_needs.push_back(id);
    out.push_back(std::move(branch));
    const std::vector<std::size_t>& children = place[at.node].children;
    const std::string stem = at.root ? at.stem : at.stem + (at.last ? "   " : "│  ");
    for (std::size_t i = children.size(); i-- > 0;) {
      const bool last = i + 1 == children.size();
      if (at.depth >= kDeepest) cut.push_back({children[i], "", 0, true, true});
      else open.push_back({children[i], stem, at.depth + 1, last, false});
    }
  }
  return out;
}

}  // namespace maru::learn
