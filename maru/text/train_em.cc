// Expectation and maximisation over all ways to cut each word, and pruning of the pieces whose loss costs least.  Kudo 2018; the
// maximisation takes digamma for the logarithm, the mean under a sparse prior (Liang et al. 2007), so that rare pieces fade away.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "maru/base/pool.h"
#include "maru/text/train_pieces.h"

namespace maru::text {
namespace {

constexpr double kNever = -1e300;
constexpr std::int64_t kShares = 8;  // of the words: sums are added up in their order, whatever the number of threads

double digamma(double x) {
  double out = 0;
  for (; x < 7; ++x) out -= 1 / x;
  x -= 0.5;
  const double xx = 1 / x, x2 = xx * xx, x4 = x2 * x2;
  return out + std::log(x) + x2 / 24 - 7 * x4 / 960 + 31 * x4 * x2 / 8064 - 127 * x4 * x4 / 30720;
}

// All pieces as a tree; a child is found by one look into a hash.
class Tree {
 public:
  explicit Tree(const std::vector<LearnedPiece>& pieces) {
    std::size_t characters = 0;
    for (const LearnedPiece& piece : pieces) characters += piece.text.size();
    std::size_t size = 64;
    while (size < characters * 2) size *= 2;
    slots_.resize(size);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      std::uint32_t node = 0;
      for (const char32_t c : pieces[i].text) node = child(node, c, true);
      ids_[node] = std::int32_t(i);
    }
  }
  // 0 when there is none.
  std::uint32_t child(std::uint32_t node, char32_t c) const { return slots_[place(node, c)].child; }
  std::int32_t id(std::uint32_t node) const { return ids_[node]; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t child = 0;
  };
  static std::uint64_t key(std::uint32_t node, char32_t c) { return std::uint64_t(node) << 21 | c; }
  std::size_t place(std::uint32_t node, char32_t c) const {
    const std::uint64_t wanted = key(node, c);
    std::size_t at = std::size_t((wanted * 0x9E3779B97F4A7C15ull) >> 20) & (slots_.size() - 1);
    while (slots_[at].child != 0 && slots_[at].key != wanted) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  std::uint32_t child(std::uint32_t node, char32_t c, bool) {
    Slot& slot = slots_[place(node, c)];
    if (slot.child == 0) {
      slot = {key(node, c), std::uint32_t(ids_.size())};
      ids_.push_back(-1);
    }
    return slot.child;
  }
  std::vector<Slot> slots_;
  std::vector<std::int32_t> ids_{-1};
};

class Trainer {
 public:
  Trainer(const WordParts& words, std::vector<LearnedPiece> pieces, const TrainOptions& options)
      : words_(words), pieces_(std::move(pieces)), options_(options) {}

  std::vector<LearnedPiece> train(std::size_t target) {
    // A little more than asked for is kept until the end, where the scores alone decide.
    const std::size_t desired = target + target / 10;
    const double rounds = std::max(1.0, std::ceil(std::log(double(pieces_.size()) / double(desired)) / std::log(1 / kShrink)));
    for (std::uint64_t round = 0;; ++round) {
      for (int i = 0; i < 2; ++i) maximise(expected());
      if (options_.progress)
        options_.progress(
            {.what = "choosing pieces", .done = round + 1, .total = std::max(round + 1, std::uint64_t(rounds)), .unit = "rounds"});
      if (pieces_.size() <= desired) break;
      prune(std::max(desired, std::size_t(double(pieces_.size()) * kShrink)));
    }
    keep_best(target, [&](std::size_t i) { return pieces_[i].score; });
    std::ranges::stable_sort(pieces_, [](const LearnedPiece& a, const LearnedPiece& b) { return a.score > b.score; });
    return std::move(pieces_);
  }

 private:
  static constexpr double kShrink = 0.75;

  // sum[piece] += … over all words: run(first part, last part, sums).
  template <class Run>
  std::vector<double> summed(const Run& run) const {
    std::vector<std::vector<double>> sums(kShares);
    parallel(kShares, [&](std::int64_t share) {
      std::vector<double>& mine = sums[std::size_t(share)];
      mine.resize(pieces_.size());
      const auto at = [&](std::int64_t i) { return std::size_t(std::int64_t(words_.size()) * i / kShares); };
      for (std::size_t w = at(share); w < at(share + 1); ++w) {
        if (options_.cancel && w % 4096 == 0) options_.cancel->check();
        run(words_.part(w), double(words_.counts[w]), mine);
      }
    });
    for (std::size_t s = 1; s < sums.size(); ++s)
      for (std::size_t i = 0; i < pieces_.size(); ++i) sums[0][i] += sums[s][i];
    return std::move(sums[0]);
  }

  template <class F>
  static void each_match(const Tree& tree, std::u32string_view text, std::size_t begin, F&& found) {
    std::uint32_t node = 0;
    for (std::size_t end = begin; end < text.size();) {
      node = tree.child(node, text[end++]);
      if (node == 0) return;
      if (tree.id(node) >= 0) found(std::size_t(tree.id(node)), end);
    }
  }

  // How often each piece is expected in the text.
  std::vector<double> expected() const {
    const Tree tree(pieces_);
    std::vector<double> chance(pieces_.size());
    for (std::size_t i = 0; i < pieces_.size(); ++i) chance[i] = std::exp(pieces_[i].score);
    return summed([&](std::u32string_view text, double count, std::vector<double>& sum) {
      double forward[kLongestPart + 1] = {1}, backward[kLongestPart + 1] = {};
      for (std::size_t b = 0; b < text.size(); ++b)
        each_match(tree, text, b, [&](std::size_t id, std::size_t end) { forward[end] += forward[b] * chance[id]; });
      backward[text.size()] = 1;
      const double whole = forward[text.size()];
      if (!(whole > 0)) return;
      for (std::size_t b = text.size(); b-- > 0;)
        each_match(tree, text, b, [&](std::size_t id, std::size_t end) {
          backward[b] += chance[id] * backward[end];
          sum[id] += count * (forward[b] * chance[id] * backward[end] / whole);
        });
    });
  }

  void maximise(const std::vector<double>& seen) {
    constexpr double kFewest = 0.5;
    std::size_t out = 0;
    double total = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const bool character = pieces_[i].text.size() == 1;
      if (seen[i] < kFewest && !character) continue;
      const double count = std::max(seen[i], kFewest);
      total += count;
      if (out != i) pieces_[out] = std::move(pieces_[i]);
      pieces_[out++].score = count;
    }
    pieces_.resize(out);
    const double all = digamma(total);
    for (LearnedPiece& piece : pieces_) piece.score = digamma(piece.score) - all;
  }

  // The best way to cut a text, without the piece `banned`.
  std::vector<std::size_t> best_cut(const Tree& tree, std::u32string_view text, std::int64_t banned) const {
    double best[kLongestPart + 1];
    std::size_t from[kLongestPart + 1] = {}, with[kLongestPart + 1] = {};
    std::fill(best, best + text.size() + 1, kNever);
    best[0] = 0;
    for (std::size_t b = 0; b < text.size(); ++b)
      if (best[b] > kNever)
        each_match(tree, text, b, [&](std::size_t id, std::size_t end) {
          if (std::int64_t(id) == banned || best[b] + pieces_[id].score <= best[end]) return;
          best[end] = best[b] + pieces_[id].score;
          from[end] = b, with[end] = id;
        });
    std::vector<std::size_t> out;
    if (best[text.size()] > kNever)
      for (std::size_t at = text.size(); at > 0; at = from[at]) out.push_back(with[at]);
    return out;
  }

  // A piece's loss is what the likelihood of the text falls by when the piece is cut into the best others.
  void prune(std::size_t size) {
    const Tree tree(pieces_);
    const std::vector<double> used = summed([&](std::u32string_view text, double count, std::vector<double>& sum) {
      for (const std::size_t id : best_cut(tree, text, -1)) sum[id] += count;
    });
    const double total = std::accumulate(used.begin(), used.end(), 0.0), log_total = std::log(total);
    std::vector<double> loss(pieces_.size());
    parallel(kShares, [&](std::int64_t share) {
      const auto at = [&](std::int64_t i) { return std::size_t(std::int64_t(pieces_.size()) * i / kShares); };
      for (std::size_t i = at(share); i < at(share + 1); ++i) {
        if (used[i] == 0) continue;
        const std::vector<std::size_t> others = best_cut(tree, pieces_[i].text, std::int64_t(i));
        const double log_then = std::log(total + used[i] * (double(others.size()) - 1));
        double instead = 0;
        for (const std::size_t other : others) instead += std::log(used[other] + used[i]) - log_then;
        loss[i] = used[i] * (std::log(used[i]) - log_total - instead);
      }
    });
    keep_best(size, [&](std::size_t i) { return loss[i]; });
  }

  template <class Value>
  void keep_best(std::size_t size, const Value& value) {
    std::vector<std::size_t> order(pieces_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto character = [&](std::size_t i) { return pieces_[i].text.size() == 1; };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return character(a) != character(b) ? character(a) : value(a) > value(b);
    });
    order.resize(std::min(order.size(), size));
    std::ranges::sort(order);
    for (std::size_t i = 0; i < order.size(); ++i)
      if (order[i] != i) pieces_[i] = std::move(pieces_[order[i]]);
    pieces_.resize(order.size());
  }

  const WordParts& words_;
  std::vector<LearnedPiece> pieces_;
  const TrainOptions& options_;
};

}  // namespace

std::vector<LearnedPiece> pruned_pieces(const WordParts& words, std::vector<LearnedPiece> pieces, std::size_t target,
                                        const TrainOptions& options) {
  return Trainer(words, std::move(pieces), options).train(target);
}

}  // namespace maru::text
