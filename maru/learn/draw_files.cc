// Mermaid and DOT: texts that other programs draw.
#include "maru/learn/draw.h"

namespace maru::learn {
namespace {

// Inside double quotes of either language; a line break or a control character would end the line.
std::string quoted(std::string_view text, bool html) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) out += ' ';
    else if (c == '"') out += html ? "#quot;" : "\\\"";
    else if (c == '\\' && !html) out += "\\\\";
    else if (html && c == '#') out += "#35;";
    else if (html && c == '<') out += "#lt;";
    else if (html && c == '>') out += "#gt;";
    else out += c;
  }
  return out;
}

std::string_view fill(Mark mark) {
  switch (mark) {
    case Mark::learnt: return "#cdebc8";
    case Mark::due: return "#ffe3a3";
    case Mark::started: return "#cfe4ff";
    case Mark::ready: return "#ffffff";
    case Mark::locked: return "#eeeeee";
  }
  return "#ffffff";
}

bool to_practice(const Graph& graph, std::size_t from, const Node& to) { return to.practice && !graph.nodes[from].practice; }

}  // namespace

std::string mermaid(const Graph& graph, std::span<const Mark> marks, bool korean) {
  std::string out = "flowchart TD\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const std::string label = quoted(node.name.in(korean), true);
    out += node.practice ? fmt::format("  n_{}[\"{}\"]:::{}\n", node.id, label, name_of(marks[i]))
                         : fmt::format("  n_{}([\"{}\"]):::{}\n", node.id, label, name_of(marks[i]));
  }
  for (const Node& node : graph.nodes) {
    for (const std::string& id : node.prerequisites)
      if (const std::size_t from = graph.index(id); from != Graph::npos)
        out += fmt::format("  n_{} {} n_{}\n", id, to_practice(graph, from, node) ? "==>" : "-->", node.id);
    for (const std::string& id : node.recommended)
      if (graph.find(id)) out += fmt::format("  n_{} -.-> n_{}\n", id, node.id);
  }
  for (const Mark mark : {Mark::learnt, Mark::due, Mark::started, Mark::ready, Mark::locked})
    out += fmt::format("  classDef {} fill:{},stroke:#555\n", name_of(mark), fill(mark));
  return out;
}

std::string dot(const Graph& graph, std::span<const Mark> marks, bool korean) {
  std::string out = "digraph learning {\n  rankdir=TB;\n  node [fontname=\"sans-serif\" style=filled];\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    out += fmt::format("  \"{}\" [label=\"{}\" shape={} penwidth={} fillcolor=\"{}\"];\n", node.id, quoted(node.name.in(korean), false),
                       node.practice ? "box" : "ellipse", node.practice ? 2 : 1, fill(marks[i]));
  }
  for (const Node& node : graph.nodes) {
    for (const std::string& id : node.prerequisites)
      if (const std::size_t from = graph.index(id); from != Graph::npos)
        out += fmt::format("  \"{}\" -> \"{}\"{};\n", id, node.id, to_practice(graph, from, node) ? " [style=bold color=\"#b03a2e\"]" : "");
    for (const std::string& id : node.recommended)
      if (graph.find(id)) out += fmt::format("  \"{}\" -> \"{}\" [style=dotted];\n", id, node.id);
  }
  return out + "}\n";
}

}  // namespace maru::learn
