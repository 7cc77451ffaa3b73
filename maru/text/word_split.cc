// Scanners for the patterns of GPT-2, SmolLM, Llama 3, Qwen 2, DeepSeek Coder and Falcon. Each follows its pattern's order of
// alternatives: the first that matches wins, not the longest.
#include "maru/text/word_split.h"

#include <array>

#include "maru/base/unicode.h"

namespace maru::text {
namespace {

enum class Kind : unsigned char { other, letter, number, space };

constexpr std::array<Kind, 128> ascii_kinds() {
  std::array<Kind, 128> kinds{};
  for (int c = 'a'; c <= 'z'; ++c) kinds[std::size_t(c)] = kinds[std::size_t(c - 32)] = Kind::letter;
  for (int c = '0'; c <= '9'; ++c) kinds[std::size_t(c)] = Kind::number;
  for (int c = 9; c <= 13; ++c) kinds[std::size_t(c)] = Kind::space;
  kinds[' '] = Kind::space;
  return kinds;
}
constexpr std::array<Kind, 128> kAscii = ascii_kinds();

Kind kind_of(char32_t c) {
  if (c < 128) return kAscii[c];
  if (c >= 0xAC00 && c <= 0xD7A3) return Kind::letter;  // Hangul syllables, the bulk of Korean text
  if (unicode::is_white_space(c)) return Kind::space;
  const unicode::Category k = unicode::category(c);
  return k == unicode::Category::letter ? Kind::letter : k == unicode::Category::number ? Kind::number : Kind::other;
}

struct Character {
  Kind kind = Kind::other;
  char32_t code = 0;
  std::size_t end = 0;  // == where it was asked for at the end of the text
};
Character character(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {Kind::other, 0, at};
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 128) return {kAscii[byte], byte, at + 1};
  std::size_t end = at;
  const char32_t c = unicode::next(text, end);
  return {kind_of(c), c, end};
}
std::size_t run(std::string_view text, std::size_t at, Kind kind) {
  while (at < text.size()) {
    const Character c = character(text, at);
    if (c.kind != kind) break;
    at = c.end;
  }
  return at;
}
bool line_end(char32_t c) { return c == U'\r' || c == U'\n'; }

// 's|'t|'re|'ve|'m|'ll|'d
std::size_t contraction(std::string_view text, std::size_t at, bool any_case) {
  if (text[at] != '\'' || at + 1 >= text.size()) return at;
  const auto low = [&](std::size_t i) -> char {
    if (i >= text.size()) return 0;
    return any_case && text[i] >= 'A' && text[i] <= 'Z' ? char(text[i] + 32) : text[i];
  };
  const char a = low(at + 1), b = low(at + 2);
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return at + 2;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return at + 3;
  // LATIN SMALL LETTER LONG S is an s when case does not count.
  if (any_case && text.substr(at + 1).starts_with("\xC5\xBF")) return at + 3;
  return at;
}

// \s+(?!\S)|\s+ : a run of white space leaves its last character to the word behind it.
std::size_t spaces(std::string_view text, std::size_t at, bool alone) {
  std::size_t end = at, last = at;
  while (end < text.size()) {
    const Character c = character(text, end);
    if (c.kind != Kind::space) break;
    last = end;
    end = c.end;
  }
  if (end == text.size()) return end;
  if (last > at) return last;
  return alone ? end : at;
}

// '(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
template <bool lone_space>
std::size_t gpt2(std::string_view text, std::size_t at) {
  if (const std::size_t end = contraction(text, at, false); end != at) return end;
  const Character first = character(text, at);
  if (first.kind != Kind::space) return run(text, first.end, first.kind);
  if (first.code == U' ') {
    const Character second = character(text, first.end);
    if (second.end != first.end && second.kind != Kind::space) return run(text, second.end, second.kind);
  }
  return spaces(text, at, lone_space);
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
template <int digits>
std::size_t llama3(std::string_view text, std::size_t at) {
  if (const std::size_t end = contraction(text, at, true); end != at) return end;
  const Character first = character(text, at);
  if (first.kind == Kind::letter) return run(text, first.end, Kind::letter);
  const Character second = character(text, first.end);
  if (first.kind != Kind::number && !line_end(first.code) && second.kind == Kind::letter) return run(text, second.end, Kind::letter);
  if (first.kind == Kind::number) {
    std::size_t end = first.end;
    for (int i = 1; i < digits; ++i) {
      const Character c = character(text, end);
      if (c.kind != Kind::number) break;
      end = c.end;
    }
    return end;
  }
  const bool spaced = first.code == U' ' && second.end != first.end && second.kind == Kind::other;
  if (first.kind == Kind::other || spaced) {
    std::size_t end = run(text, spaced ? second.end : first.end, Kind::other);
    while (end < text.size() && line_end(char32_t(static_cast<unsigned char>(text[end])))) ++end;
    return end;
  }
  const std::size_t stop = run(text, at, Kind::space);
  for (std::size_t i = stop; i > at; --i)
    if (line_end(char32_t(static_cast<unsigned char>(text[i - 1])))) return i;
  return spaces(text, at, true);
}

template <bool individual>
std::size_t digits(std::string_view text, std::size_t at) {
  const Character c = character(text, at);
  if (c.kind != Kind::number) return at;
  return individual ? c.end : run(text, c.end, Kind::number);
}

// DeepSeek Coder: [\r\n], \s?\p{L}+, \s?\p{P}+, [一-龥ࠀ-一가-퟿]+, \p{N}, each over what the one before left.
std::size_t line_ends(std::string_view text, std::size_t at) { return text[at] == '\r' || text[at] == '\n' ? at + 1 : at; }
bool punctuation(const Character& c) { return unicode::category(c.code) == unicode::Category::punctuation; }
std::size_t after_space(std::string_view text, std::size_t at) {
  const Character c = character(text, at);
  return c.kind == Kind::space ? c.end : at;
}
std::size_t spaced_letters(std::string_view text, std::size_t at) {
  const std::size_t begin = after_space(text, at), end = run(text, begin, Kind::letter);
  return end == begin ? at : end;
}
std::size_t spaced_punctuation(std::string_view text, std::size_t at) {
  const std::size_t begin = after_space(text, at);
  std::size_t end = begin;
  while (end < text.size()) {
    const Character c = character(text, end);
    if (!punctuation(c)) break;
    end = c.end;
  }
  return end == begin ? at : end;
}
std::size_t east_asian(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Character c = character(text, at);
    if (!((c.code >= 0x0800 && c.code <= 0x9FA5) || (c.code >= 0xAC00 && c.code <= 0xD7FF))) break;
    at = c.end;
  }
  return at;
}

// Falcon: [\p{P}\$\+<=>\^~\|`]+, then GPT-2's pattern without its last alternative, then [0-9][0-9][0-9].
std::size_t falcon_punctuation(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Character c = character(text, at);
    const bool sign = c.code < 128 && std::string_view("$+<=>^~|`").contains(char(c.code));
    if (!sign && !punctuation(c)) break;
    at = c.end;
  }
  return at;
}
std::size_t three_digits(std::string_view text, std::size_t at) {
  if (at + 3 > text.size()) return at;
  for (std::size_t i = at; i < at + 3; ++i)
    if (text[i] < '0' || text[i] > '9') return at;
  return at + 3;
}

}  // namespace

Split gpt2_split() { return {gpt2<true>}; }
Split digits_split(bool individual) { return {individual ? digits<true> : digits<false>}; }

std::optional<Split> split_for_regex(std::string_view regex) {
  if (regex == R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)" ||
      regex == R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)")
    return gpt2_split();
  static constexpr std::string_view kHead = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)";
  static constexpr std::string_view kTail = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  if (!regex.starts_with(kHead) || !regex.ends_with(kTail)) return {};
  const std::string_view number = regex.substr(kHead.size(), regex.size() - kHead.size() - kTail.size());
  if (number == R"(\p{N}{1,3})") return Split{llama3<3>};
  if (number == R"(\p{N})") return Split{llama3<1>};
  return {};
}

std::optional<std::vector<Split>> splits_for_gguf(std::string_view name) {
  using Splits = std::vector<Split>;
  if (name == "gpt-2" || name == "gpt2") return Splits{gpt2_split()};
  if (name == "smollm" || name == "starcoder" || name == "refact" || name == "command-r") return Splits{digits_split(true), gpt2_split()};
  if (name == "llama-bpe" || name == "llama3" || name == "llama-v3") return Splits{{llama3<3>}};
  if (name == "qwen2" || name == "deepseek-r1-qwen") return Splits{{llama3<1>}};
  if (name == "deepseek-coder") return Splits{{line_ends}, {spaced_letters}, {spaced_punctuation}, {east_asian}, {digits<true>}};
  if (name == "falcon") return Splits{{falcon_punctuation}, {gpt2<false>}, {three_digits}};
  return {};
}

}  // namespace maru::text
