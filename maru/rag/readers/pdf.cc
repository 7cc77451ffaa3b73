// PDF by poppler's pdftotext in a child process with limits; lines are put together again into paragraphs, page by page.
#include <algorithm>
#include <fstream>
#include <optional>
#include <unordered_set>

#include "maru/base/process.h"
#include "maru/base/unicode.h"
#include "maru/rag/extract.h"

namespace maru::rag {
namespace {

using Words = std::unordered_set<std::string>;

constexpr std::size_t kSlack = 12;  // columns: a line with more room than the next word needs was ended on purpose

void check_magic(const std::filesystem::path& path) {
  std::string first(1024, '\0');
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(ErrorKind::io, "{}: cannot be opened (permission?)", path.string());
  in.read(first.data(), std::streamsize(first.size()));
  first.resize(std::size_t(in.gcount()));
  check(!first.empty(), "{}: the file is empty, a PDF was expected", path.string());
  check(first.contains("%PDF-"), "{}: not a PDF: \"%PDF-\" is missing from its first 1024 bytes", path.string());
}

// What pdftotext said although it went on: text may be missing, so the person is told.
std::optional<Phrase> complaint(std::string_view errors) {
  if (errors.contains("Missing language pack"))
    return phrase("pdftotext lacks the character maps of its East Asian fonts: install the package poppler-data");
  errors = trimmed(errors);
  if (errors.empty()) return std::nullopt;
  return phrase("pdftotext found faults in the file, text may be missing; the first: {}",
                     errors.substr(0, std::min(errors.find('\n'), std::size_t{200})));
}

struct Plain {
  std::string text;
  std::optional<Phrase> complaint;
};
Plain plain_text(const std::filesystem::path& path, const Cancel* cancel) {
  const ProcessLimits limits{.time = std::chrono::seconds(30), .memory_bytes = std::size_t{1} << 30, .output_bytes = kMaxDocumentBytes};
  ProcessResult result;
  try {
    result = run_process({"pdftotext", "-enc", "UTF-8", "-eol", "unix", std::filesystem::absolute(path).string(), "-"}, limits, cancel);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    fail(ErrorKind::not_found, "{}: reading PDF needs pdftotext, which is not installed; install the package poppler-utils", path.string());
  }
  if (cancel) cancel->check();
  if (result.timed_out) fail(ErrorKind::limit, "{}: pdftotext did not finish within 30 s", path.string());
  if (result.output_cut) fail(ErrorKind::limit, "{}: the PDF holds more than {} MiB of text", path.string(), kMaxDocumentBytes >> 20);
  if (result.exit_code != 0) {
    const std::string_view why = trimmed(result.errors);
    if (why.contains("assword"))
      fail(ErrorKind::invalid, "{}: the PDF is encrypted with a password; save a copy without it", path.string());
    fail(ErrorKind::invalid, "{}: pdftotext cannot read it (exit code {}): {}", path.string(), result.exit_code,
         why.empty() ? std::string_view("no reason given") : why.substr(0, std::min(why.find('\n'), std::size_t{300})));
  }
  return {std::move(result.output), complaint(result.errors)};
}

bool hangul_at_end(std::string_view text) {
  if (text.empty()) return false;
  std::size_t at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return unicode::is_hangul(unicode::next(text, at));
}
bool hangul_at_start(std::string_view text) {
  std::size_t at = 0;
  return !text.empty() && unicode::is_hangul(unicode::next(text, at));
}
std::string_view first_word(std::string_view line) { return line.substr(0, std::min(line.find(' '), line.size())); }
std::string_view last_word(std::string_view text) {
  const std::size_t space = text.rfind(' ');
  return space == std::string_view::npos ? text : text.substr(space + 1);
}

// Korean lines may break inside a word. They are put together without a space when the joined word stands elsewhere inside a line,
// or when the new line opens with an ending that is never a word.
bool breaks_inside_word(std::string_view before, std::string_view line, const Words& words) {
  if (!hangul_at_end(before) || !hangul_at_start(line)) return false;
  const std::string_view head = first_word(line);
  if (words.contains(std::string(last_word(before)) + std::string(head))) return true;
  if (words.contains(std::string(head)) || words.contains(std::string(last_word(before)))) return false;
  for (const std::string_view ending : {"다.", "니다.", "습니다.", "였다.", "었다.", "했다.", "한다.", "된다.", "이다.", "하다.",
                                        "을", "를", "은", "는", "에서", "으로", "에게", "에는"}) {
    if (head == ending) return true;
  }
  return false;
}

bool hyphenated(std::string_view before, std::string_view line) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return before.size() > 1 && before.back() == '-' && small(before[before.size() - 2]) && !line.empty() && small(line[0]);
}

void join(std::string& paragraph, std::string_view line, const Words& words) {
  if (hyphenated(paragraph, line)) {
    // "state-of-the-" keeps its hyphen, "transfor-" loses it.
    const std::string_view word = last_word(paragraph);
    if (word.substr(0, word.size() - 1).find('-') == std::string_view::npos) paragraph.pop_back();
    paragraph += line;
  } else if (breaks_inside_word(paragraph, line, words)) {
    paragraph += line;
  } else {
    append_line(paragraph, line);
  }
}

bool ends_sentence(std::string_view line) {
  for (const std::string_view end : {".", "!", "?", ":", "。", "！", "？", ".\"", ".)", ".”", "?”"}) {
    if (line.ends_with(end)) return true;
  }
  return false;
}

// "2 Method", "3.1 Data", "제2장 …": the level is the count of numbers. 0 when the line is no heading.
int heading_level(std::string_view line) {
  if (line.size() > 90 || ends_sentence(line)) return 0;
  if (line.starts_with("제") && (line.contains("장 ") || line.contains("절 "))) return line.contains("장 ") ? 1 : 2;
  if (line.starts_with("Chapter ") || line.starts_with("Appendix ")) return 1;
  for (const std::string_view name : {"Abstract", "References", "Introduction", "Conclusion", "Summary", "초록", "서론", "결론", "요약", "참고문헌"}) {
    if (line == name) return 1;
  }
  std::size_t at = 0;
  int level = 0;
  while (at < line.size() && line[at] >= '0' && line[at] <= '9') {
    ++level;
    const std::size_t digits = at;
    while (at < line.size() && line[at] >= '0' && line[at] <= '9') ++at;
    if (at - digits > 2) return 0;
    if (at < line.size() && line[at] == '.') ++at;
  }
  if (level == 0 || at + 1 >= line.size() || line[at] != ' ') return 0;
  const char first = line[at + 1];
  return (first >= 'A' && first <= 'Z') || hangul_at_start(line.substr(at + 1)) ? level : 0;
}

// One run of lines between blank lines.
void add_group(const std::vector<std::string_view>& group, const Words& words, Builder& builder) {
  if (group.empty()) return;
  std::size_t widest = 0;
  for (const std::string_view line : group) widest = std::max(widest, unicode::width(line));
  std::string paragraph;
  BlockKind kind = BlockKind::paragraph;
  const auto close = [&] {
    builder.add(kind, paragraph);
    paragraph.clear();
    kind = BlockKind::paragraph;
  };
  for (std::size_t i = 0; i < group.size(); ++i) {
    const std::string_view line = group[i];
    // A numbered line is a heading where it stands alone or opens a group; inside a group it is a list item.
    const int level = i == 0 && (group.size() == 1 || unicode::width(line) * 3 < widest * 2) ? heading_level(line) : 0;
    if (level) {
      builder.add(BlockKind::heading, line, level);
      continue;
    }
    if (list_marker_bytes(line)) {
      close();
      kind = BlockKind::list_item;
    }
    join(paragraph, line, words);
    const bool roomy = i + 1 < group.size() && unicode::width(line) + 1 + unicode::width(first_word(group[i + 1])) + kSlack <= widest;
    if (roomy || (ends_sentence(line) && unicode::width(line) * 4 < widest * 3)) close();
  }
  close();
}

// Words that stand inside lines, where no break can have cut them.
Words inner_words(std::string_view text) {
  Words words;
  for (const std::string_view line : lines(text)) {
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) continue;
    for (std::size_t at = first + 1; at < last;) {
      const std::size_t end = std::min(line.find(' ', at), last);
      if (end > at && hangul_at_start(line.substr(at)) && words.size() < 200'000) words.emplace(line.substr(at, end - at));
      at = end + 1;
    }
  }
  return words;
}

Document read(const std::filesystem::path& path, const Cancel* cancel) {
  check_magic(path);
  Plain raw = plain_text(path, cancel);
  Decoded plain = decoded(std::move(raw.text), path);
  Builder builder(path);
  if (raw.complaint) builder.note(std::move(*raw.complaint));
  builder.notes(std::move(plain.notes));
  const std::string_view text = plain.text;
  const Words words = inner_words(text);
  int page = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (cancel) cancel->check();
    const std::size_t end = std::min(text.find('\f', at), text.size());
    builder.page(++page);
    std::vector<std::string_view> group;
    for (const std::string_view raw : lines(text.substr(at, end - at))) {
      const std::string_view line = trimmed(raw);
      if (!line.empty()) {
        group.push_back(line);
        continue;
      }
      add_group(group, words, builder);
      group.clear();
    }
    add_group(group, words, builder);
    at = end + 1;
  }
  if (builder.empty())
    builder.note(phrase("no text on its {} page(s): a scan? Make it readable with OCR first (for example ocrmypdf)", page));
  return builder.finish();
}

}  // namespace

Reader pdf_reader() { return {.name = "pdf", .extensions = {".pdf"}, .read = read}; }

}  // namespace maru::rag
