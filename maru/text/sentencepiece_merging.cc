// SentencePiece's BPE: of neighbours that together are a piece, the pair with the best score is merged first, the leftmost of equals.
// A heap over a linked list, O(n log n). Pieces that are not to be used are cut again into what they were merged from.
#include <algorithm>
#include <queue>
#include <unordered_map>

#include "maru/base/unicode.h"
#include "maru/text/sentencepiece_models.h"

namespace maru::text {
namespace {

constexpr std::int32_t kNobody = -1;

struct MergeSymbol {
  std::int32_t previous, next;
  std::uint32_t begin, end;  // bytes; equal when it was merged into the one before
  bool frozen = false;       // user-defined: it merges with nobody
};
struct Candidate {
  float score;
  std::int32_t left, right;
  std::uint32_t size;  // bytes of both: one that changed since no longer fits
  bool operator<(const Candidate& o) const { return score != o.score ? score < o.score : left > o.left; }
};

class Merging {
 public:
  Merging(const SentencePieces& pieces, const SentencePieceNormalizer& normalizer, std::string_view text) : pieces_(pieces), text_(text) {
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = at;
      const std::size_t user = normalizer.user_defined(text, at);
      if (user > 0) end += user;
      else unicode::next(text, end);
      const auto i = std::int32_t(symbols_.size());
      symbols_.push_back({i - 1, end == text.size() ? kNobody : i + 1, std::uint32_t(at), std::uint32_t(end), user > 0});
      at = end;
    }
    for (std::size_t i = 1; i < symbols_.size(); ++i) offer(std::int32_t(i - 1), std::int32_t(i));
  }

  std::vector<CutPiece> run() {
    while (!heap_.empty()) {
      const Candidate top = heap_.top();
      heap_.pop();
      MergeSymbol &left = symbols_[std::size_t(top.left)], &right = symbols_[std::size_t(top.right)];
      if (left.begin == left.end || right.begin == right.end || right.end - left.begin != top.size || left.end != right.begin) continue;
      left.end = right.end;
      left.next = right.next;
      if (right.next != kNobody) symbols_[std::size_t(right.next)].previous = top.left;
      right.begin = right.end;
      offer(left.previous, top.left);
      offer(top.left, left.next);
    }
    std::vector<CutPiece> out;
    for (std::int32_t i = symbols_.empty() ? kNobody : 0; i != kNobody; i = symbols_[std::size_t(i)].next)
      settle(symbols_[std::size_t(i)].begin, symbols_[std::size_t(i)].end, out);
    return out;
  }

 private:
  void offer(std::int32_t left, std::int32_t right) {
    if (left == kNobody || right == kNobody) return;
    const MergeSymbol &a = symbols_[std::size_t(left)], &b = symbols_[std::size_t(right)];
    if (a.frozen || b.frozen) return;
    const std::string_view both = text_.substr(a.begin, b.end - a.begin);
    const std::int32_t id = pieces_.find(both);
    if (id < 0) return;
    heap_.push({pieces_.scores[std::size_t(id)], left, right, std::uint32_t(both.size())});
    if (pieces_.types[std::size_t(id)] == SentencePieceType::unused) halves_[both] = a.end - a.begin;
  }

  void settle(std::uint32_t begin, std::uint32_t end, std::vector<CutPiece>& out) const {
    std::vector<std::array<std::uint32_t, 2>> open{{begin, end}};  // the next one last
    while (!open.empty()) {
      const auto [from, to] = open.back();
      open.pop_back();
      const std::string_view text = text_.substr(from, to - from);
      const std::int32_t id = pieces_.any(text);
      const auto half = pieces_.types[std::size_t(id)] == SentencePieceType::unused ? halves_.find(text) : halves_.end();
      if (half == halves_.end()) {
        out.push_back({id, from, to});
        continue;
      }
      open.push_back({from + half->second, to});
      open.push_back({from, from + half->second});
    }
  }

  const SentencePieces& pieces_;
  std::string_view text_;
  std::vector<MergeSymbol> symbols_;
  std::priority_queue<Candidate> heap_;
  std::unordered_map<std::string_view, std::uint32_t> halves_;  // of unused pieces: bytes of the left one
};

class MergingCutter final : public SentencePieceCutter {
 public:
  MergingCutter(const SentencePieces& pieces, const SentencePieceNormalizer& normalizer) : pieces_(pieces), normalizer_(normalizer) {}
  std::vector<CutPiece> cut(std::string_view text) const override { return Merging(pieces_, normalizer_, text).run(); }

 private:
  const SentencePieces& pieces_;
  const SentencePieceNormalizer& normalizer_;
};

}  // namespace

std::unique_ptr<SentencePieceCutter> merging_cutter(const SentencePieces& pieces, const SentencePieceNormalizer& normalizer) {
  return std::make_unique<MergingCutter>(pieces, normalizer);
}

}  // namespace maru::text
