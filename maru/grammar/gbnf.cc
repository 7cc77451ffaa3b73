// GBNF: the notation of llama.cpp's grammars/README.md. Rules, literals, classes, groups, * + ? {m,n}, comments.
#include <map>
#include <optional>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/grammar/compiled.h"

namespace maru::grammar {
namespace {

// What is copied rather than counted when it is repeated: a copy keeps its masks whole.
constexpr std::uint32_t kMostCopies = 64;

class Gbnf {
 public:
  Gbnf(std::string_view text, Draft& draft, RuleId root) : text_(text), draft_(draft) { rules_.emplace("root", root); }

  void read() {
    for (blanks(true); at_ < text_.size(); blanks(true)) rule();
    for (const auto& [name, id] : rules_)
      check(draft_.defined(id), "GBNF: rule {:?} is used and not defined", name);
  }

 private:
  [[noreturn]] void wrong(const Phrase& expected) const {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i < std::min(at_, text_.size()); ++i) {
      column = text_[i] == '\n' ? 1 : column + 1;
      line += text_[i] == '\n';
    }
    fail(ErrorKind::invalid, "GBNF, line {}, byte {}: expected {}", line, column, expected);
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }
  // Comments count as blanks; line ends only where a rule may go on.
  void blanks(bool lines) {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
      } else if (c != ' ' && c != '\t' && !(lines && (c == '\n' || c == '\r'))) {
        return;
      }
    }
  }
  static bool of_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

  std::string name() {
    const std::size_t begin = at_;
    while (of_name(peek())) ++at_;
    if (begin == at_) wrong(phrase("the name of a rule"));
    if (at_ - begin > 256) wrong(phrase("a name of at most {} letters", 256));
    return std::string(text_.substr(begin, at_ - begin));
  }
  RuleId rule_named(const std::string& name) {
    if (const auto known = rules_.find(name); known != rules_.end()) return known->second;
    return rules_[name] = draft_.declare(name);
  }

  void rule() {
    const std::string called = name();
    draft_.meter().where = "GBNF";
    const RuleId id = rule_named(called);
    check(!draft_.defined(id), "GBNF: rule {:?} is defined twice", called);
    blanks(false);
    if (text_.substr(at_, 3) != "::=") wrong(phrase("::="));
    at_ += 3;
    blanks(true);
    draft_.define(id, alternatives(0, false));
    blanks(false);
    if (at_ < text_.size() && peek() != '\n' && peek() != '\r') wrong(phrase("the end of the line"));
  }

  Fragment alternatives(std::size_t depth, bool grouped) {
    draft_.meter().depth(depth);
    std::vector<Fragment> parts{sequence(depth, grouped)};
    while (take('|')) {
      blanks(true);
      parts.push_back(sequence(depth, grouped));
    }
    return parts.size() == 1 ? parts[0] : draft_.either(parts);
  }

  Fragment sequence(std::size_t depth, bool grouped) {
    Fragment all = draft_.nothing();
    for (;;) {
      const char c = peek();
      if (at_ >= text_.size() || c == '|' || c == ')' || c == '\n' || c == '\r') return all;
      all = draft_.then(all, repeated(depth, grouped));
    }
  }

  // One item and the repetitions behind it.
  Fragment repeated(std::size_t depth, bool grouped) {
    letters_.reset();
    Fragment one = item(depth);
    blanks(grouped);
    for (std::uint32_t least = 0, most = 0; repetition(least, most); blanks(grouped)) {
      one = repeated(one, least, most);
      letters_.reset();
    }
    return one;
  }

  bool repetition(std::uint32_t& least, std::uint32_t& most) {
    least = 0;
    most = kUnbounded;
    if (take('*')) return true;
    if (take('+')) return least = 1, true;
    if (take('?')) return most = 1, true;
    if (!take('{')) return false;
    blanks(true);
    least = number();
    most = least;
    blanks(true);
    if (take(',')) {
      blanks(true);
      most = peek() == '}' ? kUnbounded : number();
      blanks(true);
    }
    if (!take('}')) wrong(phrase("}}"));
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

  Fragment repeated(Fragment one, std::uint32_t least, std::uint32_t most) {
    if (least == 0 && most == kUnbounded) return draft_.star(one);
    if (least == 0 && most == 1) return draft_.optional(one);
    if (least == 1 && most == 1) return one;
    if (least == 0 && most == 0) return draft_.nothing();
    if (letters_ && most != kUnbounded && most > kMostCopies) return draft_.call(draft_.counted(*letters_), least, most);
    // Once as a rule, called by its copies or counted.
    const RuleId part = draft_.as_rule("part", one);
    if ((most == kUnbounded ? least : most) > kMostCopies) return draft_.call(draft_.counted(part), least, most);
    Fragment all = draft_.nothing();
    for (std::uint32_t i = 0; i < least; ++i) all = draft_.then(all, draft_.call(part));
    if (most == kUnbounded) return draft_.then(all, draft_.star(draft_.call(part)));
    const std::uint32_t end = draft_.node();
    for (std::uint32_t i = least; i < most; ++i) {
      draft_.empty(all.end, end);
      all = draft_.then(all, draft_.call(part));
    }
    draft_.empty(all.end, end);
    return {all.begin, end};
  }

  Fragment item(std::size_t depth) {
    const char c = peek();
    if (take('(')) {
      blanks(true);
      const Fragment inner = alternatives(depth + 1, true);
      letters_.reset();
      blanks(true);
      if (!take(')')) wrong(phrase(")"));
      return inner;
    }
    if (take('"')) {
      std::string bytes;
      while (peek() != '"') unicode::append(bytes, letter());
      ++at_;
      return draft_.literal(bytes);
    }
    if (take('[')) return draft_.one_of(*(letters_ = char_class()));
    if (take('.')) return draft_.one_of(*(letters_ = complement({})));
    if (!of_name(c)) wrong(phrase("a rule, a text in quotes, a class in brackets or a group"));
    return draft_.call(rule_named(name()));
  }

  Ranges char_class() {
    const bool negated = take('^');
    Ranges ranges;
    while (peek() != ']') {
      const char32_t low = letter();
      char32_t high = low;
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        high = letter();
        if (high < low) wrong(phrase("a range with the smaller letter first"));
      }
      draft_.meter().step();
      ranges.push_back({low, high});
    }
    ++at_;
    ranges = normal(std::move(ranges));
    return negated ? complement(ranges) : ranges;
  }

  char32_t letter() {
    if (at_ >= text_.size() || peek() == '\n') wrong(phrase("the closing sign before the end of the line"));
    if (!take('\\')) return unicode::next(text_, at_);
    const char c = peek();
    ++at_;
    switch (c) {
      case 'x': return hex(2);
      case 'u': return hex(4);
      case 'U': return hex(8);
      case 't': return '\t';
      case 'r': return '\r';
      case 'n': return '\n';
      case '\\': case '"': case '[': case ']': case '-': case '^': return char32_t(c);
      default: --at_; wrong(phrase("one of x u U t r n \\ \" [ ] - ^ behind a backslash"));
    }
  }
  char32_t hex(int digits) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const char c = peek();
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) wrong(phrase("{} hexadecimal digits", digits));
      value = value * 16 + char32_t(digit);
    }
    if (value > kLastCodePoint || (value >= 0xD800 && value < 0xE000)) wrong(phrase("a code point, no surrogate, up to U+10FFFF"));
    return value;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Draft& draft_;
  std::map<std::string, RuleId> rules_;
  std::optional<Ranges> letters_;  // the last item, where it was a class
};

}  // namespace

Grammar::Pointer Grammar::from_gbnf(std::string_view text, const Budget& budget) {
  Meter meter(budget);
  meter.where = "GBNF";
  meter.text(text.size());
  const auto invalid = unicode::first_invalid(text);
  check(!invalid, "GBNF: not UTF-8 at byte {}", invalid.value_or(0));
  Draft draft(meter);
  const RuleId root = draft.declare("root");
  Gbnf(text, draft, root).read();
  return std::make_shared<const Grammar>(draft.finish());
}

}  // namespace maru::grammar
