// Plain text: kept as it is; paragraphs lie between blank lines, an underlined or short lone line is a heading, marked lines are
// list items.
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

bool underline(std::string_view line, char mark) {
  line = trimmed(line);
  return line.size() >= 3 && line.find_first_not_of(mark) == std::string_view::npos;
}

using Group = std::span<const std::string_view>;  // lines between blank lines

bool ends_sentence(std::string_view line) {
  line = trimmed(line);
  for (const std::string_view end : {".", "!", "?", ",", ";", ":", "。", "！", "？", "…", "\"", "”", ")"}) {
    if (line.ends_with(end)) return true;
  }
  return false;
}

// A short line of its own, without a mark at its end, above real text.
bool titles(Group group, Group below) {
  if (group.size() != 1 || below.empty() || unicode::width(group[0]) > 40 || ends_sentence(group[0]) || list_marker_bytes(group[0]))
    return false;
  return below.size() > 1 || ends_sentence(below[0]) || list_marker_bytes(below[0]) || unicode::width(below[0]) > 60;
}

struct Marker {
  std::string_view text;
  std::vector<Block> blocks = {};  // in bytes

  void mark(BlockKind kind, std::string_view first, std::string_view last, int level = 0) {
    const auto begin = std::size_t(first.data() - text.data());
    blocks.push_back({.kind = kind, .begin = begin, .end = std::size_t(last.data() + last.size() - text.data()), .level = level});
  }
  void add(Group group, Group below) {
    std::size_t at = 0;
    if (group.size() >= 2 && (underline(group[1], '=') || underline(group[1], '-'))) {
      mark(BlockKind::heading, group[0], group[0], underline(group[1], '=') ? 1 : 2);
      // The rule below the words is no text that anybody asks for.
      at = 2;
    } else if (titles(group, below)) {
      mark(BlockKind::heading, group[0], group[0], blocks.empty() ? 1 : 2);
      at = 1;
    }
    while (at < group.size()) {
      const bool item = list_marker_bytes(group[at]) > 0;
      std::size_t end = at + 1;
      while (end < group.size() && list_marker_bytes(group[end]) == 0) ++end;
      mark(item ? BlockKind::list_item : BlockKind::paragraph, group[at], group[end - 1]);
      at = end;
    }
  }
};

Document read(const std::filesystem::path& path, const Cancel* cancel) {
  Decoded plain = decoded(read_file(path, kMaxDocumentBytes), path);
  const std::vector<std::string_view> all = lines(plain.text);
  std::vector<Group> groups;
  for (std::size_t at = 0; at < all.size();) {
    std::size_t end = at;
    while (end < all.size() && !trimmed(all[end]).empty()) ++end;
    if (end > at) groups.emplace_back(&all[at], end - at);
    at = end + 1;
  }
  Marker marker{.text = plain.text};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (cancel && i % 4096 == 0) cancel->check();
    marker.add(groups[i], i + 1 < groups.size() ? groups[i + 1] : Group());
  }
  return marked(path, std::move(plain), std::move(marker.blocks));
}

}  // namespace

Reader text_reader() {
  return {.name = "text",
          .extensions = {".txt", ".text", ".log", ".rst", ".adoc", ".org", ".tex", ".srt", ".csv", ".tsv"},
          .read = read};
}

}  // namespace maru::rag
