// Reads a regular expression (ECMA 262, flag u). What it matches is told by letters.cc.
#include "maru/grammar/pattern.h"

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/grammar/pattern_classes.h"

namespace maru::grammar {
namespace {

class Reader {
 public:
  Reader(std::string_view text, Meter& meter) : text_(text), meter_(meter) {}

  Pattern whole() {
    Pattern out = alternatives(0);
    if (at_ < text_.size()) wrong(phrase("an opening parenthesis before this one"));
    return out;
  }

 private:
  [[noreturn]] void wrong(const Phrase& expected) const {
    fail(ErrorKind::invalid, "pattern {:?}, byte {}: expected {}", shown(), at_ + 1, expected);
  }
  [[noreturn]] void refuse(const Phrase& what) const {
    fail(ErrorKind::invalid, "pattern {:?}, byte {}: {} is not supported", shown(), at_ + 1, what);
  }
  std::string shown() const {
    if (text_.size() <= 80) return std::string(text_);
    std::size_t cut = 77;
    while (cut > 0 && (std::uint8_t(text_[cut]) & 0xC0) == 0x80) --cut;
    return std::string(text_.substr(0, cut)) + "…";
  }
  bool more() const { return at_ < text_.size(); }
  char peek() const { return more() ? text_[at_] : '\0'; }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Pattern alternatives(std::size_t depth) {
    meter_.depth(depth);
    Pattern out{.kind = Pattern::Kind::either};
    do out.parts.push_back(sequence(depth));
    while (take("|"));
    return out.parts.size() == 1 ? Pattern(std::move(out.parts[0])) : out;
  }

  Pattern sequence(std::size_t depth) {
    Pattern out{.kind = Pattern::Kind::sequence};
    while (more() && peek() != '|' && peek() != ')') {
      meter_.step();
      Pattern one = atom(depth);
      const bool anchor = one.kind == Pattern::Kind::begin || one.kind == Pattern::Kind::end;
      std::uint32_t least = 0, most = 0;
      if (repetition(least, most)) {
        if (anchor) wrong(phrase("something that can be repeated"));
        take("?");  // lazy or greedy: the texts are the same
        if (peek() == '+') refuse(phrase("a possessive repetition"));
        Pattern all{.kind = Pattern::Kind::repeated, .least = least, .most = most};
        all.parts.push_back(std::move(one));
        one = std::move(all);
        if (peek() == '*' || peek() == '?') wrong(phrase("something that can be repeated"));
      }
      out.parts.push_back(std::move(one));
    }
    return out;
  }

  bool repetition(std::uint32_t& least, std::uint32_t& most) {
    least = 0;
    most = kUnbounded;
    if (take("*")) return true;
    if (take("+")) return least = 1, true;
    if (take("?")) return most = 1, true;
    if (!take("{")) return false;
    most = least = number();
    if (take(",")) most = peek() == '}' ? kUnbounded : number();
    if (!take("}")) wrong(phrase("}}"));
    if (most < least) wrong(phrase("a repetition with the smaller number first"));
    return true;
  }
  std::uint32_t number() {
    std::uint64_t value = 0;
    const std::size_t begin = at_;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      value = value * 10 + std::uint64_t(peek() - '0');
      if (value > 1'000'000'000) wrong(phrase("a number of at most {}", 1'000'000'000));
    }
    if (begin == at_) wrong(phrase("a number"));
    return std::uint32_t(value);
  }

  static Pattern letters(Ranges ranges) { return {.kind = Pattern::Kind::letters, .ranges = normal(std::move(ranges)), .parts = {}}; }

  Pattern atom(std::size_t depth) {
    if (take("(")) {
      if (take("?=") || take("?!") || take("?<=") || take("?<!")) refuse(phrase("look-around"));
      if (take("?<")) {
        while (more() && peek() != '>') ++at_;
        if (!take(">")) wrong(phrase(">"));
      } else if (!take("?:") && peek() == '?') {
        refuse(phrase("a group of this kind"));
      }
      Pattern inner = alternatives(depth + 1);
      if (!take(")")) wrong(phrase(")"));
      return inner;
    }
    if (take("[")) return letters(char_class());
    if (take(".")) return letters(complement(normal(line_ends())));
    if (take("^")) return {.kind = Pattern::Kind::begin, .ranges = {}, .parts = {}};
    if (take("$")) return {.kind = Pattern::Kind::end, .ranges = {}, .parts = {}};
    if (take("\\")) return letters(escape(false));
    const char c = peek();
    if (c == '*' || c == '+' || c == '?' || c == '{') wrong(phrase("something that can be repeated"));
    const char32_t one = unicode::next(text_, at_);
    return letters({{one, one}});
  }

  Ranges char_class() {
    const bool negated = take("^");
    Ranges ranges;
    while (peek() != ']' || !more()) {
      if (!more()) wrong(phrase("]"));
      const Ranges low = class_item();
      const bool range = peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']';
      if (!range) {
        ranges.insert(ranges.end(), low.begin(), low.end());
        continue;
      }
      ++at_;
      const Ranges high = class_item();
      if (low.size() != 1 || high.size() != 1 || low[0].low != low[0].high || high[0].low != high[0].high || high[0].low < low[0].low)
        wrong(phrase("a range with the smaller letter first"));
      ranges.push_back({low[0].low, high[0].low});
      meter_.step();
    }
    ++at_;
    ranges = normal(std::move(ranges));
    return negated ? complement(ranges) : ranges;
  }
  Ranges class_item() {
    if (take("\\")) return escape(true);
    const char32_t c = unicode::next(text_, at_);
    return {{c, c}};
  }

  Ranges escape(bool in_class) {
    if (!more()) wrong(phrase("something behind the backslash"));
    const char32_t c = unicode::next(text_, at_);
    switch (c) {
      case 'd': return digits();
      case 'D': return complement(digits());
      case 'w': return word_letters();
      case 'W': return complement(word_letters());
      case 's': return blank_letters();
      case 'S': return complement(blank_letters());
      case 't': return {{'\t', '\t'}};
      case 'n': return {{'\n', '\n'}};
      case 'r': return {{'\r', '\r'}};
      case 'f': return {{'\f', '\f'}};
      case 'v': return {{'\v', '\v'}};
      case '0':
        if (peek() >= '0' && peek() <= '9') refuse(phrase("an octal escape"));
        return {{0, 0}};
      case 'x': return single(hex(2));
      case 'u': return single(take("{") ? braced() : utf16());
      case 'p': case 'P': return named(c == 'P');
      case 'b':
        if (in_class) return {{'\b', '\b'}};
        refuse(phrase("a word boundary (\\b)"));
      case 'B': refuse(phrase("a word boundary (\\b)"));
      case 'k': refuse(phrase("a back reference"));
      default: break;
    }
    if (c >= '1' && c <= '9') refuse(phrase("a back reference"));
    // Signs stand for themselves; letters that mean nothing are mistakes more often than letters.
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) refuse(phrase("the escape \\{}", char(c)));
    return single(c);
  }
  static Ranges single(char32_t c) { return {{c, c}}; }

  Ranges named(bool negated) {
    if (!take("{")) wrong(phrase("{{"));
    const std::size_t begin = at_;
    while (more() && peek() != '}') ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    if (!take("}")) wrong(phrase("}}"));
    const auto found = property(name);
    if (!found) refuse(phrase("\\p{{{}}}", name));
    return negated ? complement(*found) : *found;
  }

  char32_t hex(int count) {
    char32_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      const int digit = digit_of(peek());
      if (digit < 0) wrong(phrase("{} hexadecimal digits", count));
      value = value * 16 + char32_t(digit);
    }
    return value;
  }
  static int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }
  char32_t braced() {
    char32_t value = 0;
    for (; digit_of(peek()) >= 0; ++at_) {
      value = value * 16 + char32_t(digit_of(peek()));
      if (value > kLastCodePoint) wrong(phrase("a code point, no surrogate, up to U+10FFFF"));
    }
    if (!take("}")) wrong(phrase("}}"));
    return whole_point(value);
  }
  char32_t utf16() {
    const char32_t high = hex(4);
    if (high < 0xD800 || high >= 0xDC00) return whole_point(high);
    if (!take("\\u")) wrong(phrase("a code point, no surrogate, up to U+10FFFF"));
    const char32_t low = hex(4);
    if (low < 0xDC00 || low >= 0xE000) wrong(phrase("a code point, no surrogate, up to U+10FFFF"));
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
  }
  char32_t whole_point(char32_t c) const {
    if (c >= 0xD800 && c < 0xE000) wrong(phrase("a code point, no surrogate, up to U+10FFFF"));
    return c;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Meter& meter_;
};

}  // namespace

Pattern parse_pattern(std::string_view text, Meter& meter) {
  meter.text(text.size());
  const auto invalid = unicode::first_invalid(text);
  check(!invalid, "pattern: not UTF-8 at byte {}", invalid.value_or(0));
  return Reader(text, meter).whole();
}

}  // namespace maru::grammar
