// What is wrong with the edges, and the order in which nodes can be learnt. Everything walks with its own stack: a chain may be long.
#include <algorithm>
#include <functional>
#include <queue>

#include "maru/base/error.h"
#include "maru/learn/graph.h"

namespace maru::learn {
namespace {

using Edges = std::vector<std::vector<std::size_t>>;  // of each node, those it needs

Edges edges_of(const Graph& graph) {
  Edges edges(graph.nodes.size());
  for (std::size_t i = 0; i < edges.size(); ++i)
    for (const std::string& id : graph.nodes[i].prerequisites)
      if (const std::size_t at = graph.index(id); at != Graph::npos) edges[i].push_back(at);
  return edges;
}

int line_of_prerequisite(const Node& node, const std::string& id) {
  const Yaml* list = node.fields.find("prerequisites");
  if (list)
    for (const Yaml& one : list->items) {
      const Yaml* inside = one.is_map() ? one.find("id") : &one;
      if (inside && inside->scalar == id) return one.line;
    }
  return list && list->line ? list->line : node.line;
}

// Nodes left when everything that can be learnt has been: those on cycles and those behind them.
std::vector<bool> never_learnt(const Edges& edges, const std::vector<std::size_t>& order) {
  std::vector<bool> left(edges.size(), true);
  for (const std::size_t i : order) left[i] = false;
  return left;
}

// From a node on or behind a cycle, needs that are left lead round: the loop is cut out of the walk.
std::vector<std::size_t> cycle_from(std::size_t start, const Edges& edges, const std::vector<bool>& left, std::vector<int>& seen, int mark)
    {
  std::vector<std::size_t> walk;
  for (std::size_t at = start;;) {
    if (seen[at] == mark) {
      walk.erase(walk.begin(), std::find(walk.begin(), walk.end(), at));
      return walk;
    }
    if (seen[at] != 0) return {};  // runs into a loop that was named before
    seen[at] = mark;
    walk.push_back(at);
    at = *std::find_if(edges[at].begin(), edges[at].end(), [&](std::size_t need) { return left[need]; });
  }
}

std::string path_of(const Graph& graph, std::vector<std::size_t> loop) {
  std::reverse(loop.begin(), loop.end());  // as one learns: a, then what needs a
  std::rotate(loop.begin(), std::min_element(loop.begin(), loop.end()), loop.end());
  constexpr std::size_t kMost = 12;
  std::string out;
  for (std::size_t i = 0; i < std::min(loop.size(), kMost); ++i) out += graph.nodes[loop[i]].id + " → ";
  if (loop.size() > kMost) out += "… → ";
  return out + graph.nodes[loop[0]].id;
}

void find_cycles(Graph& graph, const Edges& edges, const std::vector<bool>& left, std::vector<bool>& in_cycle) {
  std::vector<int> seen(edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!left[i] || seen[i]) continue;
    const std::vector<std::size_t> loop = cycle_from(i, edges, left, seen, int(i) + 1);
    if (loop.empty()) continue;
    for (const std::size_t one : loop) in_cycle[one] = true;
    const Node& first = graph.nodes[*std::min_element(loop.begin(), loop.end())];
    graph.problems.push_back({Problem::Kind::cycle, first.file, first.line, first.id,
                              phrase("{}:{}: a cycle: {}", first.file, first.line, path_of(graph, loop))});
  }
}

}  // namespace

std::string_view name_of(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::bad_yaml: return "bad_yaml";
    case Problem::Kind::bad_node: return "bad_node";
    case Problem::Kind::bad_id: return "bad_id";
    case Problem::Kind::duplicate: return "duplicate";
    case Problem::Kind::missing: return "missing";
    case Problem::Kind::cycle: return "cycle";
    case Problem::Kind::unreachable: return "unreachable";
  }
  return "";
}

std::size_t Graph::index(std::string_view id) const {
  const auto at = index_of.find(std::string(id));
  return at == index_of.end() ? npos : at->second;
}

const Node* Graph::find(std::string_view id) const {
  const std::size_t at = index(id);
  return at == npos ? nullptr : &nodes[at];
}

std::vector<std::size_t> learning_order(const Graph& graph) {
  const Edges needs = edges_of(graph);
  Edges opens(needs.size());
  std::vector<std::size_t> waiting(needs.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;  // the road first
  for (std::size_t i = 0; i < needs.size(); ++i) {
    waiting[i] = needs[i].size();
    for (const std::size_t need : needs[i]) opens[need].push_back(i);
    if (needs[i].empty()) ready.push(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t at = ready.top();
    ready.pop();
    order.push_back(at);
    for (const std::size_t next : opens[at])
      if (--waiting[next] == 0) ready.push(next);
  }
  return order;
}

void find_problems(Graph& graph) {
  const Edges edges = edges_of(graph);
  const std::vector<std::size_t> order = learning_order(graph);
  const std::vector<bool> left = never_learnt(edges, order);
  std::vector<bool> stuck(edges.size()), in_cycle(edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i)
    for (const std::string& id : graph.nodes[i].prerequisites) {
      if (graph.index(id) != Graph::npos) continue;
      const Node& node = graph.nodes[i];
      const int line = line_of_prerequisite(node, id);
      stuck[i] = true;
      graph.problems.push_back({Problem::Kind::missing, node.file, line, node.id,
                                phrase("{}:{}: {} needs {}, and there is no such node", node.file, line, node.id, id)});
    }
  find_cycles(graph, edges, left, in_cycle);
  const auto blame = [&](std::size_t i, std::size_t need) {
    const Node& node = graph.nodes[i];
    graph.problems.push_back({Problem::Kind::unreachable, node.file, node.line, node.id,
                              phrase("{}:{}: {} can never be opened: it needs {}", node.file, node.line, node.id, graph.nodes[need].id)});
  };
  for (const std::size_t i : order) {  // behind a missing one; needs come before what needs them
    const auto need = std::find_if(edges[i].begin(), edges[i].end(), [&](std::size_t one) { return stuck[one]; });
    if (need == edges[i].end()) continue;
    if (!stuck[i]) blame(i, *need);
    stuck[i] = true;
  }
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (left[i] && !in_cycle[i]) blame(i, *std::find_if(edges[i].begin(), edges[i].end(), [&](std::size_t one) { return left[one]; }));
}

}  // namespace maru::learn
