#pragma once
// The places in a grammar where a text may be, all followed at once, byte by byte. Knows no tokens.
#include <cstdint>
#include <vector>

#include "maru/grammar/automaton.h"
#include "maru/grammar/stacks.h"

namespace maru::grammar {

// One place: a node of a running rule, its counters, and where it returns to. `need` and `bound` are conditions on the counters of a
// rule whose caller is unknown (most == kUnknown): it has to have most >= need and least <= bound where the walk began.
struct Thread {
  NodeId node = 0;
  std::uint32_t least = 0, most = kUnbounded;
  StackId below = kBottom;
  std::uint32_t need = 0, bound = kUnbounded;
};
struct Condition {
  std::uint32_t need = 0, bound = kUnbounded;
  bool always() const { return need == 0 && bound == kUnbounded; }
  bool holds(std::uint32_t least, std::uint32_t most) const { return most >= need && least <= bound; }
  bool operator==(const Condition&) const = default;
};

struct Places {
  std::vector<Thread> threads;      // only those that some byte can move
  std::vector<Condition> returned;  // the bottom was reached: the whole may end, or the unknown caller goes on
  void clear() {
    threads.clear();
    returned.clear();
  }
};

class Follower {
 public:
  Follower(const Automaton& automaton, Stacks& stacks) : automaton_(automaton), stacks_(stacks) {}
  void start(Places& out);                                   // the root rule
  void begin(Thread at, Places& out);                        // one place and what follows it for nothing
  void popped(const Thread& from, Places& out);              // what goes on when the rule of `from` ends
  // Whether the counters let an edge pass; changes them, or the conditions of a rule whose caller is unknown.
  static bool pass(std::uint8_t flags, Thread& thread);
  void step(const Places& from, std::uint8_t byte, Places& out);

 private:
  void add(const Thread& thread, Places& out);
  void pop(const Thread& thread, Places& out);
  void close(Places& out);
  const Automaton& automaton_;
  Stacks& stacks_;
  std::vector<std::uint32_t> open_;  // threads of the result that are still to be looked at
  std::vector<char> waiting_;
  std::size_t work_ = 0;
};

}  // namespace maru::grammar
