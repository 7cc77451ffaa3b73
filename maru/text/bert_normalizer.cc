// BertNormalizer: control characters out, white space to blanks, blanks around Han, accents off, lower case.
// The order of these steps and the character classes decide ids, so they follow the reference to the letter.
#include "maru/text/bert_normalizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "maru/base/unicode.h"

namespace maru::text {
namespace {

bool han(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||  // sic: the reference begins the block here, not at 2B820
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

// The reference's classes are those of Unicode 8 (2015). These code points are punctuation, nonspacing marks or format characters
// today and were unassigned or something else then, so they pass as letters.
struct Range {
  char32_t first, last;
};
constexpr Range kNewer[] = {
    {0x61D, 0x61D}, {0x7FD, 0x7FD}, {0x890, 0x891}, {0x898, 0x89F}, {0x8CA, 0x8E2}, {0x9FD, 0x9FE}, {0xA76, 0xA76}, {0xAFA, 0xAFF},
    {0xB55, 0xB55}, {0xC04, 0xC04}, {0xC3C, 0xC3C}, {0xC77, 0xC77}, {0xC84, 0xC84}, {0xD00, 0xD00}, {0xD3B, 0xD3C}, {0xD81, 0xD81},
    {0xEBA, 0xEBA}, {0xECE, 0xECE}, {0x180F, 0x180F}, {0x1885, 0x1886}, {0x1ABF, 0x1ACE}, {0x1B7D, 0x1B7E}, {0x1DF6, 0x1DFB},
    {0x2E43, 0x2E4F}, {0x2E52, 0x2E5D}, {0xA82C, 0xA82C}, {0xA8C5, 0xA8C5}, {0xA8FF, 0xA8FF}, {0xA9BD, 0xA9BD}, {0x10D24, 0x10D27},
    {0x10EAB, 0x10EAD}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50}, {0x10F55, 0x10F59}, {0x10F82, 0x10F89}, {0x11070, 0x11070},
    {0x11073, 0x11074}, {0x110C2, 0x110C2}, {0x110CD, 0x110CD}, {0x111CF, 0x111CF}, {0x1123E, 0x1123E}, {0x11241, 0x11241},
    {0x1133B, 0x1133B}, {0x11438, 0x1143F}, {0x11442, 0x11444}, {0x11446, 0x11446}, {0x1144B, 0x1144F}, {0x1145A, 0x1145B},
    {0x1145D, 0x1145E}, {0x11660, 0x1166C}, {0x116B9, 0x116B9}, {0x1182F, 0x11837}, {0x11839, 0x1183B}, {0x1193B, 0x1193C},
    {0x1193E, 0x1193E}, {0x11943, 0x11946}, {0x119D4, 0x119D7}, {0x119DA, 0x119DB}, {0x119E0, 0x119E0}, {0x119E2, 0x119E2},
    {0x11A01, 0x11A0A}, {0x11A33, 0x11A38}, {0x11A3B, 0x11A47}, {0x11A51, 0x11A56}, {0x11A59, 0x11A5B}, {0x11A8A, 0x11A96},
    {0x11A98, 0x11A9C}, {0x11A9E, 0x11AA2}, {0x11B00, 0x11B09}, {0x11C30, 0x11C36}, {0x11C38, 0x11C3D}, {0x11C3F, 0x11C3F},
    {0x11C41, 0x11C45}, {0x11C70, 0x11C71}, {0x11C92, 0x11CA7}, {0x11CAA, 0x11CB0}, {0x11CB2, 0x11CB3}, {0x11CB5, 0x11CB6},
    {0x11D31, 0x11D36}, {0x11D3A, 0x11D3A}, {0x11D3C, 0x11D3D}, {0x11D3F, 0x11D45}, {0x11D47, 0x11D47}, {0x11D90, 0x11D91},
    {0x11D95, 0x11D95}, {0x11D97, 0x11D97}, {0x11EF3, 0x11EF4}, {0x11EF7, 0x11EF8}, {0x11F00, 0x11F01}, {0x11F36, 0x11F3A},
    {0x11F40, 0x11F40}, {0x11F42, 0x11F4F}, {0x11FFF, 0x11FFF}, {0x12FF1, 0x12FF2}, {0x13430, 0x13440}, {0x13447, 0x13455},
    {0x16E97, 0x16E9A}, {0x16F4F, 0x16F4F}, {0x16FE2, 0x16FE2}, {0x16FE4, 0x16FE4}, {0x1CF00, 0x1CF2D}, {0x1CF30, 0x1CF46},
    {0x1E000, 0x1E006}, {0x1E008, 0x1E018}, {0x1E01B, 0x1E021}, {0x1E023, 0x1E024}, {0x1E026, 0x1E02A}, {0x1E08F, 0x1E08F},
    {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF}, {0x1E4EC, 0x1E4EF}, {0x1E944, 0x1E94A}, {0x1E95E, 0x1E95F},
};
bool newer(char32_t c) {
  const auto* at = std::lower_bound(std::begin(kNewer), std::end(kNewer), c, [](const Range& r, char32_t x) { return r.last < x; });
  return at != std::end(kNewer) && c >= at->first;
}

enum class Class : std::uint8_t { letter, punctuation, nonspacing, dropped };
Class class_of(char32_t c) {
  if (c == 0x166D || c == 0x111C9) return Class::punctuation;  // now a symbol and a mark
  if (c == 0x1734) return Class::nonspacing;                   // now a spacing mark
  Class found = Class::letter;
  switch (utf8proc_category(utf8proc_int32_t(c))) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO: found = Class::punctuation; break;
    case UTF8PROC_CATEGORY_MN: found = Class::nonspacing; break;
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO: found = Class::dropped; break;
    default: return Class::letter;
  }
  return newer(c) ? Class::letter : found;
}

bool dropped(char32_t c) {
  if (c == U'\t' || c == U'\n' || c == U'\r') return false;
  if (c < 128) return c < 32 || c == 127;
  return c == 0xFFFD || class_of(c) == Class::dropped;
}

// What is being written: code points in canonical order, each with where it came from.
class Writer {
 public:
  Writer(NormalizedText& out, const BertNormalizer& how, bool with_source) : out_(out), how_(how), with_source_(with_source) {}

  void ascii(char c, std::uint32_t source) {
    flush();
    if (how_.lowercase && c >= 'A' && c <= 'Z') c = char(c + 32);
    out_.text.push_back(c);
    if (with_source_) out_.source.push_back(source);
  }
  void put(char32_t c, std::uint32_t source) {
    if (!how_.strip_accents) return lower(c, source);
    if (c >= 0xAC00 && c <= 0xD7A3) return syllable(c - 0xAC00, source);
    utf8proc_int32_t parts[32];
    int boundary = 0;
    const auto n = utf8proc_decompose_char(utf8proc_int32_t(c), parts, 32, UTF8PROC_DECOMPOSE, &boundary);
    for (utf8proc_ssize_t i = 0; i < n && i < 32; ++i) decomposed(char32_t(parts[i]), source);
  }
  void flush() {
    if (waiting_.empty()) return;
    for (const Waiting& w : waiting_) lower(w.code, w.source);
    waiting_.clear();
  }

 private:
  struct Waiting {
    int order;
    char32_t code;
    std::uint32_t source;
  };
  // Unicode 15, section 3.12.
  void syllable(char32_t index, std::uint32_t source) {
    flush();
    append(0x1100 + index / 588, source);
    append(0x1161 + index % 588 / 28, source);
    if (index % 28 != 0) append(0x11A7 + index % 28, source);
  }
  // Marks that do not vanish (spacing ones with a combining class) are put in canonical order.
  void decomposed(char32_t c, std::uint32_t source) {
    const int order = utf8proc_get_property(utf8proc_int32_t(c))->combining_class;
    const bool mark = class_of(c) == Class::nonspacing;
    if (order == 0) {
      flush();
      if (!mark) lower(c, source);
      return;
    }
    if (mark) return;
    const auto at = std::upper_bound(waiting_.begin(), waiting_.end(), order, [](int o, const Waiting& w) { return o < w.order; });
    waiting_.insert(at, {order, c, source});
  }
  void lower(char32_t c, std::uint32_t source) {
    if (!how_.lowercase) return append(c, source);
    if (c == 0x130) {  // the one letter whose lower case is two code points
      append(U'i', source);
      return append(0x307, source);
    }
    if (c >= 0x2E80 && c < 0xA640) return append(c, source);  // Han and kana have no case
    append(small_letter(c), source);
  }
  void append(char32_t c, std::uint32_t source) {
    unicode::append(out_.text, c);
    if (with_source_) out_.source.resize(out_.text.size(), source);
  }

  NormalizedText& out_;
  const BertNormalizer& how_;
  bool with_source_;
  std::vector<Waiting> waiting_;
};

}  // namespace

NormalizedText normalized(const BertNormalizer& how, std::string_view utf8, bool with_source) {
  NormalizedText out;
  out.text.reserve(utf8.size() + utf8.size() / 8);
  Writer writer(out, how, with_source);
  std::uint32_t number = 0;
  for (std::size_t at = 0; at < utf8.size(); ++number) {
    const auto byte = static_cast<unsigned char>(utf8[at]);
    if (byte >= 32 && byte < 127) {
      writer.ascii(char(byte), number);
      ++at;
      continue;
    }
    const char32_t c = unicode::next(utf8, at);
    if (how.clean_text && dropped(c)) continue;
    if (how.clean_text && bert_kind(c) == BertKind::space) {
      writer.ascii(' ', number);
    } else if (c < 128) {
      writer.ascii(char(c), number);
    } else if (how.space_around_han && han(c)) {
      writer.ascii(' ', number);
      writer.put(c, number);
      writer.ascii(' ', number);
    } else {
      writer.put(c, number);
    }
  }
  writer.flush();
  return out;
}

namespace {
constexpr std::array<BertKind, 128> ascii_kinds() {
  std::array<BertKind, 128> kinds{};
  for (int c = 33; c < 127; ++c) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    kinds[std::size_t(c)] = word ? BertKind::letter : BertKind::punctuation;
  }
  for (int c = 9; c <= 13; ++c) kinds[std::size_t(c)] = BertKind::space;
  kinds[' '] = BertKind::space;
  return kinds;
}
constexpr std::array<BertKind, 128> kAscii = ascii_kinds();
}  // namespace

BertKind bert_kind(char32_t c) {
  if (c < 128) return kAscii[c];
  if ((c >= 0x1100 && c <= 0x11FF) || (c >= 0xAC00 && c <= 0xD7A3)) return BertKind::letter;  // Hangul, the bulk of Korean text
  if (unicode::is_white_space(c)) return BertKind::space;
  return class_of(c) == Class::punctuation ? BertKind::punctuation : BertKind::letter;
}

}  // namespace maru::text
