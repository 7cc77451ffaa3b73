// Scanners for the patterns of GPT-2, SmolLM, Llama 3, Qwen 2, DeepSeek Coder and Falcon. Each follows its pattern's order of
// alternatives: the first that matches wins, not the longest.
#include "maru/text/word_split.h"

#include "maru/text/word_split_parts.h"

namespace maru::text {
namespace {

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
  if (first.kind == Kind::number) return some_digits(text, at, digits);
  const bool spaced = first.code == U' ' && second.end != first.end && second.kind == Kind::other;
  if (first.kind == Kind::other || spaced) {
    std::size_t end = run(text, spaced ? second.end : first.end, Kind::other);
    while (end < text.size() && line_end(char32_t(static_cast<unsigned char>(text[end])))) ++end;
    return end;
  }
  return blanks(text, at);
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
  if (!regex.starts_with(kHead) || !regex.ends_with(kTail)) return cased_split_for_regex(regex);
  const std::string_view number = regex.substr(kHead.size(), regex.size() - kHead.size() - kTail.size());
  if (number == R"(\p{N}{1,3})") return Split{llama3<3>};
  if (number == R"(\p{N})") return Split{llama3<1>};
  return cased_split_for_regex(regex);
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
