// Normalisers that follow Unicode: its four forms, lower case, accents off; and BERT's. Each character keeps its source.
#include <utf8proc.h>

#include <algorithm>
#include <iterator>

#include "maru/base/unicode.h"
#include "maru/text/bert_normalizer.h"
#include "maru/text/pipeline.h"

namespace maru::text {
namespace {

bool all_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

struct Between {
  char32_t first, last;
};
template <std::size_t n>
bool among(const Between (&list)[n], char32_t c) {
  const Between* at = std::lower_bound(std::begin(list), std::end(list), c, [](const Between& r, char32_t x) { return r.last < x; });
  return at != std::end(list) && c >= at->first;
}

// The reference's normalisation follows Unicode 9: what came later does not decompose …
constexpr Between kNewDecompositions[] = {
    {0x32FF, 0x32FF}, {0xA7F2, 0xA7F4}, {0xAB69, 0xAB69}, {0x10781, 0x10785}, {0x10787, 0x107B0}, {0x107B2, 0x107BA}, {0x11938, 0x11938},
    {0x1E030, 0x1E06D}, {0x1F16C, 0x1F16C}, {0x1FBF0, 0x1FBF9},
};
// … and is no mark. Two of these have become letters since.
constexpr Between kNewMarks[] = {
    {0x7FD, 0x7FD}, {0x898, 0x89F}, {0x8CA, 0x8D3}, {0x9FE, 0x9FE}, {0xAFA, 0xAFF}, {0xB55, 0xB55}, {0xC04, 0xC04}, {0xC3C, 0xC3C},
    {0xCF3, 0xCF3}, {0xD00, 0xD00}, {0xD3B, 0xD3C}, {0xD81, 0xD81}, {0xEBA, 0xEBA}, {0xECE, 0xECE}, {0x1715, 0x1715}, {0x180F, 0x180F},
    {0x1ABF, 0x1ACE}, {0x1CF2, 0x1CF3}, {0x1CF7, 0x1CF7}, {0x1DF6, 0x1DFA}, {0xA82C, 0xA82C}, {0xA8FF, 0xA8FF}, {0x10D24, 0x10D27},
    {0x10EAB, 0x10EAC}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50}, {0x10F82, 0x10F85}, {0x11070, 0x11070}, {0x11073, 0x11074},
    {0x110C2, 0x110C2}, {0x11145, 0x11146}, {0x111C9, 0x111C9}, {0x111CE, 0x111CF}, {0x11241, 0x11241}, {0x1133B, 0x1133B},
    {0x1145E, 0x1145E}, {0x1182C, 0x1183A}, {0x11930, 0x11935}, {0x11937, 0x11938}, {0x1193B, 0x1193E}, {0x11940, 0x11940},
    {0x11942, 0x11943}, {0x119D1, 0x119D7}, {0x119DA, 0x119E0}, {0x119E4, 0x119E4}, {0x11A01, 0x11A0A}, {0x11A33, 0x11A39},
    {0x11A3B, 0x11A3E}, {0x11A47, 0x11A47}, {0x11A51, 0x11A5B}, {0x11A8A, 0x11A99}, {0x11D31, 0x11D36}, {0x11D3A, 0x11D3A},
    {0x11D3C, 0x11D3D}, {0x11D3F, 0x11D45}, {0x11D47, 0x11D47}, {0x11D8A, 0x11D8E}, {0x11D90, 0x11D91}, {0x11D93, 0x11D97},
    {0x11EF3, 0x11EF6}, {0x11F00, 0x11F01}, {0x11F03, 0x11F03}, {0x11F34, 0x11F3A}, {0x11F3E, 0x11F42}, {0x13440, 0x13440},
    {0x13447, 0x13455}, {0x16F4F, 0x16F4F}, {0x16F7F, 0x16F87}, {0x16FE4, 0x16FE4}, {0x16FF0, 0x16FF1}, {0x1CF00, 0x1CF2D},
    {0x1CF30, 0x1CF46}, {0x1E08F, 0x1E08F}, {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF}, {0x1E4EC, 0x1E4EF},
};
bool is_known_mark(char32_t c) { return unicode::is_mark(c) != among(kNewMarks, c); }

int combining_class(char32_t c) { return c < 0x300 ? 0 : utf8proc_get_property(utf8proc_int32_t(c))->combining_class; }

// A character that may change the one before it: marks, jamo behind an initial one, and the compatibility forms of both.
bool joins_left(char32_t c) {
  if (c < 0x300) return false;
  return unicode::is_mark(c) || (c >= 0x1160 && c <= 0x11FF) || (c >= 0x3131 && c <= 0x318E) || (c >= 0xFF9E && c <= 0xFFDC);
}

// 0 where the two do not compose.
char32_t composed(char32_t a, char32_t b) {
  utf8proc_int32_t both[2] = {utf8proc_int32_t(a), utf8proc_int32_t(b)};
  const auto n = utf8proc_normalize_utf32(both, 2, utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  return n == 1 && !among(kNewDecompositions, char32_t(both[0])) ? char32_t(both[0]) : 0;
}

// A new character and how it relates to the old ones (Rewrite::put).
struct Changed {
  char32_t code;
  int change;
  int order;  // canonical combining class
};

class Forms final : public Normalizer {
 public:
  Forms(bool compose, bool compatible) : compose_(compose), compatible_(compatible) {}

  void apply(Aligned& text) const override {
    if (all_ascii(text.text)) return;
    Aligned out;
    out.tracked = text.tracked;
    out.text.reserve(text.text.size());
    Rewrite rewrite(text, 0, text.text.size(), 0, out);
    std::vector<Changed> chunk;
    const std::string_view old = text.text;
    for (std::size_t at = 0; at < old.size();) {
      const std::size_t begin = at;
      const char32_t first = unicode::next(old, at);
      std::size_t peek = at;
      const bool alone = at == old.size() || !joins_left(unicode::next(old, peek));
      if (alone && stays(first)) {
        rewrite.copy(at - begin);
        continue;
      }
      chunk.clear();
      decompose(first, chunk);
      while (at < old.size()) {
        peek = at;
        const char32_t c = unicode::next(old, peek);
        if (!joins_left(c)) break;
        decompose(c, chunk);
        at = peek;
      }
      order(chunk);
      if (compose_) chunk = composition(chunk);
      for (const Changed& c : chunk) rewrite.put(c.code, c.change);
    }
    text = std::move(out);
  }

 private:
  bool stays(char32_t c) const {
    if (c < 0x80 || (compose_ && !compatible_ && c < 0x300)) return true;
    return compose_ && ((c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x4E00 && c <= 0x9FFF));
  }

  void decompose(char32_t c, std::vector<Changed>& out) const {
    if (c > 0x32FE && among(kNewDecompositions, c)) return out.push_back({c, 0, combining_class(c)});
    utf8proc_int32_t parts[32];
    int boundary = 0;
    const auto how = utf8proc_option_t(UTF8PROC_DECOMPOSE | (compatible_ ? UTF8PROC_COMPAT : 0));
    const auto n = utf8proc_decompose_char(utf8proc_int32_t(c), parts, 32, how, &boundary);
    if (n <= 0 || n > 32) return out.push_back({c, 0, combining_class(c)});
    for (utf8proc_ssize_t i = 0; i < n; ++i) out.push_back({char32_t(parts[i]), i > 0, combining_class(char32_t(parts[i]))});
  }

  // Unicode 15, section 3.11, D108.
  static void order(std::vector<Changed>& chunk) {
    for (std::size_t i = 0; i < chunk.size();) {
      if (chunk[i].order == 0) {
        ++i;
        continue;
      }
      std::size_t end = i;
      while (end < chunk.size() && chunk[end].order != 0) ++end;
      std::stable_sort(chunk.begin() + std::ptrdiff_t(i), chunk.begin() + std::ptrdiff_t(end),
                       [](const Changed& a, const Changed& b) { return a.order < b.order; });
      i = end;
    }
  }

  // Unicode 15, section 3.11, D117. A composed character takes the old ones of both.
  static std::vector<Changed> composition(const std::vector<Changed>& chunk) {
    std::vector<Changed> out;
    std::ptrdiff_t starter = -1;
    int last = -1;  // class of the mark before; -1: none since the starter
    for (const Changed& c : chunk) {
      if (starter >= 0 && (last < 0 || last < c.order)) {
        if (const char32_t both = composed(out[std::size_t(starter)].code, c.code)) {
          out[std::size_t(starter)].code = both;
          out[std::size_t(starter)].change += c.change - 1;
          continue;
        }
      }
      if (c.order == 0) starter = std::ptrdiff_t(out.size()), last = -1;
      else last = c.order;
      out.push_back(c);
    }
    return out;
  }

  bool compose_, compatible_;
};

class Filtered final : public Normalizer {
 public:
  Filtered(bool (*drops)(char32_t), char32_t (*to)(char32_t)) : drops_(drops), to_(to) {}
  void apply(Aligned& text) const override {
    Aligned out;
    out.tracked = text.tracked;
    Rewrite rewrite(text, 0, text.text.size(), 0, out);
    for (std::size_t at = 0; at < text.text.size();) {
      const std::size_t begin = at;
      const char32_t c = unicode::next(text.text, at);
      if (drops_(c)) rewrite.skip(1);
      else if (const char32_t other = to_(c); other != c) rewrite.put(other, 0);
      else rewrite.copy(at - begin);
    }
    text = std::move(out);
  }

 private:
  bool (*drops_)(char32_t);
  char32_t (*to_)(char32_t);
};

char32_t same(char32_t c) { return c; }

// Control characters out, odd white space to blanks: the rules of neural machine translation's tools.
bool nmt_drops(char32_t c) {
  return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
}
char32_t nmt_space(char32_t c) {
  const bool space = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 ||
                     c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
  return space ? U' ' : c;
}

class Lowercase final : public Normalizer {
 public:
  void apply(Aligned& text) const override {
    Aligned out;
    out.tracked = text.tracked;
    Rewrite rewrite(text, 0, text.text.size(), 0, out);
    for (std::size_t at = 0; at < text.text.size();) {
      const std::size_t begin = at;
      const char32_t c = unicode::next(text.text, at);
      if (c == 0x130) {  // the one letter whose lower case is two code points
        rewrite.put(U'i', 0);
        rewrite.put(0x307, 1);
        continue;
      }
      const char32_t small = small_letter(c);
      if (small == c) rewrite.copy(at - begin);
      else rewrite.put(small, 0);
    }
    text = std::move(out);
  }
};

class Bert final : public Normalizer {
 public:
  explicit Bert(const BertNormalizer& how) : how_(how) {}
  void apply(Aligned& text) const override {
    NormalizedText made = normalized(how_, text.text, text.tracked);
    if (text.tracked) {
      std::vector<Range> characters;  // sources of the old text, per character
      for (std::size_t at = 0; at < text.text.size();) {
        characters.push_back(text.source[at]);
        unicode::next(text.text, at);
      }
      std::vector<Range> source;
      source.reserve(made.source.size());
      for (const std::uint32_t number : made.source) source.push_back(characters[number]);
      text.source = std::move(source);
    }
    text.text = std::move(made.text);
  }

 private:
  BertNormalizer how_;
};

}  // namespace

char32_t small_letter(char32_t c) {
  if (c < 0x1C89) return char32_t(utf8proc_tolower(utf8proc_int32_t(c)));
  if (c >= 0x10D50 && c <= 0x10D65) return c + 0x20;
  if (c >= 0x16EA0 && c <= 0x16EB8) return c + 0x1B;
  switch (c) {
    case 0x1C89: case 0xA7CC: case 0xA7CE: case 0xA7D2: case 0xA7D4: case 0xA7DA: return c + 1;
    case 0xA7CB: return 0x264;
    case 0xA7DC: return 0x19B;
    default: return char32_t(utf8proc_tolower(utf8proc_int32_t(c)));
  }
}

std::unique_ptr<Normalizer> unicode_normalizer(bool compose, bool compatible) { return std::make_unique<Forms>(compose, compatible); }
std::unique_ptr<Normalizer> bert_normalizer(const BertNormalizer& how) { return std::make_unique<Bert>(how); }
std::unique_ptr<Normalizer> lowercase_normalizer() { return std::make_unique<Lowercase>(); }
std::unique_ptr<Normalizer> accents_normalizer() { return std::make_unique<Filtered>(is_known_mark, same); }
std::unique_ptr<Normalizer> nmt_normalizer() { return std::make_unique<Filtered>(nmt_drops, nmt_space); }

}  // namespace maru::text
