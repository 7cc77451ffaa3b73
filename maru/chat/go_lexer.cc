// Cuts a Go template into text and the tokens of its actions, with the trim markers applied.
#include <algorithm>
#include <charconv>
#include <optional>

#include "maru/base/unicode.h"
#include "maru/chat/go_syntax.h"

namespace maru::chat::go {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

class Lexer {
 public:
  explicit Lexer(std::string_view source) : in_(source) {}

  std::vector<Token> run() {
    bool trim_front = false;
    while (true) {
      const std::size_t action = std::min(in_.find("{{", at_), in_.size());
      std::string_view text = in_.substr(at_, action - at_);
      const int line = line_;
      line_ += int(std::ranges::count(text, '\n'));
      if (trim_front) text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
      const bool trims = action + 3 < in_.size() && in_[action + 2] == '-' && kSpace.contains(in_[action + 3]);
      if (trims) text = text.substr(0, text.find_last_not_of(kSpace) + 1);
      if (!text.empty()) out_.push_back({.kind = TokenKind::data, .text = std::string(text), .line = line});
      if (action == in_.size()) break;
      at_ = action + (trims ? 3 : 2);
      trim_front = comment(trims) ? trimmed_ : inside();
    }
    out_.push_back({.kind = TokenKind::end, .line = line_});
    return std::move(out_);
  }

 private:
  [[noreturn]] void wrong(Phrase said) const { throw SyntaxFault{std::move(said), line_}; }
  std::string_view rest() const { return in_.substr(at_); }
  bool at_right() const {
    return rest().starts_with("}}") || (rest().size() >= 4 && kSpace.contains(in_[at_]) && rest().substr(1).starts_with("-}}"));
  }
  // Behind the right delimiter. -> whether the text that follows is trimmed
  bool pass_right() {
    const bool trims = !rest().starts_with("}}");
    if (trims && in_[at_] == '\n') ++line_;
    at_ += trims ? 4 : 2;
    return trims;
  }

  bool comment(bool after_trim) {
    std::size_t from = at_ + (after_trim ? 1 : 0);
    if (!in_.substr(from).starts_with("/*")) return false;
    const std::size_t end = in_.find("*/", from);
    if (end == std::string_view::npos) wrong(phrase("unclosed comment"));
    line_ += int(std::ranges::count(in_.substr(at_, end - at_), '\n'));
    at_ = end + 2;
    if (!at_right()) wrong(phrase("comment ends before closing delimiter"));
    trimmed_ = pass_right();
    return true;
  }

  void add(TokenKind kind, std::string text = {}) { out_.push_back({.kind = kind, .text = std::move(text), .line = line_}); }

  bool inside() {
    add(TokenKind::left);
    std::size_t open = 0;
    while (true) {
      if (at_right()) {
        if (open > 0) wrong(phrase("unclosed left paren"));
        add(TokenKind::right);
        return pass_right();
      }
      if (at_ >= in_.size()) wrong(phrase("unclosed action"));
      const char c = in_[at_];
      if (kSpace.contains(c)) {
        while (at_ < in_.size() && kSpace.contains(in_[at_]) && !at_right()) line_ += in_[at_++] == '\n';
        add(TokenKind::space);
      } else if (c == '=') {
        ++at_, add(TokenKind::assign);
      } else if (c == ':') {
        if (!rest().starts_with(":=")) wrong(phrase("expected :="));
        at_ += 2, add(TokenKind::declare);
      } else if (c == '|') {
        ++at_, add(TokenKind::pipe);
      } else if (c == ',') {
        ++at_, add(TokenKind::comma);
      } else if (c == '(') {
        ++at_, ++open, add(TokenKind::open);
      } else if (c == ')') {
        if (open-- == 0) wrong(phrase("unexpected right paren"));
        ++at_, add(TokenKind::close);
      } else if (c == '"' || c == '\'') {
        quoted(c);
      } else if (c == '`') {
        const std::size_t end = in_.find('`', at_ + 1);
        if (end == std::string_view::npos) wrong(phrase("unterminated raw quoted string"));
        const std::string_view raw = in_.substr(at_ + 1, end - at_ - 1);
        constant(Value::text(std::string(raw)));
        line_ += int(std::ranges::count(raw, '\n'));
        at_ = end + 1;
      } else if (c == '.' && !(at_ + 1 < in_.size() && in_[at_ + 1] >= '0' && in_[at_ + 1] <= '9')) {
        ++at_;
        const std::string name = word();
        if (name.empty()) add(TokenKind::dot);
        else add(TokenKind::field, name);
        terminator();
      } else if (c == '$') {
        ++at_;
        add(TokenKind::variable, "$" + word());
        terminator();
      } else if (c == '+' || c == '-' || c == '.' || (c >= '0' && c <= '9')) {
        number();
      } else if (std::string name = word(); !name.empty()) {
        if (name == "true" || name == "false") constant(Value::boolean(name == "true"));
        else if (name == "nil") constant({});
        else add(TokenKind::name, std::move(name));
        terminator();
      } else {
        if (c <= ' ' || c > '~') wrong(phrase("unrecognized character in action: {}", shown_character()));
        ++at_, add(TokenKind::other, std::string(1, c));
      }
    }
  }

  void constant(Value value) { out_.push_back({.kind = TokenKind::constant, .text = {}, .value = std::move(value), .line = line_}); }

  std::string word() {
    const std::size_t from = at_;
    while (at_ < in_.size()) {
      std::size_t next = at_;
      const char32_t c = unicode::next(in_, next);
      if (c != '_' && !unicode::is_letter(c) && !unicode::is_number(c)) break;
      at_ = next;
    }
    return std::string(in_.substr(from, at_ - from));
  }

  void terminator() const {
    if (at_ >= in_.size() || at_right() || (kSpace.contains(in_[at_]) || std::string_view(".,|:()").contains(in_[at_]))) return;
    wrong(phrase("bad character {}", shown_character()));
  }
  std::string shown_character() const {
    std::size_t next = at_;
    const auto c = std::uint32_t(unicode::next(in_, next));
    return fmt::format("U+{:04X}{}", c, c < 32 ? std::string() : fmt::format(" '{}'", in_.substr(at_, next - at_)));
  }

  void number() {
    const std::size_t from = at_;
    if (in_[at_] == '+' || in_[at_] == '-') ++at_;
    while (at_ < in_.size()) {
      const char c = in_[at_];
      const bool exponent = (c == '+' || c == '-') && (in_[at_ - 1] == 'e' || in_[at_ - 1] == 'E');
      if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && !exponent) break;
      ++at_;
    }
    std::string digits(in_.substr(from, at_ - from));
    const std::string shown = digits;
    std::erase(digits, '_');
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.erase(0, 1);
    int base = 10;
    std::size_t skip = 0;
    if (digits.size() > 2 && digits[0] == '0') {
      const char kind = char(digits[1] | 0x20);
      base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
      skip = base == 10 ? 0 : 2;
    }
    if (skip == 0 && digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of("01234567") == std::string::npos) base = 8;
    std::uint64_t whole = 0;
    const char* end = digits.data() + digits.size();
    if (const auto read = std::from_chars(digits.data() + skip, end, whole, base); read.ec == std::errc() && read.ptr == end) {
      if (whole > std::uint64_t(INT64_MAX)) wrong(phrase("{} overflows int", shown));
      return constant(Value::integer(negative ? -std::int64_t(whole) : std::int64_t(whole)));
    }
    double value = 0;
    const auto read = std::from_chars(digits.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || skip > 0) wrong(phrase("bad number syntax: {}", in_quotes(shown)));
    constant(Value::number(negative ? -value : value));
  }

  void quoted(char quote) {
    const std::size_t from = ++at_;
    std::string text;
    while (true) {
      if (at_ >= in_.size() || in_[at_] == '\n') {
        if (quote == '"') wrong(phrase("unterminated quoted string"));
        wrong(phrase("unterminated character constant"));
      }
      const char c = in_[at_++];
      if (c == quote) break;
      if (c != '\\') {
        text += c;
        continue;
      }
      escape(text, quote);
    }
    if (quote == '"') return constant(Value::text(std::move(text)));
    if (text.empty() || unicode::first_invalid(text) || unicode::length(text) != 1)
      wrong(phrase("malformed character constant: '{}'", in_.substr(from, at_ - from - 1)));
    std::size_t next = 0;
    constant(Value::integer(std::int64_t(unicode::next(text, next))));
  }

  void escape(std::string& text, char quote) {
    if (at_ >= in_.size()) wrong(phrase("unterminated quoted string"));
    const char c = in_[at_++];
    static constexpr std::string_view kLetters = "abfnrtv\\", kMeant = "\a\b\f\n\r\t\v\\";
    if (const std::size_t found = kLetters.find(c); found != std::string_view::npos) {
      text += kMeant[found];
      return;
    }
    if (c == quote) {
      text += c;
      return;
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 3;
    const int base = c >= '0' && c <= '7' ? 8 : 16;
    if (base == 8) --at_;
    else if (c != 'x' && c != 'u' && c != 'U') wrong(phrase("unknown escape \\{} in a string", c));
    std::uint32_t value = 0;
    const std::string_view written = in_.substr(at_, digits);
    const auto read = std::from_chars(written.data(), written.data() + written.size(), value, base);
    if (written.size() != digits || read.ec != std::errc() || read.ptr != written.data() + digits)
      wrong(phrase("a broken escape in a string"));
    at_ += digits;
    if (digits <= 3) {
      if (value > 255) wrong(phrase("a broken escape in a string"));
      text += char(value);
    } else {
      if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) wrong(phrase("a broken escape in a string"));
      unicode::append(text, char32_t(value));
    }
  }

  std::string_view in_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool trimmed_ = false;
  std::vector<Token> out_;
};

}  // namespace

std::vector<Token> tokens(std::string_view source) { return Lexer(source).run(); }

}  // namespace maru::chat::go
