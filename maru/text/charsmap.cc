// SentencePiece's precompiled character map: four bytes of size, a double-array trie (Darts: Yata et al.), and texts that end in 0.
// Every step through the trie is checked, since the bytes come from a file.
#include <utf8proc.h>

#include <bit>
#include <cstring>
#include <optional>

#include "maru/base/unicode.h"
#include "maru/text/pipeline.h"

namespace maru::text {
namespace {

constexpr std::size_t kLargest = std::size_t{64} << 20;

class Charsmap final : public Normalizer {
 public:
  Charsmap(std::string_view bytes, std::string_view where) {
    if (bytes.empty()) return;
    check(bytes.size() > 4 && bytes.size() <= kLargest, "{}: a character map of {} bytes; expected 5 to {}", where, bytes.size(), kLargest);
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data(), 4);
    check(size % 4 == 0 && size >= 4 && size <= bytes.size() - 4,
          "{}: the trie of the character map has {} bytes; expected a multiple of 4 up to {}", where, size, bytes.size() - 4);
    units_.resize(size / 4);
    std::memcpy(units_.data(), bytes.data() + 4, size);
    texts_ = bytes.substr(4 + size);
    check(!unicode::first_invalid(texts_), "{}: the texts of the character map are not UTF-8", where);
    for (int c = 1; c < 128; ++c) {
      const char byte = char(c);
      ascii_changes_ = ascii_changes_ || find({&byte, 1}).has_value();
    }
  }

  void apply(Aligned& text) const override {
    if (units_.empty()) return;
    Aligned out;
    out.tracked = text.tracked;
    out.text.reserve(text.text.size());
    Rewrite rewrite(text, 0, text.text.size(), 0, out);
    const std::string_view old = text.text;
    for (std::size_t at = 0; at < old.size();) {
      const std::size_t end = cluster_end(old, at);
      cluster(rewrite, old.substr(at, end - at));
      at = end;
    }
    text = std::move(out);
  }

 private:
  // The end of the grapheme cluster at `at`.
  static std::size_t cluster_end(std::string_view text, std::size_t at) {
    std::size_t end = at;
    char32_t before = unicode::next(text, end);
    utf8proc_int32_t state = 0;
    while (end < text.size()) {
      std::size_t peek = end;
      const char32_t c = unicode::next(text, peek);
      if (before < 0x80 && c < 0x80) {
        if (before != U'\r' || c != U'\n') break;
      } else if (utf8proc_grapheme_break_stateful(utf8proc_int32_t(before), utf8proc_int32_t(c), &state)) {
        break;
      }
      before = c;
      end = peek;
    }
    return end;
  }

  void cluster(Rewrite& rewrite, std::string_view old) const {
    if (old.size() == 1 && !ascii_changes_) return rewrite.copy(1);
    if (old.size() < 6)  // sic: only short clusters are looked up whole
      if (const auto made = find(old)) return replace(rewrite, old, *made);
    for (std::size_t at = 0; at < old.size();) {
      const std::size_t begin = at;
      unicode::next(old, at);
      const std::string_view character = old.substr(begin, at - begin);
      if (const auto made = find(character)) replace(rewrite, character, *made);
      else rewrite.copy(character.size());
    }
  }

  static void replace(Rewrite& rewrite, std::string_view old, std::string_view made) {
    const auto before = std::ptrdiff_t(unicode::length(old)), after = std::ptrdiff_t(unicode::length(made));
    std::ptrdiff_t i = 0;
    for (std::size_t at = 0; at < made.size(); ++i) {
      const char32_t c = unicode::next(made, at);
      const bool last = i + 1 == after;
      rewrite.put(c, i >= before ? 1 : last && after < before ? int(after - before) : 0);
    }
    if (after == 0) rewrite.skip(std::size_t(before));
  }

  // What the shortest beginning of `text` in the trie leads to. The reference takes the shortest, too.
  std::optional<std::string_view> find(std::string_view text) const {
    std::size_t node = offset(units_[0]);
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte == 0) break;
      node ^= byte;
      if (node >= units_.size()) return {};
      const std::uint32_t unit = units_[node];
      if ((unit & 0x800000FFu) != byte) return {};
      node ^= offset(unit);
      if (node >= units_.size()) return {};
      if ((unit >> 8 & 1) == 0) continue;
      const std::size_t begin = units_[node] & 0x7FFFFFFFu;
      if (begin >= texts_.size()) return {};
      if (begin > 0 && (static_cast<unsigned char>(texts_[begin]) & 0xC0) == 0x80) return {};
      const std::size_t end = texts_.find('\0', begin);
      return std::string_view(texts_).substr(begin, end == std::string::npos ? end : end - begin);
    }
    return {};
  }
  static std::size_t offset(std::uint32_t unit) { return std::size_t(unit >> 10) << ((unit & (1u << 9)) >> 6); }

  std::vector<std::uint32_t> units_;
  std::string texts_;
  bool ascii_changes_ = false;
};

}  // namespace

std::unique_ptr<Normalizer> charsmap_normalizer(std::string_view bytes, std::string_view where) {
  return std::make_unique<Charsmap>(bytes, where);
}

}  // namespace maru::text
