// The small models: WordPiece and WordLevel over any words; and what several models share.
#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/pipeline.h"
#include "maru/text/text_stream.h"

namespace maru::text {
namespace {

// Schuster and Nakajima 2012: the longest pieces from the left; a word that cannot be cut is unknown.
class WordPieceModel final : public PieceModel {
 public:
  WordPieceModel(const Vocabulary& vocabulary, std::int32_t unknown, std::string continuing, std::size_t longest)
      : vocabulary_(vocabulary), unknown_(unknown), continuing_(std::move(continuing)), longest_(longest) {}

  void pieces(std::string_view word, std::vector<Piece>& out, std::size_t&) const override {
    const std::size_t before = out.size();
    bool known = unicode::length(word) <= longest_;
    for (std::size_t at = 0; known && at < word.size();) {
      const Piece piece = longest_piece(word, at);
      known = piece.id >= 0;
      if (known) out.push_back(piece), at = piece.end;
    }
    if (known) return;
    out.resize(before);
    out.push_back({unknown_, 0, std::uint32_t(word.size())});
  }

 private:
  Piece longest_piece(std::string_view word, std::size_t begin) const {
    const std::string_view prefix = begin > 0 ? std::string_view(continuing_) : std::string_view();
    if (prefix.size() > vocabulary_.longest()) return {.id = -1};
    std::uint64_t hash = Vocabulary::hash(prefix);
    Piece found{.id = -1};
    const std::size_t stop = std::min(word.size(), begin + vocabulary_.longest() - prefix.size());
    for (std::size_t at = begin; at < stop; ++at) {
      hash = Vocabulary::step(hash, word[at]);
      if (at + 1 < word.size() && (static_cast<unsigned char>(word[at + 1]) & 0xC0) == 0x80) continue;  // inside a character
      const std::int32_t id = vocabulary_.find(prefix, word.substr(begin, at + 1 - begin), hash);
      if (id >= 0) found = {id, std::uint32_t(begin), std::uint32_t(at + 1)};
    }
    return found;
  }
  const Vocabulary& vocabulary_;
  std::int32_t unknown_;
  std::string continuing_;
  std::size_t longest_;
};

class WordLevelModel final : public PieceModel {
 public:
  WordLevelModel(const Vocabulary& vocabulary, std::optional<std::int32_t> unknown, std::string where)
      : vocabulary_(vocabulary), unknown_(unknown), where_(std::move(where)) {}
  void pieces(std::string_view word, std::vector<Piece>& out, std::size_t&) const override {
    std::int32_t id = word.size() <= vocabulary_.longest() ? vocabulary_.find(word) : -1;
    if (id < 0) {
      check(unknown_.has_value(), "{}: the word {:?} is not in the vocabulary, which has no unknown token", where_, word.substr(0, 100));
      id = *unknown_;
    }
    out.push_back({id, 0, std::uint32_t(word.size())});
  }

 private:
  const Vocabulary& vocabulary_;
  std::optional<std::int32_t> unknown_;
  std::string where_;
};

}  // namespace

std::unique_ptr<PieceModel> wordpiece_model(const Vocabulary& vocabulary, std::int32_t unknown, std::string continuing,
                                            std::size_t longest) {
  return std::make_unique<WordPieceModel>(vocabulary, unknown, std::move(continuing), longest);
}
std::unique_ptr<PieceModel> word_level_model(const Vocabulary& vocabulary, std::optional<std::int32_t> unknown, std::string where) {
  return std::make_unique<WordLevelModel>(vocabulary, unknown, std::move(where));
}

int byte_piece(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return -1;
  int byte = 0;
  for (const char c : piece.substr(3, 2)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return -1;
    byte = byte * 16 + digit;
  }
  return byte;
}

std::array<std::int32_t, 256> byte_pieces(const Vocabulary& vocabulary) {
  std::array<std::int32_t, 256> out{};
  for (std::size_t b = 0; b < 256; ++b) out[b] = vocabulary.find(fmt::format("<0x{:02X}>", b));
  return out;
}

}  // namespace maru::text
