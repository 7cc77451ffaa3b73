#pragma once
// Where rules return to: sets of stacks that share what they have in common, so that an ambiguous grammar costs no more than its states.
// A set maps each topmost frame to the set of what lies below it. Equal sets have equal ids. Knows nothing of automata.
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "maru/grammar/automaton.h"

namespace maru::grammar {

using StackId = std::uint32_t;
inline constexpr StackId kBottom = 0;             // the set of the empty stack alone
inline constexpr NodeId kNoNode = kUnbounded;     // the frame that stands for the empty stack
inline constexpr std::uint32_t kUnknown = kUnbounded - 1;  // `most` of a rule whose caller is not known: `least` counts its items

struct Frame {
  NodeId node = kNoNode;  // where the caller goes on, with these counters
  std::uint32_t least = 0, most = kUnbounded;
  StackId below = kBottom;
  bool operator==(const Frame&) const = default;
};

class Stacks {
 public:
  Stacks();
  std::span<const Frame> frames(StackId id) const { return {frames_.data() + sets_[id].begin, sets_[id].count}; }
  StackId push(Frame frame) { return set({&frame, 1}); }
  StackId unite(StackId a, StackId b);
  std::size_t size() const { return sets_.size(); }
  std::size_t depth(StackId id) const { return sets_[id].depth; }
  void shrink(std::size_t size);  // forgets the sets made after there were `size`
  void clear();

 private:
  struct Set {
    std::uint32_t begin = 0, count = 0, depth = 0;
    std::uint64_t hash = 0;
  };
  StackId set(std::span<const Frame> frames);  // sorted by node and counters
  std::vector<Frame> frames_;
  std::vector<Set> sets_;
  std::unordered_multimap<std::uint64_t, StackId> by_hash_;
  std::unordered_map<std::uint64_t, StackId> united_;  // of two ids: sets share so much that the same two meet again and again
};

}  // namespace maru::grammar
