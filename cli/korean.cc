// Looks phrases up by pattern, and what stands in them by its text.
#include "cli/korean.h"

#include <fmt/args.h>

#include <optional>
#include <unordered_map>

#include "maru/base/unicode.h"

namespace maru::cli {
namespace {

const std::string_view* find(std::string_view english) {
  static const std::unordered_map<std::string_view, std::string_view> all = [] {
    std::unordered_map<std::string_view, std::string_view> out;
    for (const Translations table : korean_tables())
      for (const Translation& one : table) out.emplace(one.english, one.korean);
    return out;
  }();
  const auto at = all.find(english);
  return at == all.end() ? nullptr : &at->second;
}

// Whether the sound before a particle ends in a consonant: known for Hangul and for digits as they are read.
std::optional<bool> closed(std::string_view before) {
  while (!before.empty() && std::string_view("\"'`)]}").contains(before.back())) before.remove_suffix(1);
  if (before.empty()) return std::nullopt;
  if (const char c = before.back(); c >= '0' && c <= '9') return std::string_view("013678").contains(c);
  if (before.size() < 3) return std::nullopt;
  std::size_t at = before.size() - 3;
  const char32_t c = unicode::next(before, at);
  if (at != before.size() || c < 0xAC00 || c > 0xD7A3) return std::nullopt;
  return (c - 0xAC00) % 28 != 0;
}

// A particle follows the sound of the word before it, which no table can know: "은(는)" becomes 은 or 는 where the sound is plain.
std::string with_particles(std::string_view text) {
  struct Particle {
    std::string_view open_end, after_consonant, after_vowel;
  };
  constexpr Particle kParticles[] = {{"은(는)", "은", "는"}, {"이(가)", "이", "가"}, {"을(를)", "을", "를"}, {"와(과)", "과", "와"},
                                     {"(이)라는", "이라는", "라는"}};
  std::string out;
  while (!text.empty()) {
    const Particle* here = nullptr;
    for (const Particle& one : kParticles)
      if (text.starts_with(one.open_end)) here = &one;
    const std::optional<bool> consonant = here ? closed(out) : std::nullopt;
    if (!consonant) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    out += *consonant ? here->after_consonant : here->after_vowel;
    text.remove_prefix(here->open_end.size());
  }
  return out;
}

}  // namespace

std::string in_korean(const Phrase& phrase) {
  if (phrase.pattern.empty()) return phrase.text;  // a name or a number, which may look like a word of ours
  const std::string_view* pattern = find(phrase.pattern);
  if (!pattern) return phrase.text;
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  for (const Phrase& value : phrase.values) values.push_back(in_korean(value));
  return with_particles(fmt::vformat(*pattern, values));
}

std::string in_korean(std::string_view text) {
  const std::string_view* found = find(text);
  return std::string(found ? *found : text);
}

}  // namespace maru::cli
