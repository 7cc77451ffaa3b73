// Patterns and the bounded regular expressions of PCRE2, spelled as the reference's engine (Oniguruma) reads them.
#define PCRE2_CODE_UNIT_WIDTH 8
#include "maru/text/pattern.h"

#include <pcre2.h>
#include <utf8proc.h>

#include <array>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::text {
namespace {

constexpr std::uint32_t kMostSteps = 10'000'000, kMostDepth = 1'000'000, kMostKilobytes = 64 << 10;
constexpr std::size_t kLongestExpression = 16 << 10;

class Literal final : public Pattern {
 public:
  explicit Literal(std::string text) : text_(std::move(text)) {}
  void each(std::string_view text, const Found& found) const override {
    if (text_.empty()) return;
    for (std::size_t at = 0; (at = text.find(text_, at)) != std::string_view::npos; at += text_.size()) found(at, at + text_.size());
  }

 private:
  std::string text_;
};

template <class Is>
class Characters final : public Pattern {
 public:
  Characters(Is is, bool runs) : is_(is), runs_(runs) {}
  void each(std::string_view text, const Found& found) const override {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t begin = at;
      if (!is_(unicode::next(text, at))) continue;
      for (std::size_t end = at; runs_ && end < text.size() && is_(unicode::next(text, end));) at = end;
      found(begin, at);
    }
  }

 private:
  Is is_;
  bool runs_;
};

class Scanned final : public Pattern {
 public:
  explicit Scanned(Split split) : split_(split) {}
  void each(std::string_view text, const Found& found) const override {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t stop = split_.match(text, at);
      if (stop != at) found(at, stop), at = stop;
      else unicode::next(text, at);
    }
  }

 private:
  Split split_;
};

// PCRE2's \w has fewer characters than the reference's, which takes marks and letters in circles, too.
std::string respelled(std::string_view expression) {
  static constexpr std::string_view kWord =
      R"(\p{L}\p{M}\p{N}\p{Pc}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189})";
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\' && i + 1 < expression.size()) {
      const char next = expression[++i];
      if (next == 'w') out += in_class ? std::string(kWord) : "[" + std::string(kWord) + "]";
      else if (next == 'W' && !in_class) out += "[^" + std::string(kWord) + "]";
      else if (next == 'h') out += in_class ? "0-9a-fA-F" : "[0-9a-fA-F]";
      else (out += c) += next;
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    out += c;
  }
  return out;
}

class Regex final : public Pattern {
 public:
  Regex(std::string_view expression, std::string_view where) : expression_(expression), where_(where) {
    check(expression.size() <= kLongestExpression, "{}: a pattern of {} bytes is longer than {}", where, expression.size(),
          kLongestExpression);
    const std::string spelled = respelled(expression);
    int error = 0;
    PCRE2_SIZE at = 0;
    const std::uint32_t flags = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(spelled.data()), spelled.size(), flags, &error, &at, nullptr));
    if (!code_) {
      std::array<PCRE2_UCHAR, 256> text{};
      pcre2_get_error_message(error, text.data(), text.size());
      fail(ErrorKind::invalid, "{}: {:?} is no regular expression that can be read: {} (at byte {})", where, expression,
           reinterpret_cast<const char*>(text.data()), at);
    }
    limits_.reset(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(limits_.get(), kMostSteps);
    pcre2_set_depth_limit(limits_.get(), kMostDepth);
    pcre2_set_heap_limit(limits_.get(), kMostKilobytes);
  }

  void each(std::string_view text, const Found& found) const override {
    const std::unique_ptr<pcre2_match_data, void (*)(pcre2_match_data*)> data(pcre2_match_data_create(1, nullptr), pcre2_match_data_free);
    for (std::size_t at = 0; at < text.size();) {
      const int n = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at, PCRE2_NO_UTF_CHECK, data.get(),
                                limits_.get());
      if (n == PCRE2_ERROR_NOMATCH) return;
      if (n < 0)
        fail(ErrorKind::limit, "{}: the pattern {:?} gave up at byte {} of a text of {} bytes: more than {} steps, {} levels or {} KiB",
             where_, expression_, at, text.size(), kMostSteps, kMostDepth, kMostKilobytes);
      const PCRE2_SIZE* range = pcre2_get_ovector_pointer(data.get());
      const std::size_t begin = range[0], end = range[1];
      if (end > begin && begin >= at) {
        found(begin, end);
        at = end;
      } else {  // empty, or moved back by \K
        at = std::max(at, end);
        if (at < text.size()) unicode::next(text, at);
      }
    }
  }

 private:
  struct Free {
    void operator()(pcre2_code* p) const { pcre2_code_free(p); }
    void operator()(pcre2_match_context* p) const { pcre2_match_context_free(p); }
  };
  std::string expression_, where_;
  std::unique_ptr<pcre2_code, Free> code_;
  std::unique_ptr<pcre2_match_context, Free> limits_;
};

}  // namespace

std::unique_ptr<Pattern> literal_pattern(std::string text) { return std::make_unique<Literal>(std::move(text)); }
std::unique_ptr<Pattern> character_pattern(bool (*is)(char32_t)) { return std::make_unique<Characters<bool (*)(char32_t)>>(is, false); }
std::unique_ptr<Pattern> character_pattern(char32_t c) {
  const auto same = [c](char32_t x) { return x == c; };
  return std::make_unique<Characters<decltype(same)>>(same, false);
}
std::unique_ptr<Pattern> run_pattern(bool (*is)(char32_t)) { return std::make_unique<Characters<bool (*)(char32_t)>>(is, true); }
std::unique_ptr<Pattern> scanner_pattern(Split split) { return std::make_unique<Scanned>(split); }
std::unique_ptr<Pattern> regex_pattern(std::string_view expression, std::string_view where) {
  if (const auto split = split_for_regex(expression)) return scanner_pattern(*split);
  return std::make_unique<Regex>(expression, where);
}

bool is_word_character(char32_t c) {
  switch (utf8proc_category(utf8proc_int32_t(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC: return true;
    default:  // letters in circles, and joiners
      return (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
             (c >= 0x1F170 && c <= 0x1F189) || c == 0x200C || c == 0x200D;
  }
}

}  // namespace maru::text
