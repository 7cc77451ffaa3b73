#pragma once
// The compiled form of a grammar: per rule a deterministic automaton over bytes and calls of other rules. A rule runs with two counters,
// `least` and `most`, that its caller sets: how many more items it has to have and may have. Knows nothing of what it was compiled from.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace maru::grammar {

using NodeId = std::uint32_t;
using RuleId = std::uint32_t;
inline constexpr std::uint32_t kUnbounded = std::numeric_limits<std::uint32_t>::max();

// What an edge asks of the running rule's counters and does to them.
enum EdgeFlag : std::uint8_t {
  kFree = 0,
  kMore = 1,   // only while most > 0
  kDone = 2,   // only when least == 0
  kCount = 4,  // one item: least and most go down
};

struct ByteEdge {
  std::uint8_t low = 0, high = 0, flags = kFree;
  NodeId next = 0;
};
struct CallEdge {
  RuleId rule = 0;
  std::uint32_t least = 0, most = kUnbounded;  // the counters the called rule begins with
  std::uint8_t flags = kFree;
  NodeId next = 0;  // where this rule goes on
};
struct Node {
  std::uint32_t bytes = 0, byte_count = 0;  // edges [bytes, bytes + byte_count), sorted, disjoint
  std::uint32_t calls = 0, call_count = 0;
  bool ends = false;    // the rule may end here
  bool gated = false;   // … but only when least == 0
  bool tail = false;    // nothing but the end: a call that leads here needs no way back
  bool returns = false; // some caller goes on behind this node's rule
  bool plain = false;   // bytes only: no calls, no end
};

struct Automaton {
  std::vector<Node> nodes;
  std::vector<ByteEdge> bytes;
  std::vector<CallEdge> calls;
  std::vector<NodeId> starts;      // of each rule; rule 0 is the root
  std::vector<std::string> names;  // of each rule, for messages
};

}  // namespace maru::grammar
