// Builds the tree of a vocabulary. What a token means to a model is not known here.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/grammar/token_trie.h"

namespace maru::grammar {
namespace {

constexpr std::size_t kLongestToken = 4096;  // bytes; longer ones are never allowed: nobody trains such

void add_places(TokenTrie& trie) {
  std::vector<std::uint32_t> open{0};  // the path to the last place
  trie.places.push_back({});
  for (std::size_t i = 0; i < trie.ids.size(); ++i) {
    const std::string_view spelling = trie.bytes(trie.ids[i]);
    const std::string_view last = i == 0 ? std::string_view() : trie.bytes(trie.ids[i - 1]);
    std::size_t same = 0;
    while (same < std::min(spelling.size(), last.size()) && spelling[same] == last[same]) ++same;
    while (open.size() > same + 1) {
      trie.places[open.back()].behind = std::uint32_t(trie.places.size());
      open.pop_back();
    }
    for (std::size_t d = open.size() - 1; d < spelling.size(); ++d) {
      open.push_back(std::uint32_t(trie.places.size()));
      trie.places.push_back({.tokens = std::uint32_t(i), .depth = std::uint16_t(d + 1), .byte = std::uint8_t(spelling[d])});
    }
  }
  for (const std::uint32_t place : open) trie.places[place].behind = std::uint32_t(trie.places.size());
  const std::uint32_t end = std::uint32_t(trie.places.size());
  trie.places.push_back({.behind = end + 1, .tokens = std::uint32_t(trie.ids.size())});
}

}  // namespace

Tokens::Pointer Tokens::prepare(std::span<const Spelling> spellings, std::span<const std::int32_t> ends) {
  auto trie = std::make_shared<TokenTrie>();
  trie->is_end.resize(spellings.size());
  trie->special.resize(spellings.size());
  for (const std::int32_t id : ends) {
    check(id >= 0 && std::size_t(id) < spellings.size(), "grammar: the end token {} is outside the vocabulary of {} tokens", id,
          spellings.size());
    if (!trie->is_end[std::size_t(id)]) trie->ends.push_back(id);
    trie->is_end[std::size_t(id)] = true;
  }
  for (std::size_t i = 0; i < spellings.size(); ++i) {
    const Spelling& one = spellings[i];
    trie->text += one.bytes;
    trie->special[i] = one.special;
    trie->text_ends.push_back(std::uint32_t(trie->text.size()));
    if (one.special || trie->is_end[i] || one.bytes.empty() || one.bytes.size() > kLongestToken) continue;
    trie->ids.push_back(std::int32_t(i));
    trie->longest = std::max(trie->longest, one.bytes.size());
  }
  std::sort(trie->ids.begin(), trie->ids.end(), [&](std::int32_t a, std::int32_t b) {
    const std::string_view x = trie->bytes(a), y = trie->bytes(b);
    return x == y ? a < b : x < y;
  });
  add_places(*trie);
  return std::make_shared<const Tokens>(std::move(trie));
}

std::size_t Tokens::size() const { return trie_->size(); }
std::string_view Tokens::bytes(std::int32_t id) const { return trie_->bytes(id); }
bool Tokens::ends(std::int32_t id) const { return trie_->is_end[std::size_t(id)]; }

}  // namespace maru::grammar
