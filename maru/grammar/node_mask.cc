// Computes and applies the masks of single nodes.
#include "maru/grammar/node_mask.h"

#include <algorithm>

#include "maru/grammar/walker.h"

namespace maru::grammar {
namespace {

// A list of ids is smaller than bits while there are fewer than one in thirty-two.
bool is_few(std::size_t count, std::size_t vocabulary) { return count * 32 < vocabulary; }

// The weakest conditions of a place: nothing at all, or one per way that leads there.
void conditions(const Walker::Level& now, std::vector<Condition>& out) {
  out.clear();
  const auto add = [&](const Condition& one) {
    if (std::ranges::find(out, one) == out.end()) out.push_back(one);
  };
  if (now.single) {
    if (now.alive) add({now.one.need, now.one.bound});
    if (now.ended) add(now.end);
  } else {
    for (const Thread& thread : now.many.threads) add({thread.need, thread.bound});
    for (const Condition& one : now.many.returned) add(one);
  }
  if (out.size() > 1 && std::ranges::any_of(out, [](const Condition& one) { return one.always(); })) out.assign(1, Condition{});
}

void sort_by_need(NodeMask& mask, std::vector<NodeMask::Bounded>& needing, std::size_t vocabulary) {
  std::ranges::stable_sort(needing, {}, [](const NodeMask::Bounded& one) { return one.condition.need; });
  for (const NodeMask::Bounded& one : needing) {
    while (mask.need_ends.size() < one.condition.need) mask.need_ends.push_back(std::uint32_t(mask.needing.size()));
    mask.needing.push_back(one.id);
  }
  mask.need_ends.push_back(std::uint32_t(mask.needing.size()));
  if (is_few(needing.size(), vocabulary)) return;
  mask.all_needing.resize((vocabulary + 63) / 64);
  for (const std::int32_t id : mask.needing) set_bit(mask.all_needing, id);
}

}  // namespace

NodeMask node_mask(const Automaton& automaton, const TokenTrie& trie, NodeId node) {
  NodeMask mask;
  Stacks stacks;
  Follower follower(automaton, stacks);
  Walker walker(automaton, trie, follower);
  // The node's own calls and end belong to other threads of the same moment: only its bytes are looked at.
  walker.begin_at({.node = node, .least = 0, .most = kUnknown});
  const bool returns = automaton.nodes[node].returns;
  std::vector<NodeMask::Bounded> needing;
  std::vector<Condition> ways;
  walker.walk(0, [&](std::uint32_t at, const Walker::Level& now) {
    const TokenTrie::Place& place = trie.places[at];
    const std::uint32_t tokens_end = trie.places[at + 1].tokens;
    if (place.tokens < tokens_end) {
      conditions(now, ways);
      for (std::uint32_t t = place.tokens; t < tokens_end; ++t) {
        const std::int32_t id = trie.ids[t];
        if (ways[0].always())
          mask.few.push_back(id);
        else if (ways.size() == 1 && ways[0].bound == kUnbounded)
          needing.push_back({id, ways[0]});
        else
          for (const Condition& one : ways) mask.bounded.push_back({id, one});
      }
    }
    if (returns && place.behind > at + 1) {
      if (now.single && now.ended) mask.exits.push_back({at, now.end});
      if (!now.single)
        for (const Condition& one : now.many.returned) mask.exits.push_back({at, one});
    }
    return now.goes_on();
  });
  if (!is_few(mask.few.size(), trie.size())) {
    mask.always.resize((trie.size() + 63) / 64);
    for (const std::int32_t id : mask.few) set_bit(mask.always, id);
    mask.few = {};
  }
  sort_by_need(mask, needing, trie.size());
  for (auto* ids : {&mask.few, &mask.needing}) ids->shrink_to_fit();
  mask.bounded.shrink_to_fit();
  mask.exits.shrink_to_fit();
  return mask;
}

void NodeMask::add_to(Words& allowed, Words& scratch, std::uint32_t least, std::uint32_t most) const {
  for (std::size_t i = 0; i < always.size(); ++i) allowed[i] |= always[i];
  for (const std::int32_t id : few) set_bit(allowed, id);
  for (const Bounded& one : bounded)
    if (one.condition.holds(least, most)) set_bit(allowed, one.id);
  const std::size_t enough = most < need_ends.size() ? need_ends[most] : needing.size();
  if (all_needing.empty() || enough < needing.size() / 2) {
    for (std::size_t i = 0; i < enough; ++i) set_bit(allowed, needing[i]);
    return;
  }
  if (enough == needing.size()) {
    for (std::size_t i = 0; i < all_needing.size(); ++i) allowed[i] |= all_needing[i];
    return;
  }
  scratch = all_needing;
  for (std::size_t i = enough; i < needing.size(); ++i)
    scratch[std::size_t(needing[i]) >> 6] &= ~(std::uint64_t(1) << (needing[i] & 63));
  for (std::size_t i = 0; i < scratch.size(); ++i) allowed[i] |= scratch[i];
}

std::size_t NodeMask::bytes() const {
  return sizeof(*this) + (always.size() + all_needing.size()) * 8 + (few.size() + needing.size() + need_ends.size()) * 4 +
         bounded.size() * sizeof(Bounded) + exits.size() * sizeof(Exit);
}

}  // namespace maru::grammar
