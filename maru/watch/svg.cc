// Squares between white and blue, with the number as the square's tooltip. Nothing is loaded from elsewhere.
#include "maru/watch/svg.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "maru/base/unicode.h"

namespace maru::watch {
namespace {

constexpr int kCell = 22, kLetter = 8, kTitle = 26, kGap = 24, kAcross = 4;

// XML 1.0 has no control characters, not even as references.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += ' ';
    else out += c;
  }
  std::size_t replaced = 0;
  return unicode::repaired(out, replaced);
}

int margin(const std::vector<std::string>& labels) {
  std::size_t widest = 1;
  for (const std::string& label : labels) widest = std::max(widest, unicode::width(label));
  return int(widest) * kLetter + 10;
}

struct Size {
  int width, height;
};
Size size_of(const Panel& panel) {
  const int own = margin(panel.rows) + int(panel.columns.size()) * kCell;
  return {std::max(own, int(unicode::width(panel.title)) * kLetter), kTitle + margin(panel.columns) + int(panel.rows.size()) * kCell};
}

std::string drawn(const Panel& panel, int x, int y) {
  const int left = margin(panel.rows), top = kTitle + margin(panel.columns);
  std::string out = fmt::format("<g transform=\"translate({} {})\">\n<text y=\"14\" font-weight=\"bold\">{}</text>\n", x, y, escaped(panel.title));
  for (std::size_t j = 0; j < panel.columns.size(); ++j)
    out += fmt::format("<text transform=\"translate({} {}) rotate(-90)\">{}</text>\n", left + int(j) * kCell + 15, top - 5, escaped(panel.columns[j]));
  for (std::size_t i = 0; i < panel.rows.size(); ++i) {
    const int at = top + int(i) * kCell;
    out += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", left - 5, at + 15, escaped(panel.rows[i]));
    for (std::size_t j = 0; j < panel.columns.size(); ++j) {
      const std::size_t n = i * panel.columns.size() + j;
      const float weight = panel.weights.data()[n];
      const bool hidden = panel.scores && std::isinf(panel.scores.data()[n]);
      const double share = std::clamp(double(weight), 0.0, 1.0);
      const auto shade = [&](int to) { return int(std::lround(255 - (255 - to) * share)); };
      const std::string color = hidden ? "#eeeeee" : fmt::format("#{:02x}{:02x}{:02x}", shade(8), shade(48), shade(107));
      out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"#cccccc\"><title>{} → {}: {:.6g}</title></rect>\n",
                         left + int(j) * kCell, at, kCell, kCell, color, escaped(panel.rows[i]), escaped(panel.columns[j]), weight);
      if (hidden) out += fmt::format("<text x=\"{}\" y=\"{}\" fill=\"#aa3333\" text-anchor=\"middle\">✗</text>\n", left + int(j) * kCell + kCell / 2, at + 15);
    }
  }
  return out + "</g>\n";
}

}  // namespace

std::string svg(const std::vector<Panel>& panels) {
  std::string body;
  int y = 0, width = 0;
  for (std::size_t begin = 0; begin < panels.size(); begin += kAcross) {
    int x = 0, height = 0;
    for (std::size_t i = begin; i < std::min(panels.size(), begin + kAcross); ++i) {
      const Size size = size_of(panels[i]);
      body += drawn(panels[i], x + kGap / 2, y + kGap / 2);
      x += size.width + kGap, height = std::max(height, size.height);
    }
    width = std::max(width, x), y += height + kGap;
  }
  return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
                     "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{2}</svg>\n",
                     width, y, body);
}

}  // namespace maru::watch
