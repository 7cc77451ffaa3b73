// Counts of pairs are kept, not recounted: a merge touches only the words that hold the pair. A heap gives the next pair; an entry whose
// count has changed since is put back with the new one, so that the top is always an upper bound.
#include "maru/text/train_merges.h"

#include <bit>
#include <queue>
#include <unordered_map>

#include "maru/base/error.h"

namespace maru::text {
namespace {

std::uint64_t key_of(std::int32_t left, std::int32_t right) {
  return std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
}

struct Pair {
  std::uint64_t key = 0;
  std::int64_t count = 0;
  bool changed = false;               // grew in this merge
  std::vector<std::uint32_t> words;   // that hold it, or held it; one may stand twice
};

// From key to pair.
class Pairs {
 public:
  std::size_t place_of(std::uint64_t key) {  // added when new
    if (pairs_.size() * 2 >= slots_.size()) grow();
    std::size_t at = hash(key) & (slots_.size() - 1);
    for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1))
      if (pairs_[slots_[at] - 1].key == key) return slots_[at] - 1;
    pairs_.push_back({.key = key, .words = {}});
    slots_[at] = std::uint32_t(pairs_.size());
    return pairs_.size() - 1;
  }
  Pair& operator[](std::size_t i) { return pairs_[i]; }
  std::size_t size() const { return pairs_.size(); }

 private:
  static std::size_t hash(std::uint64_t key) { return std::size_t((key * 0x9E3779B97F4A7C15ull) >> 24); }
  void grow() {
    slots_.assign(std::max<std::size_t>(slots_.size() * 2, 4096), 0);
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      std::size_t at = hash(pairs_[i].key) & (slots_.size() - 1);
      while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = std::uint32_t(i + 1);
    }
  }
  std::vector<Pair> pairs_;
  std::vector<std::uint32_t> slots_;  // pair + 1, or 0
};

struct Candidate {
  std::int64_t count;
  std::uint64_t key;
  std::uint32_t pair;
  bool operator<(const Candidate& o) const { return count != o.count ? count < o.count : key > o.key; }
};

class Learner {
 public:
  Learner(MergeLearning& learning, std::string_view continuing, const TrainOptions& options)
      : it_(learning), continuing_(continuing), options_(options) {
    for (std::size_t id = 0; id < it_.pieces.size(); ++id) ids_.emplace(it_.pieces[id], std::int32_t(id));
    lengths_.resize(it_.ends.size());
    for (std::size_t w = 0; w < it_.ends.size(); ++w) {
      const std::int32_t* s = symbols(w);
      lengths_[w] = std::uint32_t(it_.ends[w] - begin(w));
      for (std::size_t i = 0; i + 1 < lengths_[w]; ++i) change(s[i], s[i + 1], w, std::int64_t(it_.counts[w]));
    }
    offer();
  }

  void learn() {
    const std::size_t first = it_.pieces.size();
    std::size_t steps = 0;
    while (it_.pieces.size() < options_.vocabulary && !heap_.empty()) {
      const Candidate top = heap_.top();
      heap_.pop();
      const std::int64_t count = pairs_[top.pair].count;
      if (count < std::int64_t(std::max<std::uint64_t>(options_.least_count, 1))) continue;
      if (count != top.count) {
        heap_.push({count, top.key, top.pair});
        continue;
      }
      merge(top.pair);
      if (++steps % 64 != 0) continue;
      if (options_.cancel) options_.cancel->check();
      if (options_.progress)
        options_.progress(
            {.what = "learning pieces", .done = it_.pieces.size() - first, .total = options_.vocabulary - first, .unit = "pieces"});
    }
  }

 private:
  std::uint64_t begin(std::size_t word) const { return word == 0 ? 0 : it_.ends[word - 1]; }
  std::int32_t* symbols(std::size_t word) { return it_.symbols.data() + begin(word); }

  void change(std::int32_t left, std::int32_t right, std::size_t word, std::int64_t by) {
    const std::size_t place = pairs_.place_of(key_of(left, right));
    Pair& pair = pairs_[place];
    pair.count += by;
    if (by < 0) return;
    if (pair.words.empty() || pair.words.back() != word) pair.words.push_back(std::uint32_t(word));
    if (!pair.changed) grown_.push_back(std::uint32_t(place));
    pair.changed = true;
  }

  void offer() {
    for (const std::uint32_t place : grown_) {
      Pair& pair = pairs_[place];
      pair.changed = false;
      if (pair.count > 0) heap_.push({pair.count, pair.key, place});
    }
    grown_.clear();
  }

  void merge(std::size_t place) {
    const auto left = std::int32_t(pairs_[place].key >> 32), right = std::int32_t(pairs_[place].key & 0xffffffff);
    std::string_view tail = it_.pieces[std::size_t(right)];
    if (!continuing_.empty() && tail.starts_with(continuing_)) tail.remove_prefix(continuing_.size());
    std::string piece = it_.pieces[std::size_t(left)] + std::string(tail);
    const auto [at, fresh] = ids_.emplace(piece, std::int32_t(it_.pieces.size()));
    if (at->second < std::int32_t(it_.specials)) {
      pairs_[place].count = 0;
      return;
    }
    if (fresh) it_.pieces.push_back(std::move(piece));
    it_.merges.push_back({left, right});
    const std::vector<std::uint32_t> words = std::move(pairs_[place].words);
    pairs_[place].words = {};
    for (const std::uint32_t word : words) rewrite(word, left, right, at->second);
    pairs_[place].count = 0;
    offer();
  }

  void rewrite(std::size_t word, std::int32_t left, std::int32_t right, std::int32_t merged) {
    std::int32_t* s = symbols(word);
    const std::size_t length = lengths_[word];
    const auto count = std::int64_t(it_.counts[word]);
    std::size_t out = 0;
    for (std::size_t i = 0; i < length;) {
      if (i + 1 == length || s[i] != left || s[i + 1] != right) {
        s[out++] = s[i++];
        continue;
      }
      if (out > 0) change(s[out - 1], left, word, -count), change(s[out - 1], merged, word, count);
      if (i + 2 < length) change(right, s[i + 2], word, -count), change(merged, s[i + 2], word, count);
      s[out++] = merged;
      i += 2;
    }
    lengths_[word] = std::uint32_t(out);
  }

  MergeLearning& it_;
  std::string_view continuing_;
  const TrainOptions& options_;
  std::unordered_map<std::string, std::int32_t> ids_;
  std::vector<std::uint32_t> lengths_;
  Pairs pairs_;
  std::vector<std::uint32_t> grown_;
  std::priority_queue<Candidate> heap_;
};

}  // namespace

void learn_merges(MergeLearning& learning, std::string_view continuing, const TrainOptions& options) {
  Learner(learning, continuing, options).learn();
}

}  // namespace maru::text
