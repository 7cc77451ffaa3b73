// The piece hash (open addressing, linear probing) and the longest-match search for added tokens.
#include "maru/text/vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "maru/base/unicode.h"
#include "maru/text/pattern.h"

namespace maru::text {

std::uint64_t Vocabulary::hash(std::string_view piece, std::uint64_t seed) {
  for (const char byte : piece) seed = step(seed, byte);
  return seed;
}

void Vocabulary::reserve(std::size_t pieces, std::size_t bytes) {
  ends_.reserve(pieces);
  text_.reserve(bytes);
}

void Vocabulary::add(std::string_view piece) {
  text_.append(piece);
  ends_.push_back(std::uint32_t(text_.size()));
  longest_ = std::max(longest_, piece.size());
}

std::optional<std::int32_t> Vocabulary::index() {
  slots_.assign(std::bit_ceil(std::max<std::size_t>(ends_.size() * 2, 16)), Slot{});
  const std::size_t mask = slots_.size() - 1;
  std::optional<std::int32_t> twice;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const std::uint64_t h = hash(piece(i));
    if (!twice) {
      if (const std::int32_t before = find({}, piece(i), h); before >= 0) twice = std::int32_t(i);
    }
    std::size_t at = place(h) & mask;
    while (slots_[at].id >= 0) at = (at + 1) & mask;
    slots_[at] = {std::uint32_t(h >> 32), std::int32_t(i)};
  }
  return twice;
}

std::int32_t Vocabulary::find(std::string_view prefix, std::string_view rest, std::uint64_t hash) const {
  if (slots_.empty()) return -1;
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = place(hash) & mask; slots_[at].id >= 0; at = (at + 1) & mask) {
    if (slots_[at].tag != std::uint32_t(hash >> 32)) continue;
    const std::string_view there = piece(std::size_t(slots_[at].id));
    if (there.size() == prefix.size() + rest.size() && there.starts_with(prefix) && there.ends_with(rest)) return slots_[at].id;
  }
  return -1;
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::erase_if(tokens_, [](const AddedToken& t) { return t.content.empty(); });
  std::sort(tokens_.begin(), tokens_.end(), [](const AddedToken& a, const AddedToken& b) { return a.content < b.content; });
  for (const AddedToken& t : tokens_) begins_[std::uint8_t(t.content[0])] = true;
}

// Narrows the sorted list byte by byte: after k bytes it holds the tokens that begin with the k bytes at `at`.
const AddedToken* AddedTokens::longest_at(std::string_view text, std::size_t at, bool specials) const {
  const AddedToken* best = nullptr;
  auto low = tokens_.begin(), high = tokens_.end();
  for (std::size_t depth = 0; low != high; ++depth) {
    if (low->content.size() == depth) {
      if (specials || !low->special) best = &*low;
      ++low;
    }
    if (at + depth >= text.size()) break;
    const auto byte = std::uint8_t(text[at + depth]);
    low = std::lower_bound(low, high, byte, [&](const AddedToken& t, std::uint8_t b) { return std::uint8_t(t.content[depth]) < b; });
    high = std::upper_bound(low, high, byte, [&](std::uint8_t b, const AddedToken& t) { return b < std::uint8_t(t.content[depth]); });
  }
  return best;
}

namespace {

std::size_t previous(std::string_view text, std::size_t at) {
  do --at;
  while (at > 0 && (std::uint8_t(text[at]) & 0xC0) == 0x80);
  return at;
}
bool inside_word(std::string_view text, const AddedTokens::Match& m) {
  if (m.begin > 0) {
    std::size_t at = previous(text, m.begin);
    if (is_word_character(unicode::next(text, at))) return true;
  }
  std::size_t at = m.end;
  return at < text.size() && is_word_character(unicode::next(text, at));
}

}  // namespace

bool AddedTokens::any_special() const { return std::ranges::any_of(tokens_, &AddedToken::special); }

std::optional<AddedTokens::Match> AddedTokens::next(std::string_view text, std::size_t from, bool specials,
                                                   std::span<const std::size_t> borders) const {
  if (tokens_.empty()) return {};
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!begins_[std::uint8_t(text[at])]) continue;
    const AddedToken* token = longest_at(text, at, specials);
    if (token && token->special && !borders.empty()) {
      const auto border = std::ranges::upper_bound(borders, at);
      if (border != borders.end() && *border < at + token->content.size()) token = longest_at(text, at, false);
    }
    if (!token) continue;
    Match m{at, at + token->content.size(), token};
    if (token->single_word && inside_word(text, m)) {
      at = m.end - 1;
      continue;
    }
    while (token->strip_left && m.begin > from) {
      const std::size_t before = previous(text, m.begin);
      std::size_t behind = before;
      if (!unicode::is_white_space(unicode::next(text, behind))) break;
      m.begin = before;
    }
    while (token->strip_right && m.end < text.size()) {
      std::size_t behind = m.end;
      if (!unicode::is_white_space(unicode::next(text, behind))) break;
      m.end = behind;
    }
    return m;
  }
  return {};
}

}  // namespace maru::text
