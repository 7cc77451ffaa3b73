// Markdown by md4c: the text as a reader sees it, without its marks; front matter is kept as one block.
#include <md4c.h>

#include <exception>
#include <map>

#include "maru/base/file.h"
#include "maru/rag/readers/html_common.h"

namespace maru::rag {
namespace {

// What the parser's callbacks fill. Exceptions wait in `error` until the C code has returned.
struct State {
  Builder& builder;
  const Cancel* cancel;
  std::string text = {}, html = {}, marker = {};
  std::vector<int> lists = {};  // the next number of each open list, 0 for bullets
  int cells = 0, tables = 0;
  std::map<std::string, std::string, std::less<>> entities = {};
  std::exception_ptr error = {};

  void flush(BlockKind kind, int level = 0) {
    if (trimmed(text).empty()) {
      text.clear();
      return;
    }
    if (kind == BlockKind::paragraph && !marker.empty()) {
      kind = BlockKind::list_item;
      text.insert(0, marker);
      marker.clear();
    }
    builder.add(kind, text, level);
    text.clear();
  }
  void enter(MD_BLOCKTYPE type, void* detail) {
    if (cancel) cancel->check();
    switch (type) {
      case MD_BLOCK_UL: flush(BlockKind::paragraph); lists.push_back(0); break;
      case MD_BLOCK_OL:
        flush(BlockKind::paragraph);
        lists.push_back(int(std::min(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start, 999'999u)));
        break;
      case MD_BLOCK_LI: {
        flush(BlockKind::paragraph);
        const bool bullet = lists.empty() || lists.back() == 0;
        marker = bullet ? "- " : fmt::format("{}. ", lists.back()++);
        const auto* const item = static_cast<MD_BLOCK_LI_DETAIL*>(detail);
        if (item->is_task) marker += item->task_mark == ' ' ? "[ ] " : "[x] ";
        break;
      }
      case MD_BLOCK_TABLE: flush(BlockKind::paragraph); ++tables; break;
      case MD_BLOCK_TR:
        if (!text.empty()) text += '\n';
        cells = 0;
        break;
      case MD_BLOCK_TH: case MD_BLOCK_TD:
        if (cells++) text += " | ";
        break;
      case MD_BLOCK_QUOTE: case MD_BLOCK_P: case MD_BLOCK_H: case MD_BLOCK_CODE: case MD_BLOCK_HR: flush(BlockKind::paragraph); break;
      default: break;
    }
  }
  void leave(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
      case MD_BLOCK_UL: case MD_BLOCK_OL:
        flush(BlockKind::paragraph);
        if (!lists.empty()) lists.pop_back();
        break;
      case MD_BLOCK_LI: flush(BlockKind::paragraph); marker.clear(); break;
      case MD_BLOCK_H: flush(BlockKind::heading, int(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level)); break;
      case MD_BLOCK_CODE: flush(BlockKind::code); break;
      case MD_BLOCK_TABLE: flush(BlockKind::table); --tables; break;
      case MD_BLOCK_HTML:
        flush(BlockKind::paragraph);
        add_html(html, builder, cancel);
        html.clear();
        break;
      case MD_BLOCK_P: case MD_BLOCK_QUOTE: case MD_BLOCK_DOC: flush(BlockKind::paragraph); break;
      default: break;
    }
  }
  void add(MD_TEXTTYPE type, std::string_view piece, bool in_html_block) {
    switch (type) {
      case MD_TEXT_BR: text += tables ? ' ' : '\n'; break;
      case MD_TEXT_SOFTBR: text += ' '; break;
      case MD_TEXT_ENTITY: text += entity(piece); break;
      case MD_TEXT_HTML:
        if (in_html_block) html += piece;
        else if (piece.starts_with("<br") || piece.starts_with("<BR")) text += tables ? ' ' : '\n';
        break;  // other tags inside a line say nothing that a reader sees
      default: text += piece;
    }
  }
  const std::string& entity(std::string_view name) {
    const auto known = entities.find(name);
    return known != entities.end() ? known->second : entities.emplace(name, decoded_entity(name)).first->second;
  }
  bool in_html = false;

  template <class F>
  int guarded(F&& run) {
    try {
      run();
      return 0;
    } catch (...) {
      error = std::current_exception();
      return 1;
    }
  }
};

int on_enter(MD_BLOCKTYPE type, void* detail, void* data) {
  auto& state = *static_cast<State*>(data);
  if (type == MD_BLOCK_HTML) state.in_html = true;
  return state.guarded([&] { state.enter(type, detail); });
}
int on_leave(MD_BLOCKTYPE type, void* detail, void* data) {
  auto& state = *static_cast<State*>(data);
  if (type == MD_BLOCK_HTML) state.in_html = false;
  return state.guarded([&] { state.leave(type, detail); });
}
int on_span(MD_SPANTYPE, void*, void*) { return 0; }
int on_text(MD_TEXTTYPE type, const char* text, MD_SIZE size, void* data) {
  auto& state = *static_cast<State*>(data);
  return state.guarded([&] { state.add(type, {text, size}, state.in_html); });
}

// "---" lines around YAML at the very start. Returns its length in bytes with both fences, or 0.
std::size_t front_matter_bytes(std::string_view text) {
  if (!text.starts_with("---\n")) return 0;
  for (std::size_t at = 4; at < std::min<std::size_t>(text.size(), 65536);) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, end - at));
    if (line == "---" || line == "...") return std::min(end + 1, text.size());
    // A blank or a sentence shows that the first line was a rule, not a fence.
    if (line.empty() || (!line.contains(':') && !line.starts_with("-") && !line.starts_with("#"))) return 0;
    at = end + 1;
  }
  return 0;
}

void add_front_matter(std::string_view matter, Builder& builder) {
  std::string kept;
  for (const std::string_view line : lines(matter)) {
    if (trimmed(line) == "---" || trimmed(line) == "...") continue;
    if (!kept.empty()) kept += '\n';
    kept += line;
    if (!line.starts_with("title:")) continue;
    std::string_view title = trimmed(line.substr(6));
    if (title.size() >= 2 && (title.front() == '"' || title.front() == '\'') && title.back() == title.front())
      title = title.substr(1, title.size() - 2);
    builder.title(title);
  }
  builder.add(BlockKind::table, kept);
}

Document read(const std::filesystem::path& path, const Cancel* cancel) {
  Decoded plain = decoded(read_file(path, kMaxDocumentBytes), path);
  Builder builder(path);
  builder.notes(std::move(plain.notes));
  std::string_view text = plain.text;
  const std::size_t matter = front_matter_bytes(text);
  if (matter) add_front_matter(text.substr(0, matter), builder);
  text.remove_prefix(matter);

  State state{.builder = builder, .cancel = cancel};
  const MD_PARSER parser{.abi_version = 0,
                         .flags = MD_DIALECT_GITHUB,
                         .enter_block = on_enter,
                         .leave_block = on_leave,
                         .enter_span = on_span,
                         .leave_span = on_span,
                         .text = on_text,
                         .debug_log = nullptr,
                         .syntax = nullptr};
  const int status = md_parse(text.data(), MD_SIZE(text.size()), &parser, &state);
  if (state.error) std::rethrow_exception(state.error);
  check(status == 0, "{}: the Markdown parser ran out of memory", path.string());
  return builder.finish();
}

}  // namespace

Reader markdown_reader() { return {.name = "markdown", .extensions = {".md", ".markdown", ".mdown", ".mkd", ".mdx"}, .read = read}; }

}  // namespace maru::rag
