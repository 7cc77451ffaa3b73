// HTML by gumbo, walked without recursion. What would make the parser slow or deep (nesting, huge tags) is taken off before it.
#include "maru/rag/readers/html_common.h"

#include <gumbo.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <memory>

namespace maru::rag {
namespace {

constexpr int kMaxDepth = 1000;          // of elements that are kept as elements
constexpr std::size_t kMaxTag = 4096;    // bytes of a tag whose attributes are kept

bool equal(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == y; });
}
bool one_of(std::string_view name, std::initializer_list<std::string_view> list) { return std::ranges::find(list, name) != list.end(); }
std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  return out;
}

// Copies a page, leaving out tags nested too deep (their text stays) and attributes of enormous tags.
struct Tamer {
  std::string_view in;
  std::string out = {};
  std::map<std::string, int, std::less<>> open = {};
  int depth = 0;
  std::size_t flattened = 0;

  std::size_t tag_end(std::size_t at) const {
    char quote = 0;
    for (; at < in.size(); ++at) {
      if (quote) {
        if (in[at] == quote) quote = 0;
      } else if (in[at] == '>') {
        return at + 1;
      } else if ((in[at] == '"' || in[at] == '\'') && in[at - 1] == '=') {
        quote = in[at];
      }
    }
    return in.size();
  }
  // The end of what a raw element holds: the next "</name".
  std::size_t raw_end(std::size_t at, std::string_view name) const {
    for (at = in.find("</", at); at != std::string_view::npos; at = in.find("</", at + 2)) {
      if (equal(in.substr(at + 2, name.size()), name)) return at;
    }
    return in.size();
  }
  void run() {
    out.reserve(in.size());
    for (std::size_t at = 0; at < in.size();) {
      const std::size_t less = std::min(in.find('<', at), in.size());
      out += in.substr(at, less - at);
      at = less < in.size() ? tag(less) : less;
    }
  }
  std::size_t tag(std::size_t at) {
    if (in.substr(at, 4) == "<!--") {
      const std::size_t end = in.find("-->", at + 4);
      return end == std::string_view::npos ? in.size() : end + 3;
    }
    const bool close = at + 1 < in.size() && in[at + 1] == '/';
    std::size_t name_end = at + 1 + close;
    const std::size_t name_begin = name_end;
    while (name_end < in.size() && (std::isalnum(static_cast<unsigned char>(in[name_end])) || in[name_end] == '-')) ++name_end;
    if (name_end == name_begin || !std::isalpha(static_cast<unsigned char>(in[name_begin]))) {
      out += '<';
      return at + 1;
    }
    const std::string name = lowered(in.substr(name_begin, name_end - name_begin).substr(0, 64));
    const std::size_t end = tag_end(name_end);
    if (counted(name)) {
      int& count = open[name];
      if (close) {
        if (count > 0) {
          --count;
          if (--depth >= kMaxDepth) return end;
        }
      } else {
        ++count;
        if (++depth > kMaxDepth) {
          ++flattened;
          return end;
        }
      }
    }
    if (end - at <= kMaxTag) out += in.substr(at, end - at);
    else out += fmt::format("<{}{}>", close ? "/" : "", name);
    if (close || !one_of(name, {"script", "style"})) return end;
    // Scripts are never read as text; leaving them out keeps the parser from them too.
    return raw_end(end, name);
  }
  // Elements that end by themselves do not nest.
  static bool counted(std::string_view name) {
    return !one_of(name,
                   {"area",   "base",  "br",     "col",      "embed", "hr",   "img",  "input",    "link",   "meta",  "param",
                    "source", "track", "wbr",    "p",        "li",    "dt",   "dd",   "td",       "th",     "tr",    "thead",
                    "tbody",  "tfoot", "option", "optgroup", "html",  "head", "body", "colgroup", "script", "style", "title"});
  }
};

// Memory for one parse, given back at once: gumbo frees a tree by recursion, which a deep page would turn into a stack overflow.
class Arena {
 public:
  static void* take(void* arena, std::size_t size) { return static_cast<Arena*>(arena)->take(size); }
  static void release(void*, void*) {}

 private:
  void* take(std::size_t size) {
    size = (size + 15) & ~std::size_t{15};
    if (size > left_) {
      const std::size_t block = std::max(size, std::size_t{1} << 18);
      blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(block));
      next_ = blocks_.back().get();
      left_ = block;
    }
    void* const out = next_;
    next_ += size;
    left_ -= size;
    return out;
  }
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
};

const char* attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found ? found->value : nullptr;
}

bool hidden(const GumboElement& element) {
  switch (element.tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_SVG: case GUMBO_TAG_OBJECT: case GUMBO_TAG_SELECT: case GUMBO_TAG_HEAD: return true;
    default: break;
  }
  if (attribute(element, "hidden")) return true;
  const char* const aria = attribute(element, "aria-hidden");
  if (aria && std::strcmp(aria, "true") == 0) return true;
  if (const char* const raw = attribute(element, "style")) {
    std::string style = lowered(raw);
    std::erase_if(style, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
    return style.contains("display:none") || style.contains("visibility:hidden");
  }
  return false;
}

bool is_block(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P: case GUMBO_TAG_DIV: case GUMBO_TAG_SECTION: case GUMBO_TAG_ARTICLE: case GUMBO_TAG_ASIDE: case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_ADDRESS: case GUMBO_TAG_DETAILS: case GUMBO_TAG_SUMMARY: case GUMBO_TAG_CENTER: case GUMBO_TAG_BODY: case GUMBO_TAG_HTML:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5: case GUMBO_TAG_H6: return true;
    default: return false;
  }
}

// Collects inline text until a block ends, then gives it to the builder.
struct Writer {
  Builder& builder;
  std::string text = {};
  std::string marker = {};       // of a list item that has begun and has no text yet
  BlockKind kind = BlockKind::paragraph;
  int level = 0, tables = 0, pre = 0, cells = 0;
  std::vector<int> lists = {};   // the next number of each open list, 0 for bullets

  void flush() {
    if (!marker.empty() && kind == BlockKind::paragraph) kind = BlockKind::list_item;
    if (!trimmed(text).empty()) {
      builder.add(kind, kind == BlockKind::list_item && !marker.empty() ? marker + std::string(trimmed(text)) : text, level);
      marker.clear();
    }
    text.clear();
    kind = BlockKind::paragraph;
    level = 0;
  }
  void write(std::string_view piece) {
    if (pre) {
      text += piece;
      return;
    }
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const bool nbsp = piece.substr(i).starts_with("\xC2\xA0");
      if (nbsp || std::strchr(" \t\n\r\f", piece[i])) {
        if (!text.empty() && text.back() != ' ' && text.back() != '\n') text += ' ';
        i += nbsp;
      } else {
        text += piece[i];
      }
    }
  }
  void enter(const GumboElement& element) {
    const GumboTag tag = element.tag;
    if (tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6) {
      flush_table_or_text();
      kind = BlockKind::heading;
      level = int(tag - GUMBO_TAG_H1) + 1;
      return;
    }
    switch (tag) {
      case GUMBO_TAG_BR: text += '\n'; return;
      case GUMBO_TAG_IMG:
        if (const char* const alt = attribute(element, "alt")) write(alt);
        return;
      case GUMBO_TAG_TABLE:
        if (tables++ == 0) flush(), kind = BlockKind::table;
        return;
      case GUMBO_TAG_TR:
        while (!text.empty() && text.back() == ' ') text.pop_back();
        if (!text.empty() && text.back() != '\n') text += '\n';
        cells = 0;
        return;
      case GUMBO_TAG_TD: case GUMBO_TAG_TH:
        if (cells++) {
          while (!text.empty() && text.back() == ' ') text.pop_back();
          text += " | ";
        }
        return;
      default: break;
    }
    if (!is_block(tag)) return;
    if (tables) {
      write(" ");
      return;
    }
    flush();
    if (tag == GUMBO_TAG_UL) lists.push_back(0);
    if (tag == GUMBO_TAG_OL) lists.push_back(1);
    if (tag == GUMBO_TAG_LI) marker = lists.empty() || lists.back() == 0 ? "- " : fmt::format("{}. ", lists.back()++);
    if (tag == GUMBO_TAG_PRE) ++pre, kind = BlockKind::code;
  }
  void leave(GumboTag tag) {
    if (tag == GUMBO_TAG_TABLE) {
      if (--tables == 0) kind = BlockKind::table, flush();
      return;
    }
    if (tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6) {
      flush();
      if (tables) kind = BlockKind::table;
      return;
    }
    if (!is_block(tag)) return;
    if (tables) {
      write(" ");
      return;
    }
    flush();
    if (tag == GUMBO_TAG_PRE && pre) --pre;
    if ((tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL) && !lists.empty()) lists.pop_back();
    if (tag == GUMBO_TAG_LI) marker.clear();
  }
  void flush_table_or_text() {
    if (tables) kind = BlockKind::table;
    flush();
  }
};

std::string charset_of(const GumboElement& meta) {
  if (const char* const charset = attribute(meta, "charset")) return charset;
  const char* const content = attribute(meta, "content");
  if (!content) return {};
  const std::string text = lowered(content);
  const std::size_t at = text.find("charset=");
  return at == std::string::npos ? std::string() : std::string(trimmed(std::string_view(text).substr(at + 8)));
}

// The head is hidden as text; its title and its charset are facts.
HtmlHead head_of(const GumboNode* root) {
  HtmlHead head;
  if (!root || root->type != GUMBO_NODE_ELEMENT) return head;
  const auto children = [](const GumboNode* node) {
    const GumboVector& list = node->v.element.children;
    return std::span(reinterpret_cast<GumboNode**>(list.data), list.length);
  };
  for (const GumboNode* const part : children(root)) {
    if (part->type != GUMBO_NODE_ELEMENT || part->v.element.tag != GUMBO_TAG_HEAD) continue;
    for (const GumboNode* const node : children(part)) {
      if (node->type != GUMBO_NODE_ELEMENT) continue;
      if (node->v.element.tag == GUMBO_TAG_META && head.charset.empty()) head.charset = charset_of(node->v.element);
      if (node->v.element.tag == GUMBO_TAG_TITLE && node->v.element.children.length && head.title.empty()) {
        head.title = children(node)[0]->v.text.text;
      }
    }
  }
  return head;
}

void walk_tree(const GumboNode* root, Writer& writer, const Cancel* cancel) {
  struct Step {
    const GumboNode* node;
    unsigned child;
  };
  std::vector<Step> stack;
  if (root) stack.push_back({root, 0});
  std::size_t count = 0;
  while (!stack.empty()) {
    if (cancel && ++count % 4096 == 0) cancel->check();
    Step& step = stack.back();
    const GumboElement& element = step.node->v.element;
    if (step.child == 0) writer.enter(element);
    if (step.child == element.children.length) {
      writer.leave(element.tag);
      stack.pop_back();
      continue;
    }
    const auto* const node = static_cast<const GumboNode*>(element.children.data[step.child++]);
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_CDATA || node->type == GUMBO_NODE_WHITESPACE) {
      writer.write(node->v.text.text);
    } else if (node->type == GUMBO_NODE_ELEMENT && !hidden(node->v.element)) {
      if (node->v.element.children.length == 0) {
        writer.enter(node->v.element);
        writer.leave(node->v.element.tag);
      } else {
        stack.push_back({node, 0});
      }
    }
  }
  writer.flush();
}

}  // namespace

HtmlHead add_html(std::string_view utf8, Builder& builder, const Cancel* cancel) {
  Tamer tamer{.in = utf8};
  tamer.run();
  if (tamer.flattened) {
    builder.note(phrase("{} elements are nested deeper than {}: their text was kept, their structure was not", tamer.flattened,
                             kMaxDepth));
  }
  Arena arena;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = Arena::take;
  options.deallocator = Arena::release;
  options.userdata = &arena;
  options.max_errors = 0;
  const GumboOutput* const output = gumbo_parse_with_options(&options, tamer.out.data(), tamer.out.size());
  HtmlHead head = head_of(output->root);
  Writer writer{.builder = builder};
  walk_tree(output->root, writer, cancel);
  return head;
}

std::string decoded_entity(std::string_view entity) {
  Builder builder("");
  add_html(fmt::format("x{}x", entity), builder, nullptr);
  const std::string text = builder.finish().text;
  return text.size() > 2 ? text.substr(1, text.size() - 2) : std::string(entity);
}

}  // namespace maru::rag
