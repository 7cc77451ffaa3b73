// Sets of stacks, equal ones once.
#include "maru/grammar/stacks.h"

#include <algorithm>
#include <tuple>

#include "maru/base/error.h"

namespace maru::grammar {
namespace {

// Far beyond any grammar that people write; what an ambiguous one may take of memory.
constexpr std::size_t kMostSets = 1 << 20;

auto key(const Frame& frame) { return std::tuple(frame.node, frame.least, frame.most); }

}  // namespace

Stacks::Stacks() { clear(); }

void Stacks::clear() {
  frames_.assign(1, Frame{});
  sets_.assign(1, Set{.begin = 0, .count = 1});
  by_hash_.clear();
  united_.clear();
}

StackId Stacks::set(std::span<const Frame> frames) {
  if (frames.size() == 1 && frames[0].node == kNoNode) return kBottom;
  std::uint64_t hash = frames.size();
  std::uint32_t depth = 0;
  for (const Frame& frame : frames) {
    for (const std::uint32_t part : {frame.node, frame.least, frame.most, frame.below}) hash = (hash ^ part) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
    depth = std::max(depth, sets_[frame.below].depth + 1);
  }
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (std::ranges::equal(this->frames(at->second), frames)) return at->second;
  if (sets_.size() >= kMostSets)
    fail(ErrorKind::limit, "the grammar is too ambiguous or nested too deeply here: more than {} stacks are followed", kMostSets);
  const Set made{.begin = std::uint32_t(frames_.size()), .count = std::uint32_t(frames.size()), .depth = depth, .hash = hash};
  frames_.insert(frames_.end(), frames.begin(), frames.end());
  sets_.push_back(made);
  by_hash_.emplace(hash, StackId(sets_.size() - 1));
  return StackId(sets_.size() - 1);
}

StackId Stacks::unite(StackId a, StackId b) {
  if (a == b) return a;
  const std::uint64_t pair = std::uint64_t(std::min(a, b)) << 32 | std::max(a, b);
  if (const auto known = united_.find(pair); known != united_.end()) return known->second;
  const auto left = frames(a), right = frames(b);
  std::vector<Frame> all;
  std::vector<std::pair<std::size_t, StackId>> deeper;  // united after the spans are read: they may move
  for (std::size_t i = 0, j = 0; i < left.size() || j < right.size();) {
    if (j == right.size() || (i < left.size() && key(left[i]) < key(right[j]))) {
      all.push_back(left[i++]);
    } else if (i == left.size() || key(right[j]) < key(left[i])) {
      all.push_back(right[j++]);
    } else {
      if (left[i].below != right[j].below) deeper.emplace_back(all.size(), right[j].below);
      all.push_back(left[i++]);
      ++j;
    }
  }
  for (const auto& [at, below] : deeper) all[at].below = unite(all[at].below, below);
  const StackId united = set(all);
  united_.emplace(pair, united);
  return united;
}

void Stacks::shrink(std::size_t size) {
  if (sets_.size() > size) united_.clear();
  while (sets_.size() > size) {
    const auto [first, last] = by_hash_.equal_range(sets_.back().hash);
    for (auto at = first; at != last; ++at)
      if (at->second == sets_.size() - 1) {
        by_hash_.erase(at);
        break;
      }
    frames_.resize(sets_.back().begin);
    sets_.pop_back();
  }
}

}  // namespace maru::grammar
