// The lexer of chat templates.  Jinja documentation: Template Designer, "Whitespace Control" and "Escaping".
#include "maru/text/jinja_lexer.h"

#include <algorithm>
#include <charconv>

#include "maru/base/unicode.h"
#include "maru/text/jinja_value.h"

namespace maru::text::jinja {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80); }

// Jinja knows one kind of line end and leaves out the last one.
std::string normalised(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') out += source[i];
    else if (out += '\n'; i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) {
      const std::size_t tag = next_tag();
      data(tag);
      if (tag == source_.size()) break;
      const char kind = source_[tag + 1];
      move_to(tag + 2);
      if (at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+')) ++at_;
      if (kind == '#') comment();
      else tag_content(kind == '%');
    }
    add(TokenKind::end, {});
    return std::move(out_);
  }

 private:
  std::size_t next_tag() const {
    for (std::size_t i = at_; i + 1 < source_.size(); ++i)
      if (source_[i] == '{' && (source_[i + 1] == '{' || source_[i + 1] == '%' || source_[i + 1] == '#')) return i;
    return source_.size();
  }

  void data(std::size_t tag) {
    std::string_view text = std::string_view(source_).substr(at_, tag - at_);
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
    if (sign == '-') {
      while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    } else if (sign != '+' && tag < source_.size() && source_[tag + 1] != '{') {
      const std::size_t line_end = text.rfind('\n');
      const std::size_t start = line_end == std::string_view::npos ? 0 : line_end + 1;
      const bool blank = std::all_of(text.begin() + std::ptrdiff_t(start), text.end(), is_space);
      if (blank && (start > 0 || line_starting_)) text = text.substr(0, start);
    }
    if (!text.empty()) add(TokenKind::data, std::string(text));
    move_to(tag);
  }

  // Behind the end of a tag: "-" eats all white space, a block or comment eats one line end unless it says "+".
  void after_tag(char sign, bool trims) {
    const std::size_t from = at_;
    std::size_t to = at_;
    if (sign == '-') while (to < source_.size() && is_space(source_[to])) ++to;
    else if (trims && sign != '+' && to < source_.size() && source_[to] == '\n') ++to;
    move_to(to);
    line_starting_ = to > from && source_[to - 1] == '\n';
  }

  void comment() {
    const std::size_t close = source_.find("#}", at_);
    if (close == std::string::npos) throw Fault{.said = phrase("the comment that begins here has no #}}"), .line = line_};
    const char sign = close > at_ ? source_[close - 1] : '\0';
    move_to(close + 2);
    after_tag(sign, true);
  }

  void tag_content(bool block) {
    const std::string_view close = block ? "%}" : "}}";
    const int begun = line_;
    std::string open;  // brackets of the expression: "}}" inside a dictionary does not end the tag
    add(block ? TokenKind::block_begin : TokenKind::print_begin, {});
    for (;;) {
      while (at_ < source_.size() && is_space(source_[at_])) move_to(at_ + 1);
      if (at_ >= source_.size()) throw Fault{.said = phrase("the tag that begins here has no {}", close), .line = begun};
      const std::string_view rest = std::string_view(source_).substr(at_);
      const bool marked = (rest[0] == '-' || (block && rest[0] == '+')) && rest.substr(1).starts_with(close);
      if (open.empty() && (marked || rest.starts_with(close))) {
        const char sign = marked ? rest[0] : '\0';
        add(block ? TokenKind::block_end : TokenKind::print_end, {});
        move_to(at_ + close.size() + (marked ? 1 : 0));
        return after_tag(sign, block);
      }
      token(open);
    }
  }

  void token(std::string& open) {
    const char c = source_[at_];
    if (starts_name(c)) {
      take(TokenKind::name, [](char d) { return starts_name(d) || is_digit(d); });
    } else if (is_digit(c)) {
      number();
    } else if (c == '"' || c == '\'') {
      quoted(c);
    } else {
      sign(open);
    }
  }

  template <class Belongs>
  void take(TokenKind kind, Belongs belongs) {
    std::size_t to = at_ + 1;
    while (to < source_.size() && belongs(source_[to])) ++to;
    add(kind, source_.substr(at_, to - at_));
    at_ = to;
  }

  void number() {
    std::string digits;
    bool whole = true;
    const auto run = [&] {
      while (at_ < source_.size() && (is_digit(source_[at_]) || source_[at_] == '_'))
        if (const char c = source_[at_++]; c != '_') digits += c;
    };
    const auto digit_at = [&](std::size_t i) { return i < source_.size() && is_digit(source_[i]); };
    run();
    if (at_ < source_.size() && source_[at_] == '.' && digit_at(at_ + 1)) {
      whole = false;
      digits += source_[at_++];
      run();
    }
    if (at_ < source_.size() && (source_[at_] | 0x20) == 'e') {
      const bool signed_exponent = at_ + 1 < source_.size() && (source_[at_ + 1] == '-' || source_[at_ + 1] == '+');
      if (digit_at(at_ + (signed_exponent ? 2 : 1))) {
        whole = false;
        digits += source_[at_++];
        if (signed_exponent) digits += source_[at_++];
        run();
      }
    }
    add(whole ? TokenKind::integer : TokenKind::number, digits);
  }

  void quoted(char mark) {
    const int begun = line_;
    std::string text;
    for (++at_;; ) {
      if (at_ >= source_.size()) throw Fault{.said = phrase("the text that begins here has no closing quote"), .line = begun};
      const char c = source_[at_];
      if (c == '\n') ++line_;
      ++at_;
      if (c == mark) break;
      if (c == '\\' && at_ < source_.size()) escape(text);
      else text += c;
    }
    add(TokenKind::text, std::move(text));
    out_.back().line = begun;
  }

  // As Python's string literals; an escape that is unknown keeps its backslash.
  void escape(std::string& text) {
    static constexpr std::string_view kShort = "n\nt\tr\rb\bf\fa\av\v\\\\''\"\"";
    const char c = source_[at_++];
    for (std::size_t i = 0; i < kShort.size(); i += 2)
      if (kShort[i] == c) { text += kShort[i + 1]; return; }
    if (c == '\n') { ++line_; return; }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (!digits && !(c >= '0' && c <= '7')) { (text += '\\') += c; return; }
    std::uint32_t code = 0;
    const char* from = source_.data() + at_ - (digits ? 0 : 1);
    const char* end = from + std::min<std::size_t>(digits ? digits : 3, std::size_t(source_.data() + source_.size() - from));
    const auto read = std::from_chars(from, end, code, digits ? 16 : 8);
    const bool complete = read.ec == std::errc() && (!digits || read.ptr == from + digits);
    if (!complete || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
      throw Fault{.said = phrase("\\{} is not followed by the digits of a character", c), .line = line_};
    at_ = std::size_t(read.ptr - source_.data());
    unicode::append(text, char32_t(code));
  }

  void sign(std::string& open) {
    static constexpr std::string_view kSigns[] = {"**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "(", ")",
                                                  "[", "]", "{", "}", "<", ">", "=", ".", ":", "|", ",", ";"};
    const std::string_view rest = std::string_view(source_).substr(at_);
    for (const std::string_view sign : kSigns) {
      if (!rest.starts_with(sign)) continue;
      const char c = sign[0];
      if (c == '(') open += ')';
      else if (c == '[') open += ']';
      else if (c == '{') open += '}';
      else if (c == ')' || c == ']' || c == '}') {
        if (open.empty() || open.back() != c) throw Fault{.said = phrase("'{}' closes nothing that is open", c), .line = line_};
        open.pop_back();
      }
      add(TokenKind::sign, std::string(sign));
      at_ += sign.size();
      return;
    }
    throw Fault{.said = phrase("the character '{}' has no meaning in a template's expression", source_[at_]), .line = line_};
  }

  void add(TokenKind kind, std::string text) { out_.push_back({kind, std::move(text), line_}); }
  void move_to(std::size_t to) {
    line_ += int(std::count(source_.begin() + std::ptrdiff_t(at_), source_.begin() + std::ptrdiff_t(to), '\n'));
    at_ = to;
  }

  std::string source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> out_;
};
}  // namespace

std::vector<Token> tokens(std::string_view source) {
  if (const auto bad = unicode::first_invalid(source)) throw Fault{.said = phrase("not valid UTF-8 at byte {}", *bad), .line = 1};
  return Lexer(normalised(source)).run();
}

}  // namespace maru::text::jinja
