#pragma once
// How SentencePiece changes a text before it cuts it, with the place each byte came from.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/piece_trie.h"
#include "maru/text/sentencepiece.h"

namespace maru::text {

class SentencePieceNormalizer {
 public:
  // Throws Error where the character map is broken.
  explicit SentencePieceNormalizer(const SentencePieceModel& model);

  struct Text {
    std::string text;
    std::vector<std::uint32_t> source;  // per byte and for the end: the byte of the given text; empty unless asked for
  };
  Text apply(std::string_view utf8, bool with_source) const;
  // The longest user-defined piece at `at`: its size, or 0.
  std::size_t user_defined(std::string_view text, std::size_t at) const;

 private:
  struct Prefix {
    std::string_view made;
    std::size_t taken;
  };
  Prefix prefix(std::string_view text, std::size_t at) const;
  std::string_view mapped(std::string_view text, std::size_t at, std::size_t& taken) const;

  bool add_dummy_prefix_, remove_extra_whitespaces_, escape_whitespaces_, whitespace_as_suffix_;
  Vocabulary user_pieces_;
  std::unique_ptr<PieceTrie> user_trie_;
  std::vector<std::uint32_t> units_;  // the double array; empty: no map
  std::string texts_;
};

}  // namespace maru::text
