// At each place the longest entry of the character map is replaced, user-defined pieces stay, blanks are gathered and written as U+2581.
// The map: four bytes of size, a double-array trie (Darts: Yata et al.), and texts that end in 0. Every step through it is checked.
// Unlike tokenizer.json's Precompiled, which replaces the shortest entry within a grapheme cluster.
#include "maru/text/sentencepiece_normalizer.h"

#include <cstring>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::text {
namespace {

constexpr std::size_t kLargestMap = std::size_t{64} << 20;
constexpr std::string_view kMark = "\u2581";

std::size_t offset(std::uint32_t unit) { return std::size_t(unit >> 10) << ((unit & (1u << 9)) >> 6); }

}  // namespace

SentencePieceNormalizer::SentencePieceNormalizer(const SentencePieceModel& model)
    : add_dummy_prefix_(model.add_dummy_prefix),
      remove_extra_whitespaces_(model.remove_extra_whitespaces),
      escape_whitespaces_(model.escape_whitespaces),
      whitespace_as_suffix_(model.whitespace_as_suffix) {
  for (const SentencePiece& piece : model.pieces)
    if (piece.type == SentencePieceType::user_defined) user_pieces_.add(piece.text);
  if (user_pieces_.size() > 0) user_trie_ = std::make_unique<PieceTrie>(user_pieces_, user_pieces_.size());
  const std::string& bytes = model.charsmap;
  if (bytes.empty()) return;
  check(bytes.size() > 4 && bytes.size() <= kLargestMap, "{}: a character map of {} bytes; expected 5 to {}", model.where, bytes.size(),
        kLargestMap);
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data(), 4);
  check(size % 4 == 0 && size >= 4 && size <= bytes.size() - 4,
        "{}: the trie of the character map has {} bytes; expected a multiple of 4 up to {}", model.where, size, bytes.size() - 4);
  units_.resize(size / 4);
  std::memcpy(units_.data(), bytes.data() + 4, size);
  texts_ = bytes.substr(4 + size);
  check(!unicode::first_invalid(texts_), "{}: the texts of the character map are not UTF-8", model.where);
}

std::size_t SentencePieceNormalizer::user_defined(std::string_view text, std::size_t at) const {
  std::size_t longest = 0;
  if (user_trie_) user_trie_->each(text, at, [&](std::size_t end, std::int32_t) { longest = end - at; });
  return longest;
}

// What the longest entry at `at` becomes; `taken` is 0 when there is none.
std::string_view SentencePieceNormalizer::mapped(std::string_view text, std::size_t at, std::size_t& taken) const {
  taken = 0;
  std::string_view out;
  if (units_.empty()) return out;
  std::size_t node = offset(units_[0]);
  for (std::size_t i = at; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    node ^= byte;
    if (byte == 0 || node >= units_.size()) break;
    const std::uint32_t unit = units_[node];
    if ((unit & 0x800000FFu) != byte) break;
    node ^= offset(unit);
    if (node >= units_.size()) break;
    if ((unit >> 8 & 1) == 0) continue;
    const std::size_t begin = units_[node] & 0x7FFFFFFFu;
    const bool inside = i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0) == 0x80;
    if (inside || begin >= texts_.size() || (static_cast<unsigned char>(texts_[begin]) & 0xC0) == 0x80) continue;
    const std::size_t end = texts_.find('\0', begin);
    out = std::string_view(texts_).substr(begin, end == std::string::npos ? end : end - begin);
    taken = i + 1 - at;
  }
  return out;
}

SentencePieceNormalizer::Prefix SentencePieceNormalizer::prefix(std::string_view text, std::size_t at) const {
  if (const std::size_t size = user_defined(text, at); size > 0) return {text.substr(at, size), size};
  std::size_t taken = 0;
  const std::string_view made = mapped(text, at, taken);
  if (taken > 0) return {made, taken};
  std::size_t end = at;
  unicode::next(text, end);
  return {text.substr(at, end - at), end - at};
}

SentencePieceNormalizer::Text SentencePieceNormalizer::apply(std::string_view utf8, bool with_source) const {
  Text out;
  std::size_t at = 0;
  if (remove_extra_whitespaces_)
    while (at < utf8.size()) {
      const Prefix p = prefix(utf8, at);
      if (p.made != " ") break;
      at += p.taken;
    }
  if (at == utf8.size()) return out;
  const std::string_view mark = escape_whitespaces_ ? kMark : std::string_view(" ");
  const auto put = [&](std::string_view text) {
    out.text += text;
    if (with_source) out.source.resize(out.text.size(), std::uint32_t(at));
  };
  if (add_dummy_prefix_ && !whitespace_as_suffix_) put(mark);
  bool after_blank = remove_extra_whitespaces_;
  while (at < utf8.size()) {
    Prefix p = prefix(utf8, at);
    while (after_blank && p.made.starts_with(' ')) p.made.remove_prefix(1);
    for (std::size_t i = 0; i < p.made.size(); ++i) put(p.made[i] == ' ' ? mark : p.made.substr(i, 1));
    if (!p.made.empty()) after_blank = remove_extra_whitespaces_ && p.made.ends_with(' ');
    at += p.taken;
  }
  if (remove_extra_whitespaces_)
    while (out.text.ends_with(mark)) {
      const std::size_t size = out.text.size() - mark.size();
      if (with_source) at = out.source[size], out.source.resize(size);
      out.text.resize(size);
    }
  if (add_dummy_prefix_ && whitespace_as_suffix_) put(mark);
  if (with_source) out.source.push_back(std::uint32_t(at));
  return out;
}

}  // namespace maru::text
