#pragma once
// The four ways SentencePiece cuts a changed text into pieces.
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "maru/text/piece_trie.h"
#include "maru/text/sentencepiece.h"
#include "maru/text/sentencepiece_normalizer.h"

namespace maru::text {

// The pieces with their spellings in a hash.
struct SentencePieces {
  explicit SentencePieces(const SentencePieceModel& model);
  // The piece that a part of a text may become: normal, user-defined or unused; -1: none.
  std::int32_t find(std::string_view text) const;
  std::int32_t any(std::string_view text) const;  // of every type; the unknown piece where there is none
  bool fits(std::int32_t id) const {
    const SentencePieceType type = types[std::size_t(id)];
    return type == SentencePieceType::normal || type == SentencePieceType::user_defined || type == SentencePieceType::unused;
  }
  Vocabulary spelled;
  std::vector<float> scores;
  std::vector<SentencePieceType> types;
  std::int32_t unknown = 0;
};

struct CutPiece {
  std::int32_t id = 0;
  std::uint32_t begin = 0, end = 0;  // bytes of the text
};
class SentencePieceCutter {
 public:
  virtual ~SentencePieceCutter() = default;
  virtual std::vector<CutPiece> cut(std::string_view text) const = 0;
};
// `pieces` and `normalizer` stay where they are.
std::unique_ptr<SentencePieceCutter> unigram_cutter(const SentencePieces& pieces);
std::unique_ptr<SentencePieceCutter> merging_cutter(const SentencePieces& pieces, const SentencePieceNormalizer& normalizer);
std::unique_ptr<SentencePieceCutter> word_cutter(const SentencePieces& pieces, bool mark_as_suffix);
std::unique_ptr<SentencePieceCutter> character_cutter(const SentencePieces& pieces, const SentencePieceNormalizer& normalizer);

}  // namespace maru::text
