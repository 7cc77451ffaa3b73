// Unigram: of all ways to cut a word into pieces, the likeliest. Viterbi; Kudo 2018. What has no piece costs ten more than the worst.
#include <algorithm>
#include <limits>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/text/piece_trie.h"
#include "maru/text/pipeline.h"

namespace maru::text {

PieceTrie::PieceTrie(const Vocabulary& vocabulary, std::size_t count) {
  std::vector<std::int32_t> sorted;
  for (std::size_t id = 0; id < count; ++id)
    if (!vocabulary.piece(id).empty()) sorted.push_back(std::int32_t(id));
  std::sort(sorted.begin(), sorted.end(), [&](std::int32_t a, std::int32_t b) {
    return vocabulary.piece(std::size_t(a)) < vocabulary.piece(std::size_t(b));
  });
  struct Group {  // the pieces [begin, end) share their first `depth` bytes, the way to `node`
    std::uint32_t node;
    std::size_t begin, end, depth;
  };
  nodes_.emplace_back();
  std::vector<Group> level{{0, 0, sorted.size(), 0}}, next;
  while (!level.empty()) {
    next.clear();
    for (Group group : level) {
      const auto piece = [&](std::size_t i) { return vocabulary.piece(std::size_t(sorted[i])); };
      if (group.begin < group.end && piece(group.begin).size() == group.depth) {
        nodes_[group.node].id = sorted[group.begin++];
        longest_ = std::max(longest_, group.depth);
      }
      nodes_[group.node].first = std::uint32_t(nodes_.size());
      for (std::size_t i = group.begin; i < group.end;) {
        const char label = piece(i)[group.depth];
        std::size_t end = i;
        while (end < group.end && piece(end)[group.depth] == label) ++end;
        ++nodes_[group.node].children;
        next.push_back({std::uint32_t(nodes_.size()), i, end, group.depth + 1});
        nodes_.emplace_back().label = std::uint8_t(label);
        i = end;
      }
    }
    level.swap(next);
  }
  for (std::uint32_t i = 0; i < nodes_[0].children; ++i) roots_[nodes_[nodes_[0].first + i].label] = nodes_[0].first + i;
}

namespace {

constexpr double kUnknownPenalty = 10;

class UnigramModel final : public PieceModel {
 public:
  UnigramModel(const Vocabulary& vocabulary, std::vector<double> scores, const UnigramOptions& options)
      : vocabulary_(vocabulary), scores_(std::move(scores)), options_(options), bytes_(byte_pieces(vocabulary)),
        trie_(vocabulary, scores_.size()) {
    double worst = std::numeric_limits<double>::infinity();
    for (const double score : scores_) worst = std::min(worst, score);
    unknown_score_ = worst - kUnknownPenalty;
  }

  void pieces(std::string_view word, std::vector<Piece>& out, std::size_t& dropped_bytes) const override {
    const std::vector<Step> steps = likeliest(word);
    std::vector<Piece> cut;  // from the end
    for (std::size_t end = word.size(); end > 0; end -= steps[end].length) {
      const Step& step = steps[end];
      const auto begin = std::uint32_t(end - step.length);
      if (options_.fuse_unknown && unknown(step.id) && !cut.empty() && unknown(cut.back().id)) cut.back().begin = begin;
      else cut.push_back({step.id, begin, std::uint32_t(end)});
    }
    for (auto piece = cut.rbegin(); piece != cut.rend(); ++piece) add(word, *piece, out, dropped_bytes);
  }

 private:
  struct Step {
    std::int32_t id = -1;
    std::uint32_t length = 0;  // 0: no way ends here
  };
  static constexpr std::int32_t kNoPiece = -1;
  bool unknown(std::int32_t id) const { return id == kNoPiece || (options_.unknown && id == *options_.unknown); }

  // How the best cut of each beginning ends. Scores are kept only as far back as a piece reaches.
  std::vector<Step> likeliest(std::string_view word) const {
    std::vector<Step> steps(word.size() + 1);
    const std::size_t kept = std::max<std::size_t>(trie_.longest(), 4) + 1;
    std::vector<double> scores(std::min(kept, word.size() + 1));
    for (std::size_t at = 0; at < word.size();) {
      const double here = scores[at % scores.size()];
      std::size_t next = at;
      unicode::next(word, next);
      bool single = false;
      const auto offer = [&](std::size_t end, std::int32_t id, double score) {
        double& best = scores[end % scores.size()];
        if (steps[end].length != 0 && !(here + score > best)) return;
        best = here + score;
        steps[end] = {id, std::uint32_t(end - at)};
      };
      trie_.each(word, at, [&](std::size_t end, std::int32_t id) {
        offer(end, id, scores_[std::size_t(id)]);
        single = single || end == next;
      });
      if (!single) offer(next, options_.unknown.value_or(kNoPiece), unknown_score_);
      at = next;
    }
    return steps;
  }

  void add(std::string_view word, const Piece& piece, std::vector<Piece>& out, std::size_t& dropped_bytes) const {
    if (!unknown(piece.id)) return out.push_back(piece);
    const std::string_view text = word.substr(piece.begin, piece.end - piece.begin);
    if (text.size() <= vocabulary_.longest()) {  // neighbours together may be a piece; the unknown token's own spelling is one
      const std::int32_t id = vocabulary_.find(text);
      if (id >= 0 && std::size_t(id) < scores_.size()) return out.push_back({id, piece.begin, piece.end});
    }
    if (options_.byte_fallback && std::all_of(text.begin(), text.end(), [&](char c) { return bytes_[std::uint8_t(c)] >= 0; })) {
      for (const char c : text) out.push_back({bytes_[std::uint8_t(c)], piece.begin, piece.end});
      return;
    }
    if (options_.unknown) out.push_back({*options_.unknown, piece.begin, piece.end});
    else dropped_bytes += text.size();
  }

  const Vocabulary& vocabulary_;
  std::vector<double> scores_;
  UnigramOptions options_;
  std::array<std::int32_t, 256> bytes_;
  PieceTrie trie_;
  double unknown_score_ = 0;
};

}  // namespace

std::unique_ptr<PieceModel> unigram_model(const Vocabulary& vocabulary, std::vector<double> scores, const UnigramOptions& options) {
  return std::make_unique<UnigramModel>(vocabulary, std::move(scores), options);
}

}  // namespace maru::text
