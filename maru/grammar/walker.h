#pragma once
// Walks a subtree of a vocabulary through a grammar. Nearly all of a walk is one place that moves along bytes, so that is kept apart from
// the general case.
#include <array>
#include <cstdint>
#include <vector>

#include "maru/grammar/automaton.h"
#include "maru/grammar/threads.h"
#include "maru/grammar/token_trie.h"

namespace maru::grammar {

class Walker {
 public:
  // Where the grammar is after the bytes of a place of the trie.
  struct Level {
    bool single = true;   // one thread or none, and one way to the bottom or none; else `many`
    bool alive = false, ended = false;
    Thread one;
    Condition end;
    Places many;
    bool goes_on() const { return single ? alive : !many.threads.empty(); }
    bool dead() const { return single ? !alive && !ended : many.threads.empty() && many.returned.empty(); }
  };
  Walker(const Automaton& automaton, const TokenTrie& trie, Follower& follower)
      : automaton_(automaton), trie_(trie), follower_(follower), levels_(trie.longest + 1) {}

  void begin_at(const Thread& thread) {
    levels_[0].single = levels_[0].alive = true;
    levels_[0].ended = false;
    levels_[0].one = thread;
  }
  // Where the rule of the thread returns to. False: nowhere that goes on.
  bool begin_behind(const Thread& thread) {
    follower_.popped(thread, levels_[0].many);
    settle(levels_[0]);
    return levels_[0].goes_on();
  }

  // Visits what lies under a place, whose own bytes were read already. found(place, level) returns whether to go deeper.
  template <class Found>
  void walk(std::uint32_t from, const Found& found) {
    const std::size_t top = trie_.places[from].depth, behind = trie_.places[from].behind;
    for (std::uint32_t at = from + 1; at < behind;) {
      const TokenTrie::Place& place = trie_.places[at];
      Level& now = levels_[place.depth - top];
      step(levels_[place.depth - top - 1], place.byte, now);
      at = !now.dead() && found(at, now) ? at + 1 : place.behind;
    }
  }

 private:
  void step(const Level& from, std::uint8_t byte, Level& now) {
    if (!from.single) {
      follower_.step(from.many, byte, now.many);
      return settle(now);
    }
    now.single = true;
    now.alive = now.ended = false;
    const ByteEdge* edge = from.alive ? edge_of(from.one.node, byte) : nullptr;
    if (!edge) return;
    now.one = from.one;
    if (!Follower::pass(edge->flags, now.one)) return;
    now.one.node = edge->next;
    const Node& node = automaton_.nodes[edge->next];
    if (node.call_count > 0 || (node.ends && now.one.below != kBottom)) {
      follower_.begin(Thread(now.one), now.many);
      return settle(now);
    }
    now.alive = node.byte_count > 0;
    if (!node.ends) return;
    Thread end = now.one;
    now.ended = !node.gated || Follower::pass(kDone, end);
    now.end = {end.need, end.bound};
  }
  static void settle(Level& now) {
    now.single = now.many.threads.size() <= 1 && now.many.returned.size() <= 1;
    if (!now.single) return;
    now.alive = !now.many.threads.empty();
    now.ended = !now.many.returned.empty();
    if (now.alive) now.one = now.many.threads[0];
    if (now.ended) now.end = now.many.returned[0];
  }

  const ByteEdge* edge_of(NodeId id, std::uint8_t byte) {
    const Node& node = automaton_.nodes[id];
    const ByteEdge* edges = automaton_.bytes.data() + node.bytes;
    if (node.byte_count <= 3) {
      for (std::uint32_t i = 0; i < node.byte_count; ++i)
        if (byte >= edges[i].low && byte <= edges[i].high) return edges + i;
      return nullptr;
    }
    Row& row = rows_[id % rows_.size()];
    if (row.node != id) fill(row, id);
    return row.edge[byte] == kNone ? nullptr : edges + row.edge[byte];
  }
  static constexpr std::uint16_t kNone = 0xFFFF;
  struct Row {  // the edges of a node by byte
    NodeId node = kNoNode;
    std::array<std::uint16_t, 256> edge{};
  };
  void fill(Row& row, NodeId id) const {
    const Node& node = automaton_.nodes[id];
    row.node = id;
    row.edge.fill(kNone);
    for (std::uint32_t i = 0; i < node.byte_count; ++i) {
      const ByteEdge& edge = automaton_.bytes[node.bytes + i];
      for (std::size_t b = edge.low; b <= edge.high; ++b) row.edge[b] = std::uint16_t(i);
    }
  }

  const Automaton& automaton_;
  const TokenTrie& trie_;
  Follower& follower_;
  std::vector<Level> levels_;
  std::array<Row, 64> rows_;
};

}  // namespace maru::grammar
