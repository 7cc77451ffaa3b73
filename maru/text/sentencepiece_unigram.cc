// SentencePiece's Unigram: Viterbi in single precision, as the package reckons, so that ties fall alike.  Kudo 2018.
#include <algorithm>
#include <limits>

#include "maru/base/unicode.h"
#include "maru/text/sentencepiece_models.h"

namespace maru::text {
namespace {

constexpr float kUnknownPenalty = 10;

class UnigramCutter final : public SentencePieceCutter {
 public:
  explicit UnigramCutter(const SentencePieces& pieces) : pieces_(pieces), trie_(pieces.spelled, pieces.spelled.size()) {
    float least = std::numeric_limits<float>::max(), most = std::numeric_limits<float>::lowest();
    for (std::size_t id = 0; id < pieces.types.size(); ++id) {
      if (pieces.types[id] != SentencePieceType::normal) continue;
      least = std::min(least, pieces.scores[id]);
      most = std::max(most, pieces.scores[id]);
    }
    if (least > most) least = most = 0;  // no normal piece
    unknown_score_ = least - kUnknownPenalty;
    best_score_ = most;
  }

  std::vector<CutPiece> cut(std::string_view text) const override {
    std::vector<Step> steps(text.size() + 1);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t next = at;
      unicode::next(text, next);
      const float here = steps[at].score;
      bool single = false;
      const auto offer = [&](std::size_t end, std::int32_t id, double score) {
        Step& step = steps[end];
        if (step.id >= 0 && !(score > double(step.score))) return;
        step = {id, std::uint32_t(at), float(score)};
      };
      trie_.each(text, at, [&](std::size_t end, std::int32_t id) {
        if (!pieces_.fits(id) || pieces_.types[std::size_t(id)] == SentencePieceType::unused) return;
        const bool user = pieces_.types[std::size_t(id)] == SentencePieceType::user_defined;
        // A user-defined piece is better than anything of its length.
        const double score = user ? double(float(end - at) * best_score_) - 0.1 : double(pieces_.scores[std::size_t(id)]);
        offer(end, id, score + double(here));
        single = single || end == next;
      });
      if (!single) offer(next, pieces_.unknown, double(unknown_score_ + here));
      at = next;
    }
    std::vector<CutPiece> out;
    for (std::size_t end = text.size(); end > 0; end = steps[end].begin)
      out.push_back({steps[end].id, steps[end].begin, std::uint32_t(end)});
    std::ranges::reverse(out);
    return out;
  }

 private:
  struct Step {
    std::int32_t id = -1;
    std::uint32_t begin = 0;
    float score = 0;
  };
  const SentencePieces& pieces_;
  PieceTrie trie_;
  float unknown_score_ = 0, best_score_ = 0;
};

}  // namespace

std::unique_ptr<SentencePieceCutter> unigram_cutter(const SentencePieces& pieces) { return std::make_unique<UnigramCutter>(pieces); }

}  // namespace maru::text
