// Writes small rules into the rules that call them. A token that runs over the end of a rule has to be followed through its callers for
// every mask; inside one rule it is part of the mask that is kept.
#include <algorithm>

#include "maru/grammar/draft.h"

namespace maru::grammar {
namespace {

constexpr std::size_t kSmall = 16;          // nodes of a rule that is copied when it may go on behind its end
constexpr std::size_t kTiny = 8;            // … and in any case
constexpr std::size_t kMostCopied = 20'000;  // nodes

NodeId end_of(const Automaton& automaton, RuleId rule) {
  return rule + 1 < automaton.starts.size() ? automaton.starts[rule + 1] : NodeId(automaton.nodes.size());
}

bool is_small(const Automaton& automaton, RuleId rule) {
  const NodeId begin = automaton.starts[rule], end = end_of(automaton, rule);
  if (rule == 0 || end - begin > kSmall) return false;
  bool goes_on = false;
  for (NodeId n = begin; n < end; ++n) {
    const Node& node = automaton.nodes[n];
    if (node.call_count > 0 || node.gated) return false;
    for (std::uint32_t i = node.bytes; i < node.bytes + node.byte_count; ++i)
      if (automaton.bytes[i].flags != kFree) return false;
    goes_on |= node.ends && node.byte_count > 0;
  }
  return goes_on || end - begin <= kTiny;
}

void copy_rule(const Automaton& automaton, RuleId rule, std::uint32_t from, std::uint32_t to, Draft& draft) {
  const NodeId begin = automaton.starts[rule], end = end_of(automaton, rule);
  std::vector<std::uint32_t> copies;
  for (NodeId n = begin; n < end; ++n) copies.push_back(draft.node());
  draft.empty(from, copies[0]);
  for (NodeId n = begin; n < end; ++n) {
    const Node& node = automaton.nodes[n];
    for (std::uint32_t i = node.bytes; i < node.bytes + node.byte_count; ++i) {
      const ByteEdge& edge = automaton.bytes[i];
      draft.byte(copies[n - begin], edge.low, edge.high, copies[edge.next - begin]);
    }
    if (node.ends) draft.empty(copies[n - begin], to);
  }
}

}  // namespace

std::shared_ptr<const Automaton> with_small_rules_inside(std::shared_ptr<const Automaton> automaton, const Budget& budget) {
  std::vector<bool> small(automaton->starts.size());
  for (RuleId r = 0; r < automaton->starts.size(); ++r) small[r] = is_small(*automaton, r);
  const auto goes_inside = [&](const CallEdge& edge) { return edge.flags == kFree && small[edge.rule]; };
  std::size_t copied = 0;
  for (const Node& node : automaton->nodes)
    for (std::uint32_t i = node.calls; i < node.calls + node.call_count; ++i)
      if (const CallEdge& edge = automaton->calls[i]; goes_inside(edge))
        copied += end_of(*automaton, edge.rule) - automaton->starts[edge.rule];
  if (copied == 0 || copied > kMostCopied) return automaton;
  Meter meter(budget);
  Draft draft(meter);
  for (const std::string& name : automaton->names) (void)draft.declare(name);
  for (std::size_t n = 0; n < automaton->nodes.size(); ++n) (void)draft.node();
  for (RuleId r = 0; r < automaton->starts.size(); ++r) {
    const std::uint32_t end = draft.node();
    bool gated = false;
    for (NodeId n = automaton->starts[r]; n < end_of(*automaton, r); ++n) {
      const Node& node = automaton->nodes[n];
      for (std::uint32_t i = node.bytes; i < node.bytes + node.byte_count; ++i) {
        const ByteEdge& edge = automaton->bytes[i];
        draft.byte(n, edge.low, edge.high, edge.next, edge.flags);
      }
      for (std::uint32_t i = node.calls; i < node.calls + node.call_count; ++i) {
        const CallEdge& edge = automaton->calls[i];
        if (goes_inside(edge))
          copy_rule(*automaton, edge.rule, n, edge.next, draft);
        else
          draft.call_from(n, edge.rule, edge.next, edge.flags, edge.least, edge.most);
      }
      if (node.ends) draft.empty(n, end);
      gated |= node.gated;
    }
    draft.define(r, {automaton->starts[r], end}, gated);
  }
  return draft.determined();
}

}  // namespace maru::grammar
