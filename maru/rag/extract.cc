// Decoding of bytes into NFC text, and the assembling of documents, for every reader. Positions are counted as text is added, never
// looked up.
#include "maru/rag/extract.h"

#include <algorithm>
#include <cstdint>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::rag {
namespace {

// Code points whose NFC form is themselves and that never join their neighbours: most Latin, Han, kana, Hangul and their punctuation.
bool settled(char32_t c) {
  return c < 0x300 || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x2010 && c <= 0x206F) ||
         (c >= 0x3000 && c <= 0x3029) || (c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FF) || (c >= 0xFF00 && c <= 0xFFEF);
}
bool settled(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) ++at;
    else if (!settled(unicode::next(text, at))) return false;
  }
  return true;
}

std::string from_utf16(std::string_view bytes, bool big, std::size_t& replaced) {
  std::string out;
  out.reserve(bytes.size());
  const auto unit = [&](std::size_t at) -> char32_t {
    const auto a = static_cast<unsigned char>(bytes[at]), b = static_cast<unsigned char>(bytes[at + 1]);
    return big ? a << 8 | b : b << 8 | a;
  };
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    char32_t c = unit(at);
    if (c >= 0xD800 && c <= 0xDFFF) {
      const char32_t low = c <= 0xDBFF && at + 3 < bytes.size() ? unit(at + 2) : 0;
      if (low >= 0xDC00 && low <= 0xDFFF) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      } else {
        c = 0xFFFD;
        ++replaced;
      }
    }
    unicode::append(out, c);
  }
  if (at < bytes.size()) {
    unicode::append(out, 0xFFFD);
    ++replaced;
  }
  return out;
}

// Share of the bytes over 127 that form two-byte characters of CP949, the superset of EUC-KR.
double korean_share(std::string_view bytes) {
  std::size_t high = 0, paired = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead < 0x80) continue;
    ++high;
    if (lead < 0x81 || lead > 0xFE || i + 1 == bytes.size()) continue;
    const auto trail = static_cast<unsigned char>(bytes[i + 1]);
    // Real text is nearly always inside the old KS X 1001 square; Latin-1 is not, because its high bytes stand alone.
    if (lead >= 0xA1 && trail >= 0xA1 && trail <= 0xFE) ++paired, ++i;
  }
  return high ? double(paired) / double(high) : 0;
}

std::string unix_lines(std::string text) {
  if (text.find('\r') == std::string::npos) return text;
  std::size_t out = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      text[out++] = '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else {
      text[out++] = text[i];
    }
  }
  text.resize(out);
  return text;
}

}  // namespace

Decoded decoded(std::string bytes, const std::filesystem::path& path) {
  Decoded out;
  std::size_t replaced = 0;
  const std::string_view view = bytes;
  const bool little = view.starts_with("\xFF\xFE"), big = view.starts_with("\xFE\xFF");
  if (little || big) {
    out.text = from_utf16(view.substr(2), big, replaced);
    if (replaced) out.notes.push_back(phrase("{} broken UTF-16 unit(s) were replaced by U+FFFD", replaced));
  } else {
    if (view.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
    out.text = std::move(bytes);
  }
  const std::size_t nul = out.text.find('\0');
  check(nul == std::string::npos, "{}: a NUL byte at {}: this is a binary file, text was expected", path.string(), nul);
  if (const auto first = unicode::first_invalid(out.text)) {
    const bool korean = korean_share(std::string_view(out.text).substr(0, std::size_t{1} << 20)) > 0.4;
    out.text = unicode::repaired(out.text, replaced);
    out.notes.push_back(phrase("not valid UTF-8: {} byte(s) were replaced by U+FFFD, the first at byte {}; {}", replaced, *first,
                               korean ? phrase("it looks like CP949/EUC-KR: convert it with iconv -f CP949 -t UTF-8")
                                      : phrase("convert it to UTF-8 with iconv if it has another encoding")));
  }
  out.repaired = replaced > 0;
  out.text = normalised(unix_lines(std::move(out.text)));
  return out;
}

bool looks_like_text(std::string_view first) {
  if (first.starts_with("\xFF\xFE") || first.starts_with("\xFE\xFF"))
    return first.size() < 4 || first.substr(2, 2) != std::string_view("\0\0", 2);
  std::size_t control = 0;
  for (const char c : first) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0) return false;
    if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t' && byte != '\f' && byte != 0x1B) ++control;
  }
  return control * 20 <= first.size();
}

std::string normalised(std::string text) {
  if (settled(text)) return text;
  // Piece by piece at line ends, where nothing composes: only the lines that need it are taken apart.
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    end = end == std::string::npos ? text.size() : end + 1;
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (settled(line)) out += line;
    else out += unicode::nfc(line);
    at = end;
  }
  return out;
}

std::size_t list_marker_bytes(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  const std::size_t start = at;
  for (const std::string_view bullet : {"-", "*", "+", "•", "·", "‣", "▪", "●", "○", "◦", "■", "※"}) {
    if (line.substr(at).starts_with(bullet)) {
      at += bullet.size();
      break;
    }
  }
  if (at == start) {
    while (at < line.size() && at - start < 3 && line[at] >= '0' && line[at] <= '9') ++at;
    if (at == start || at == line.size() || (line[at] != '.' && line[at] != ')')) return 0;
    ++at;
  }
  return at < line.size() && (line[at] == ' ' || line[at] == '\t') ? at + 1 : 0;
}

std::vector<std::string_view> lines(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\n\r\f\v";
  const std::size_t begin = text.find_first_not_of(white);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

void append_line(std::string& paragraph, std::string_view line) {
  line = trimmed(line);
  if (line.empty()) return;
  if (!paragraph.empty()) {
    std::size_t last = paragraph.size() - 1, next = 0;
    while (last > 0 && (static_cast<unsigned char>(paragraph[last]) & 0xC0) == 0x80) --last;
    const auto close = [](char32_t c) { return unicode::is_han(c) || unicode::is_kana(c) || c == U'。' || c == U'、' || c == U'，'; };
    if (!close(unicode::next(paragraph, last)) || !close(unicode::next(line, next))) paragraph += ' ';
  }
  paragraph += line;
}

Builder::Builder(const std::filesystem::path& path) { document_.path = path.string(); }

void Builder::notes(std::vector<Phrase> all) {
  for (Phrase& one : all) note(std::move(one));
}

void Builder::title(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return;
  document_.title = normalised(std::string(text));
  titled_ = true;
}

void Builder::add(BlockKind kind, std::string_view text, int level) {
  while (!text.empty() && (text.front() == '\n' || (kind != BlockKind::code && (text.front() == ' ' || text.front() == '\t'))))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (trimmed(text).empty()) return;
  auto& document = document_;
  if (!document.blocks.empty()) {
    const bool tight = kind == BlockKind::list_item && document.blocks.back().kind == BlockKind::list_item;
    document.text += tight ? "\n" : "\n\n";
    length_ += tight ? 1 : 2;
  }
  const std::string clean = normalised(std::string(text));
  const std::size_t begin = length_;
  document.text += clean;
  length_ += unicode::length(clean);
  document.blocks.push_back({.kind = kind, .begin = begin, .end = length_, .page = page_, .level = level});
  if (!titled_ && kind == BlockKind::heading && level == 1) title(clean);
}

Document Builder::finish() {
  if (!titled_) document_.title = unicode::nfc(std::filesystem::path(document_.path).filename().string());
  return std::move(document_);
}

Document marked(const std::filesystem::path& path, Decoded decoded, std::vector<Block> blocks) {
  Document document{.path = path.string(), .title = unicode::nfc(path.filename().string()), .text = std::move(decoded.text),
                    .blocks = std::move(blocks), .notes = std::move(decoded.notes)};
  const std::string_view text = document.text;
  std::size_t byte = 0, point = 0;
  const auto reach = [&](std::size_t target) {
    point += unicode::length(text.substr(byte, target - byte));
    byte = target;
    return point;
  };
  for (Block& block : document.blocks) {
    block.begin = reach(block.begin);
    block.end = reach(block.end);
  }
  return document;
}

}  // namespace maru::rag
