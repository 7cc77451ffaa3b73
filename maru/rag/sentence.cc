// Where sentences end, in English, Korean and other scripts that end them with a mark. One pass; it knows marks and a few words, no
// grammar.
#include <algorithm>
#include <array>

#include "maru/base/unicode.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

constexpr std::size_t kMaxBracket = 300;  // bytes: a longer bracket or quotation is cut inside like any text
constexpr std::size_t kWrapSlack = 8;     // columns that a writer may leave free before a line is thought broken on purpose

constexpr auto kNeverLast = std::to_array<std::string_view>(
    {"mr",  "mrs", "ms",  "dr",  "prof", "st",     "sen",  "rep", "gen",  "col", "lt",     "capt", "rev",
     "hon", "vs",  "cf",  "e.g", "i.e",  "viz",    "al",   "eq",  "eqs",  "fig", "figs",   "sec",  "ch",
     "vol", "ed",  "eds", "pp",  "p",    "approx", "resp", "ca",  "dept", "est", "messrs", "mt"});
constexpr auto kBeforeNumber = std::to_array<std::string_view>(
    {"no", "nos", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "art", "par", "tab"});
constexpr auto kMaybeLast = std::to_array<std::string_view>(
    {"etc", "inc", "ltd", "co", "corp", "jr", "sr", "bros", "a.m", "p.m", "u.s", "u.k", "u.n", "ph.d", "b.c", "a.d", "d.c"});

bool white(char32_t c) { return c == U' ' || c == U'\t' || c == U'\n' || c == U'\f' || c == 0xA0 || c == 0x3000; }
bool digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool stop(char32_t c) { return c == U'.' || c == U'!' || c == U'?' || c == U'…'; }
bool wide_stop(char32_t c) { return c == U'。' || c == U'！' || c == U'？' || c == U'｡' || c == U'．' || c == U'؟' || c == U'।'; }
bool opener(char32_t c) {
  return c == U'(' || c == U'[' || c == U'（' || c == U'「' || c == U'『' || c == U'《' || c == U'〈' || c == U'“' || c == U'【';
}
bool paired_closer(char32_t c) {
  return c == U')' || c == U']' || c == U'）' || c == U'」' || c == U'』' || c == U'》' || c == U'〉' || c == U'”' || c == U'】';
}
bool closer(char32_t c) {
  return paired_closer(c) || c == U'"' || c == U'\'' || c == U'’' || c == U'}' || c == U'»' || c == U'*' || c == U'_';
}
bool korean_ending(char32_t c) { return std::u32string_view(U"다요까죠오니라자네군음함임").contains(c); }

// The code point at `at`, or 0 behind the end; never moves the position.
char32_t peek(std::string_view text, std::size_t at) { return at < text.size() ? unicode::next(text, at) : 0; }

struct Splitter {
  std::string_view text;
  std::vector<Range> out = {};
  std::size_t begin = 0;         // of the sentence that is being read
  std::size_t depth = 0, opened = 0;
  std::size_t line_begin = 0, widest = 0;

  void close(std::size_t end) {
    const std::string_view piece = trimmed(text.substr(begin, end - begin));
    if (!piece.empty()) {
      const auto at = std::size_t(piece.data() - text.data());
      out.push_back({at, at + piece.size()});
    }
    begin = end;
    depth = 0;
  }

  // The widest line of the paragraph that begins here: it tells broken lines from wrapped ones.
  void start_paragraph(std::size_t at) {
    line_begin = at;
    widest = 0;
    const std::size_t end = std::min(text.find("\n\n", at), text.size());
    for (const std::string_view line : lines(text.substr(at, end - at))) widest = std::max(widest, width(line));
  }
  static std::size_t width(std::string_view line) {
    const bool ascii = std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return ascii ? line.size() : unicode::width(line);
  }

  // A line break ends a sentence between list items and table rows, before indented lines, and where the next word had room on the line.
  bool line_ends(std::size_t at) const {
    const std::string_view line = text.substr(line_begin, at - line_begin);
    const std::string_view rest = text.substr(at + 1);
    const std::string_view next = rest.substr(0, std::min(rest.find('\n'), rest.size()));
    if (list_marker_bytes(next.substr(0, 64)) || next.starts_with("  ") || next.starts_with("\t")) return true;
    if (line.contains(" | ") || next.contains(" | ")) return true;
    const std::string_view word = next.substr(0, std::min(next.find(' '), next.size()));
    return width(line) + 1 + width(word) + kWrapSlack <= widest;
  }

  // The word before a full stop, in lower case and with its inner dots: "e.g", "fig", "3".
  std::string word_before(std::size_t at) const {
    std::size_t from = at;
    while (from > begin && at - from < 24) {
      const char c = text[from - 1];
      const bool inside = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          (static_cast<unsigned char>(c) & 0x80);
      if (!inside) break;
      --from;
    }
    std::string word(text.substr(from, at - from));
    for (char& c : word) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    return word;
  }

  bool abbreviation(std::size_t dot, char32_t following) const {
    const std::string word = word_before(dot);
    if (word.empty()) return false;
    const auto in = [&](const auto& list) { return std::ranges::find(list, word) != list.end(); };
    if (in(kNeverLast)) return true;
    if (in(kBeforeNumber) && digit(following)) return true;
    if (in(kMaybeLast)) return !(following >= U'A' && following <= U'Z');
    const char last = text[dot - 1];
    // Initials: "J. R. Smith". "I" ends sentences too, but rarely before a capital.
    if (word.size() == 1 && last >= 'A' && last <= 'Z') return true;
    if (word.size() >= 3 && word[word.size() - 2] == '.' && last >= 'A' && last <= 'Z' && !(following >= U'A' && following <= U'Z'))
      return true;
    if (std::ranges::all_of(word, [](char c) { return digit(static_cast<unsigned char>(c)); })) {
      // "1. Text" opens a list; "2024. 3. 15." is a Korean date.
      if (digit(following)) return true;
      const std::string_view before = trimmed(text.substr(begin, dot - word.size() - begin));
      return (before.empty() && word.size() <= 3) || (before.ends_with('.') && word.size() <= 2);
    }
    return false;
  }

  // `at` is behind the marks and closers; `mark` is where they began.
  bool ends(std::size_t mark, std::size_t marks_end, std::size_t at, bool wide) const {
    if (at >= text.size()) return true;
    const char32_t direct = peek(text, at);
    const bool quoted = at > marks_end;
    if (wide) return !quoted || !unicode::is_hangul(direct);
    std::size_t after = at;
    while (after < text.size() && white(peek(text, after))) unicode::next(text, after);
    const char32_t following = peek(text, after);
    const bool dot = text[mark] == '.' && marks_end == mark + 1;
    if (!white(direct)) {
      if (quoted || unicode::is_number(direct)) return false;
      const bool east = unicode::is_hangul(direct) || unicode::is_han(direct) || unicode::is_kana(direct);
      if (!east) return false;
      if (!dot) return true;
      std::size_t before = mark;
      while (before > begin && (static_cast<unsigned char>(text[--before]) & 0xC0) == 0x80) {}
      return mark > begin && korean_ending(peek(text, before));
    }
    if (following == 0) return true;
    if (following >= U'a' && following <= U'z') return false;
    return !(dot && abbreviation(mark, following));
  }

  void run() {
    start_paragraph(0);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t here = at;
      const char32_t c = unicode::next(text, at);
      if (c == U'\n') {
        if (at < text.size() && text[at] == '\n') {
          close(here);
          while (at < text.size() && text[at] == '\n') ++at;
          start_paragraph(at);
        } else {
          if (line_ends(here)) close(here);
          line_begin = at;
        }
        continue;
      }
      if (opener(c)) {
        if (depth++ == 0) opened = here;
      } else if (paired_closer(c)) {
        depth -= depth > 0;
      }
      const bool wide = wide_stop(c);
      if (!wide && !stop(c)) continue;
      while (at < text.size() && (stop(peek(text, at)) || wide_stop(peek(text, at)))) unicode::next(text, at);
      const std::size_t marks_end = at;
      while (at < text.size() && closer(peek(text, at))) {
        if (paired_closer(peek(text, at))) depth -= depth > 0;
        unicode::next(text, at);
      }
      if (depth > 0 && here - opened < kMaxBracket) continue;
      if (ends(here, marks_end, at, wide)) close(at);
    }
    close(text.size());
  }
};

}  // namespace

std::vector<Range> sentences(std::string_view utf8) {
  Splitter splitter{.text = utf8};
  splitter.run();
  return std::move(splitter.out);
}

}  // namespace maru::rag
