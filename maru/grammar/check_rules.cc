// Looks over the rules of a finished automaton: cuts off what leads nowhere and refuses what would never stop without reading a byte.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/grammar/draft.h"

namespace maru::grammar {
namespace {

// Repetitions that may be empty are followed one by one, so few are allowed.
constexpr std::uint32_t kMostEmptyRepetitions = 256;

// From which nodes an end can be reached, by calls of rules of which the same holds and, with `bytes`, by bytes. Each node counts twice:
// while its rule still needs items (2 n), and when it needs none (2 n + 1).
class Backward {
 public:
  Backward(const Automaton& automaton, bool bytes, Meter& meter) : automaton_(automaton), reaches_(automaton.nodes.size() * 2) {
    before_.resize(automaton.nodes.size());
    callers_.resize(automaton.starts.size());
    rule_of_start_.assign(automaton.nodes.size(), kUnbounded);
    for (RuleId r = 0; r < automaton.starts.size(); ++r) rule_of_start_[automaton.starts[r]] = r;
    for (NodeId n = 0; n < automaton.nodes.size(); ++n) {
      const Node& node = automaton.nodes[n];
      for (std::uint32_t i = node.bytes; bytes && i < node.bytes + node.byte_count; ++i)
        before_[automaton.bytes[i].next].push_back({n, kUnbounded, automaton.bytes[i].flags});
      for (std::uint32_t i = node.calls; i < node.calls + node.call_count; ++i) {
        before_[automaton.calls[i].next].push_back({n, i, automaton.calls[i].flags});
        callers_[automaton.calls[i].rule].push_back({n, i, automaton.calls[i].flags});
      }
      meter.step(node.byte_count + node.call_count + 1);
    }
    for (NodeId n = 0; n < automaton.nodes.size(); ++n) {
      if (!automaton.nodes[n].ends) continue;
      reach(n, true);
      if (!automaton.nodes[n].gated) reach(n, false);
    }
    while (!open_.empty()) {
      const std::uint32_t state = open_.back();
      open_.pop_back();
      meter.step();
      spread(state / 2, state % 2 != 0, meter);
    }
  }
  bool node(NodeId n) const { return reaches_[n * 2] || reaches_[n * 2 + 1]; }
  bool call(const CallEdge& edge) const {
    return edge.least <= edge.most && reaches_[automaton_.starts[edge.rule] * 2 + (edge.least == 0)];
  }

 private:
  struct Way {
    NodeId from = 0;
    std::uint32_t call = kUnbounded;  // its index, or none: a byte
    std::uint8_t flags = kFree;
  };
  void reach(NodeId n, bool done) {
    if (reaches_[n * 2 + done]) return;
    reaches_[n * 2 + done] = true;
    open_.push_back(n * 2 + done);
  }
  void take(const Way& way, bool done) {
    if (way.call != kUnbounded && !call(automaton_.calls[way.call])) return;
    if (done || !(way.flags & kDone)) {
      if (done) reach(way.from, true);
      if (!done || (way.flags & kCount)) {
        if (!(way.flags & kDone)) reach(way.from, false);
      }
    }
  }
  void spread(NodeId n, bool done, Meter& meter) {
    meter.step(before_[n].size());
    for (const Way& way : before_[n]) take(way, done);
    if (rule_of_start_[n] == kUnbounded) return;
    for (const Way& way : callers_[rule_of_start_[n]]) {
      const NodeId next = automaton_.calls[way.call].next;
      for (const bool then : {false, true})
        if (reaches_[next * 2 + then]) take(way, then);
    }
  }

  const Automaton& automaton_;
  std::vector<bool> reaches_;
  std::vector<std::vector<Way>> before_, callers_;
  std::vector<RuleId> rule_of_start_;
  std::vector<std::uint32_t> open_;
};

void cut_dead_ends(Automaton& automaton, Meter& meter) {
  const Backward alive(automaton, true, meter);
  check(alive.node(automaton.starts[0]) && alive.call({.rule = 0}),
        "grammar: no text is ever complete: rule {} always needs more", automaton.names[0]);
  for (Node& node : automaton.nodes) {
    const auto bytes = automaton.bytes.begin() + node.bytes;
    node.byte_count = std::uint32_t(
        std::remove_if(bytes, bytes + node.byte_count, [&](const ByteEdge& edge) { return !alive.node(edge.next); }) - bytes);
    const auto calls = automaton.calls.begin() + node.calls;
    const auto dead = [&](const CallEdge& edge) { return !alive.node(edge.next) || !alive.call(edge); };
    node.call_count = std::uint32_t(std::remove_if(calls, calls + node.call_count, dead) - calls);
  }
}

// Which rules each rule may call before it has read a byte.
std::vector<std::vector<RuleId>> first_calls(const Automaton& automaton, const Backward& empty, Meter& meter) {
  std::vector<std::vector<RuleId>> out(automaton.starts.size());
  std::vector<bool> seen(automaton.nodes.size());
  for (RuleId r = 0; r < automaton.starts.size(); ++r) {
    std::vector<NodeId> open{automaton.starts[r]};
    seen[open[0]] = true;
    while (!open.empty()) {
      const Node& node = automaton.nodes[open.back()];
      open.pop_back();
      meter.step(node.call_count + 1);
      for (std::uint32_t i = node.calls; i < node.calls + node.call_count; ++i) {
        const CallEdge& edge = automaton.calls[i];
        out[r].push_back(edge.rule);
        if (!empty.call(edge)) continue;
        if (!seen[edge.next]) open.push_back(edge.next);
        seen[edge.next] = true;
      }
    }
  }
  return out;
}

void refuse_left_recursion(const Automaton& automaton, const Backward& empty, Meter& meter) {
  const auto calls = first_calls(automaton, empty, meter);
  enum : char { fresh, open, done };
  std::vector<char> state(calls.size(), fresh);
  std::vector<std::pair<RuleId, std::size_t>> path;
  for (RuleId r = 0; r < calls.size(); ++r) {
    if (state[r] != fresh) continue;
    path.emplace_back(r, 0);
    state[r] = open;
    while (!path.empty()) {
      auto& [rule, at] = path.back();
      if (at == calls[rule].size()) {
        state[rule] = done;
        path.pop_back();
        continue;
      }
      const RuleId next = calls[rule][at++];
      check(state[next] != open, "grammar: rule {} begins with itself (left recursion); write the repetition with * or at the end",
            automaton.names[next]);
      if (state[next] == done) continue;
      state[next] = open;
      path.emplace_back(next, 0);
    }
  }
}

void refuse_empty_repetition(const Automaton& automaton, const Backward& empty) {
  std::vector<bool> repeats_nothing(automaton.starts.size());
  // The nodes of a rule follow each other, beginning with its start.
  for (RuleId r = 0; r < automaton.starts.size(); ++r) {
    const NodeId end = r + 1 < automaton.starts.size() ? automaton.starts[r + 1] : NodeId(automaton.nodes.size());
    for (NodeId n = automaton.starts[r]; n < end; ++n) {
      const Node& node = automaton.nodes[n];
      for (std::uint32_t i = node.calls; i < node.calls + node.call_count; ++i)
        if ((automaton.calls[i].flags & kCount) && empty.call(automaton.calls[i])) repeats_nothing[r] = true;
    }
  }
  for (const Node& node : automaton.nodes)
    for (std::uint32_t i = node.calls; i < node.calls + node.call_count; ++i) {
      const CallEdge& edge = automaton.calls[i];
      const std::uint32_t most = edge.most == kUnbounded ? edge.least : edge.most;
      check(!repeats_nothing[edge.rule] || most <= kMostEmptyRepetitions,
            "grammar: rule {} repeats what may be empty up to {} times, more than {}; use *", automaton.names[edge.rule], most,
            kMostEmptyRepetitions);
    }
}

// A rule has a caller that goes on, or one that ends with it and has such a caller itself.
void mark_returning(Automaton& automaton) {
  const auto end_of = [&](RuleId r) { return r + 1 < automaton.starts.size() ? automaton.starts[r + 1] : NodeId(automaton.nodes.size()); };
  std::vector<std::vector<RuleId>> ends_with(automaton.starts.size());
  std::vector<bool> returns(automaton.starts.size());
  std::vector<RuleId> open;
  const auto mark = [&](RuleId r) {
    if (!returns[r]) open.push_back(r);
    returns[r] = true;
  };
  for (RuleId r = 0; r < automaton.starts.size(); ++r) {
    for (NodeId n = automaton.starts[r]; n < end_of(r); ++n) {
      const Node& node = automaton.nodes[n];
      for (std::uint32_t i = node.calls; i < node.calls + node.call_count; ++i) {
        const CallEdge& edge = automaton.calls[i];
        if (automaton.nodes[edge.next].tail)
          ends_with[r].push_back(edge.rule);
        else
          mark(edge.rule);
      }
    }
  }
  while (!open.empty()) {
    const RuleId r = open.back();
    open.pop_back();
    for (const RuleId called : ends_with[r]) mark(called);
  }
  for (RuleId r = 0; r < automaton.starts.size(); ++r)
    for (NodeId n = automaton.starts[r]; n < end_of(r); ++n) automaton.nodes[n].returns = returns[r];
}

}  // namespace

void check_rules(Automaton& automaton, Meter& meter) {
  cut_dead_ends(automaton, meter);
  const Backward empty(automaton, false, meter);
  refuse_left_recursion(automaton, empty, meter);
  refuse_empty_repetition(automaton, empty);
  for (Node& node : automaton.nodes) {
    node.plain = !node.ends && node.call_count == 0;
    node.tail = node.ends && !node.gated && node.call_count == 0 && node.byte_count == 0;
  }
  mark_returning(automaton);
}

}  // namespace maru::grammar