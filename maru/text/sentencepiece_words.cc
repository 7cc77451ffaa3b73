// SentencePiece's two plain ways to cut: whole words, and characters.
#include "maru/base/unicode.h"
#include "maru/text/sentencepiece_models.h"

namespace maru::text {
namespace {

constexpr std::string_view kMark = "\u2581";

class WordCutter final : public SentencePieceCutter {
 public:
  WordCutter(const SentencePieces& pieces, bool mark_as_suffix) : pieces_(pieces), mark_as_suffix_(mark_as_suffix) {}
  std::vector<CutPiece> cut(std::string_view text) const override {
    std::vector<CutPiece> out;
    const std::size_t skip = mark_as_suffix_ ? 0 : 1;
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t end = text.find(kMark, begin + skip);
      if (end == std::string_view::npos) end = text.size();
      else if (mark_as_suffix_) end += kMark.size();
      out.push_back({pieces_.any(text.substr(begin, end - begin)), std::uint32_t(begin), std::uint32_t(end)});
      begin = end;
    }
    return out;
  }

 private:
  const SentencePieces& pieces_;
  bool mark_as_suffix_;
};

class CharacterCutter final : public SentencePieceCutter {
 public:
  CharacterCutter(const SentencePieces& pieces, const SentencePieceNormalizer& normalizer) : pieces_(pieces), normalizer_(normalizer) {}
  std::vector<CutPiece> cut(std::string_view text) const override {
    std::vector<CutPiece> out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t begin = at, user = normalizer_.user_defined(text, at);
      if (user > 0) at += user;
      else unicode::next(text, at);
      out.push_back({pieces_.any(text.substr(begin, at - begin)), std::uint32_t(begin), std::uint32_t(at)});
    }
    return out;
  }

 private:
  const SentencePieces& pieces_;
  const SentencePieceNormalizer& normalizer_;
};

}  // namespace

std::unique_ptr<SentencePieceCutter> word_cutter(const SentencePieces& pieces, bool mark_as_suffix) {
  return std::make_unique<WordCutter>(pieces, mark_as_suffix);
}
std::unique_ptr<SentencePieceCutter> character_cutter(const SentencePieces& pieces, const SentencePieceNormalizer& normalizer) {
  return std::make_unique<CharacterCutter>(pieces, normalizer);
}

}  // namespace maru::text
