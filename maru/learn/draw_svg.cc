// SVG in layers: a node lies one row below the lowest of what it needs, and near those it needs.
#include <algorithm>
#include <map>
#include <numeric>

#include "maru/base/unicode.h"
#include "maru/learn/draw.h"

namespace maru::learn {
namespace {

constexpr double kWidth = 168, kHeight = 40, kGapX = 18, kGapY = 46, kMargin = 24;
constexpr std::size_t kMostColumns = 22;  // of a label; Hangul takes two

struct Box {
  std::size_t row = 0;
  double x = 0, y = 0;
};

std::string label(const std::string& name) {
  if (unicode::width(name) <= kMostColumns) return html_text(name);
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    std::string one;
    unicode::append(one, unicode::next(name, at));
    if (unicode::width(out + one) >= kMostColumns) break;
    out += one;
  }
  return html_text(out) + "…";
}

std::vector<Box> placed(const Graph& graph, double& width, double& height) {
  std::vector<Box> box(graph.nodes.size());
  std::vector<std::vector<std::size_t>> rows;
  for (const std::size_t i : learning_order(graph)) {
    for (const std::string& id : graph.nodes[i].prerequisites)
      if (const std::size_t need = graph.index(id); need != Graph::npos) box[i].row = std::max(box[i].row, box[need].row + 1);
    if (box[i].row >= rows.size()) rows.resize(box[i].row + 1);
    rows[box[i].row].push_back(i);
  }
  std::vector<char> seen(graph.nodes.size());
  for (const auto& row : rows) for (const std::size_t i : row) seen[i] = 1;
  rows.emplace_back();
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (!seen[i]) box[i].row = rows.size() - 1, rows.back().push_back(i);  // on a cycle
  width = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto wish = [&](std::size_t i) {  // the middle of what it needs
      double sum = 0, count = 0;
      for (const std::string& id : graph.nodes[i].prerequisites)
        if (const std::size_t need = graph.index(id); need != Graph::npos && box[need].row < r) sum += box[need].x, ++count;
      return count ? sum / count : double(i) * 1e-6;
    };
    std::map<std::size_t, double> wishes;
    for (const std::size_t i : rows[r]) wishes[i] = wish(i);
    std::stable_sort(rows[r].begin(), rows[r].end(), [&](std::size_t a, std::size_t b) { return wishes[a] < wishes[b]; });
    double at = kMargin;
    for (const std::size_t i : rows[r]) {
      box[i].x = at;
      box[i].y = kMargin + double(r) * (kHeight + kGapY);
      at += kWidth + kGapX;
    }
    width = std::max(width, at - kGapX + kMargin);
  }
  height = 2 * kMargin + double(rows.size()) * (kHeight + kGapY);
  return box;
}

std::string edge(const Box& from, const Box& to, std::string_view kind) {
  const double x = from.x + kWidth / 2, y = from.y + kHeight, u = to.x + kWidth / 2, v = to.y, middle = (y + v) / 2;
  return fmt::format("<path class=\"{}\" d=\"M{:.0f} {:.0f}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}\"/>\n", kind, x, y, x, middle, u,
      middle, u, v);
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') out += "\xEF\xBF\xBD";
    else out += c;
  }
  return out;
}

std::string svg(const Graph& graph, std::span<const Mark> marks, bool korean) {
  double width = 0, height = 0;
  const std::vector<Box> box = placed(graph, width, height);
  std::string out = fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" width=\"{:.0f}\" "
      "height=\"{:.0f}\">\n", width, height,
                                width, height);
  out += "<style>text{font:13px sans-serif;text-anchor:middle;fill:#222}path{fill:none;stroke:#999;stroke-width:1.2}"
         ".to{stroke:#b03a2e;stroke-width:2}.help{stroke-dasharray:3 4}rect{stroke:#555;stroke-width:1}.practice{stroke-width:2.4}"
         ".learnt{fill:#cdebc8}.due{fill:#ffe3a3}.started{fill:#cfe4ff}.ready{fill:#fff}.locked{fill:#eee}</style>\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    for (const std::string& id : node.recommended)
      if (const std::size_t from = graph.index(id); from != Graph::npos) out += edge(box[from], box[i], "help");
    for (const std::string& id : node.prerequisites)
      if (const std::size_t from = graph.index(id); from != Graph::npos)
        out += edge(box[from], box[i], node.practice && !graph.nodes[from].practice ? "to" : "need");
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    out += fmt::format("<g><title>{}: {}</title><rect class=\"{} {}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" "
        "rx=\"{}\"/>"
                       "<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text></g>\n",
                       node.id, html_text(node.name.in(korean)), name_of(marks[i]), node.practice ? "practice"
                           : "theory", box[i].x, box[i].y, kWidth,
                       kHeight, node.practice ? 3 : 20, box[i].x + kWidth / 2, box[i].y + kHeight / 2 + 5, label(node.name.in(korean)));
  }
  return out + "</svg>\n";
}

}  // namespace maru::learn
