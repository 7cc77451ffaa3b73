// Two ways to the same merges: looking through a short word again and again, and a heap over a linked list for a long one.
#include "maru/text/merges.h"

#include <queue>

namespace maru::text {
namespace {

void look(const MergeTable& table, std::vector<Symbol>& s, std::size_t at) {
  s[at].rank = kNone;
  if (at + 1 >= s.size()) return;
  const MergeTable::Entry& entry = table.find(s[at].id, s[at + 1].id);
  s[at].rank = entry.rank;
  s[at].merged = entry.merged;
}

// For the words of ordinary text: looking through a few dozen symbols is faster than a heap.
void merge_short(const MergeTable& table, std::vector<Symbol>& s) {
  for (std::size_t i = 0; i < s.size(); ++i) look(table, s, i);
  while (s.size() > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < s.size(); ++i)
      if (s[i].rank < s[best].rank) best = i;
    if (s[best].rank == kNone) return;
    s[best].id = s[best].merged;
    s[best].end = s[best + 1].end;
    s.erase(s.begin() + std::ptrdiff_t(best) + 1);
    look(table, s, best);
    if (best > 0) look(table, s, best - 1);
  }
}

// For long words: a heap of candidate merges over a linked list, O(n log n).
void merge_long(const MergeTable& table, std::vector<Symbol>& s) {
  struct Candidate {
    std::uint32_t rank, at;
    std::int32_t left, right;
    bool operator<(const Candidate& o) const { return rank != o.rank ? rank > o.rank : at > o.at; }  // the smallest on top
  };
  const std::size_t n = s.size();
  std::vector<std::uint32_t> next(n), previous(n);
  std::priority_queue<Candidate> heap;
  const auto offer = [&](std::uint32_t at) {
    if (at == kNone || next[at] == kNone) return;
    const MergeTable::Entry& entry = table.find(s[at].id, s[next[at]].id);
    if (entry.rank != kNone) heap.push({entry.rank, at, s[at].id, s[next[at]].id});
  };
  for (std::size_t i = 0; i < n; ++i) {
    previous[i] = i == 0 ? kNone : std::uint32_t(i - 1);
    next[i] = i + 1 == n ? kNone : std::uint32_t(i + 1);
  }
  for (std::size_t i = 0; i < n; ++i) offer(std::uint32_t(i));
  while (!heap.empty()) {
    const Candidate c = heap.top();
    heap.pop();
    // A symbol that was merged away has id -1; one that changed no longer fits its candidate.
    if (s[c.at].id != c.left || next[c.at] == kNone || s[next[c.at]].id != c.right) continue;
    const std::uint32_t gone = next[c.at];
    s[c.at].id = table.find(c.left, c.right).merged;
    s[c.at].end = s[gone].end;
    s[gone].id = -1;
    next[c.at] = next[gone];
    if (next[gone] != kNone) previous[next[gone]] = c.at;
    offer(c.at);
    offer(previous[c.at]);
  }
  std::erase_if(s, [](const Symbol& x) { return x.id < 0; });
}

}  // namespace

void merge_symbols(const MergeTable& table, std::vector<Symbol>& symbols) {
  if (symbols.size() <= 64) merge_short(table, symbols);
  else merge_long(table, symbols);
}

}  // namespace maru::text
