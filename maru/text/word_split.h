#pragma once
// The splitting patterns of known tokenizers as hand-written scanners: they read each byte once or twice and need no regex engine.
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace maru::text {

// Finds the match of one pattern that begins at `at`: its end, or `at` when there is none. `text` ends where a lookahead ends.
using Scanner = std::size_t (*)(std::string_view text, std::size_t at);
struct Split {
  Scanner match = nullptr;  // what lies between matches is a word as well
};

// The scanner for a regular expression as tokenizer.json spells it, or nothing for one that is not known.
std::optional<Split> split_for_regex(std::string_view regex);
Split gpt2_split();
Split digits_split(bool individual);
// The splits behind a GGUF's tokenizer.ggml.pre, or nothing for a name that is not known.
std::optional<std::vector<Split>> splits_for_gguf(std::string_view name);

// Calls word(begin, end) for each word of text[begin, end), in order.
template <class F>
void for_each_word(std::span<const Split> splits, std::string_view text, std::size_t begin, std::size_t end, F&& word) {
  if (begin == end) return;
  if (splits.empty()) return word(begin, end);
  const std::string_view seen = text.substr(0, end);
  const auto rest = splits.subspan(1);
  std::size_t gap = begin, at = begin;
  while (at < end) {
    const std::size_t stop = splits[0].match(seen, at);
    if (stop == at) {  // the next code point
      do ++at;
      while (at < end && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
      continue;
    }
    for_each_word(rest, text, gap, at, word);
    for_each_word(rest, text, at, stop, word);
    gap = at = stop;
  }
  for_each_word(rest, text, gap, end, word);
}

}  // namespace maru::text
