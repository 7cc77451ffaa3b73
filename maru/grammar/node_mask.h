#pragma once
// What tokens a node of an automaton allows whoever called its rule. Zhong et al. 2024 (XGrammar) keep such masks per state of a
// pushdown automaton; here the counters of a rule stay open, too: a mask says how many items a token needs.
#include <cstdint>
#include <vector>

#include "maru/grammar/automaton.h"
#include "maru/grammar/threads.h"
#include "maru/grammar/token_trie.h"

namespace maru::grammar {

using Words = std::vector<std::uint64_t>;  // a bit per token
inline void set_bit(Words& words, std::int32_t id) { words[std::size_t(id) >> 6] |= std::uint64_t(1) << (id & 63); }

struct NodeMask {
  Words always;                             // allowed in any case; empty when `few` says it
  std::vector<std::int32_t> few;
  std::vector<std::int32_t> needing;        // allowed when most >= need; sorted by need
  std::vector<std::uint32_t> need_ends;     // needing[need_ends[n - 1], need_ends[n]) need n
  Words all_needing;                        // all of `needing`, where they are many
  struct Bounded {
    std::int32_t id = 0;
    Condition condition;
  };
  std::vector<Bounded> bounded;             // allowed when the condition holds
  struct Exit {
    std::uint32_t place = 0;                // of the trie: the rule ends there and the caller reads the rest of the subtree
    Condition condition;
  };
  std::vector<Exit> exits;

  std::size_t bytes() const;
  // Adds what a rule with these counters allows.
  void add_to(Words& allowed, Words& scratch, std::uint32_t least, std::uint32_t most) const;
};

NodeMask node_mask(const Automaton& automaton, const TokenTrie& trie, NodeId node);

}  // namespace maru::grammar
