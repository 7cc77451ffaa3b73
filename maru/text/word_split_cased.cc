// Scanners for the patterns of GPT-4o (Llama 4), Tekken (Mistral) and DeepSeek V3. The first two end a word where lower case meets upper case.
#include "maru/text/word_split_parts.h"

namespace maru::text {
namespace {

// What a character is to [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]* and [\p{Ll}\p{Lm}\p{Lo}\p{M}]+.
enum class Letter : unsigned char { none, upper, lower, either };

Letter letter_of(const Character& c) {
  if (c.code < 128) return c.kind != Kind::letter ? Letter::none : c.code >= 'a' ? Letter::lower : Letter::upper;
  if (c.code >= 0xAC00 && c.code <= 0xD7A3) return Letter::either;
  if (c.kind != Kind::letter) return c.kind == Kind::other && unicode::is_mark(c.code) ? Letter::either : Letter::none;
  return unicode::is_lower(c.code) ? Letter::lower : unicode::is_upper(c.code) ? Letter::upper : Letter::either;
}

std::size_t lower_run(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Character c = character(text, at);
    const Letter letter = letter_of(c);
    if (letter != Letter::lower && letter != Letter::either) break;
    at = c.end;
  }
  return at;
}

struct UpperRun {
  std::size_t end = 0;
  std::size_t either_end = 0;  // behind its last character that may count as lower; == begin when none does
};
UpperRun upper_run(std::string_view text, std::size_t at) {
  UpperRun found{at, at};
  while (found.end < text.size()) {
    const Character c = character(text, found.end);
    const Letter letter = letter_of(c);
    if (letter != Letter::upper && letter != Letter::either) break;
    found.end = c.end;
    if (letter == Letter::either) found.either_end = c.end;
  }
  return found;
}

// upper* lower+ : `upper*` gives back what `lower+` needs, down to its last character that is both.
std::size_t ending_lower(std::string_view text, std::size_t at) {
  const UpperRun upper = upper_run(text, at);
  const std::size_t end = lower_run(text, upper.end);
  return end != upper.end ? end : upper.either_end;
}

// [^\r\n\p{L}\p{N}]?upper*lower+ | [^\r\n\p{L}\p{N}]?upper+lower*  (marks are no letters: one may lead a word, or be its first)
std::size_t cased_word(std::string_view text, std::size_t at) {
  const Character first = character(text, at);
  const bool leads = first.kind != Kind::letter && first.kind != Kind::number && !line_end(first.code);
  if (leads)
    if (const std::size_t end = ending_lower(text, first.end); end != first.end) return end;
  if (const std::size_t end = ending_lower(text, at); end != at) return end;
  if (leads)
    if (const std::size_t end = upper_run(text, first.end).end; end != first.end) return end;
  return upper_run(text, at).end;
}

//  ?[^\s\p{L}\p{N}]+[\r\n/]*
std::size_t signs(std::string_view text, std::size_t at) {
  const std::size_t begin = text[at] == ' ' ? at + 1 : at;
  std::size_t end = run(text, begin, Kind::other);
  if (end == begin) return at;
  while (end < text.size() && (text[end] == '\r' || text[end] == '\n' || text[end] == '/')) ++end;
  return end;
}

// GPT-4o: words may end with a contraction.
template <int digits, bool contractions>
std::size_t cased(std::string_view text, std::size_t at) {
  if (const std::size_t end = cased_word(text, at); end != at) {
    return contractions && end < text.size() ? contraction(text, end, true) : end;
  }
  if (const std::size_t end = some_digits(text, at, digits); end != at) return end;
  if (const std::size_t end = signs(text, at); end != at) return end;
  return blanks(text, at);
}

// DeepSeek V3: \p{N}{1,3}, then [一-龥぀-ゟ゠-ヿ]+, then the words.
std::size_t three_numbers(std::string_view text, std::size_t at) { return some_digits(text, at, 3); }

std::size_t kana_and_han(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Character c = character(text, at);
    if (!((c.code >= 0x4E00 && c.code <= 0x9FA5) || (c.code >= 0x3040 && c.code <= 0x30FF))) break;
    at = c.end;
  }
  return at;
}

enum class Part : unsigned char { letter, sign, number, space, rest };  // marks count as letters, symbols as punctuation
Part part_of(const Character& c) {
  if (c.kind == Kind::letter) return Part::letter;
  if (c.kind == Kind::number) return Part::number;
  if (c.kind == Kind::space) return Part::space;
  switch (unicode::category(c.code)) {
    case unicode::Category::mark: return Part::letter;
    case unicode::Category::punctuation:
    case unicode::Category::symbol: return Part::sign;
    default: return Part::rest;
  }
}
std::size_t part_run(std::string_view text, std::size_t at, Part part) {
  while (at < text.size()) {
    const Character c = character(text, at);
    if (part_of(c) != part) break;
    at = c.end;
  }
  return at;
}

// [!-/:-@\[-`{-~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
std::size_t deepseek_words(std::string_view text, std::size_t at) {
  const Character first = character(text, at);
  const Part part = part_of(first);
  if (first.code < 128 && part == Part::sign) {
    std::size_t end = first.end;
    while (end < text.size() && static_cast<unsigned char>(text[end]) < 128 && kAscii[std::size_t(text[end])] == Kind::letter) ++end;
    if (end != first.end) return end;
  }
  if (first.kind != Kind::letter && part != Part::sign && !line_end(first.code)) {
    if (const std::size_t end = part_run(text, first.end, Part::letter); end != first.end) return end;
  }
  if (part == Part::letter) return part_run(text, at, Part::letter);
  const std::size_t begin = first.code == U' ' ? first.end : at;
  if (std::size_t end = part_run(text, begin, Part::sign); end != begin) {
    while (end < text.size() && (text[end] == '\r' || text[end] == '\n')) ++end;
    return end;
  }
  return part == Part::space ? blanks(text, at) : at;
}

#define MARU_LEAD R"([^\r\n\p{L}\p{N}]?)"
#define MARU_UPPER R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define MARU_LOWER R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define MARU_CONTRACTION R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
#define MARU_REST R"(| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"
constexpr std::string_view kGpt4o = MARU_LEAD MARU_UPPER "*" MARU_LOWER "+" MARU_CONTRACTION "|" MARU_LEAD MARU_UPPER "+" MARU_LOWER "*"
    MARU_CONTRACTION R"(|\p{N}{1,3})" MARU_REST;
constexpr std::string_view kTekken =
    MARU_LEAD MARU_UPPER "*" MARU_LOWER "+|" MARU_LEAD MARU_UPPER "+" MARU_LOWER R"(*|\p{N})" MARU_REST;
#undef MARU_LEAD
#undef MARU_UPPER
#undef MARU_LOWER
#undef MARU_CONTRACTION
#undef MARU_REST

struct Known {
  std::string_view regex;
  Scanner match;
};
constexpr Known kKnown[] = {
    {kGpt4o, cased<3, true>},
    {kTekken, cased<1, false>},
    {R"(\p{N}{1,3})", three_numbers},
    {"[一-龥\u3040-ゟ゠-ヿ]+", kana_and_han},
    {R"([一-龥\x{3040}-ゟ゠-ヿ]+)", kana_and_han},
    {R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*)"
     R"(|\s*[\r\n]+|\s+(?!\S)|\s+)",
     deepseek_words},
};

}  // namespace

std::optional<Split> cased_split_for_regex(std::string_view regex) {
  for (const Known& one : kKnown)
    if (one.regex == regex) return Split{one.match};
  return {};
}

}  // namespace maru::text
