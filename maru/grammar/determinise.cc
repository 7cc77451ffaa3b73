// Subset construction, rule by rule: bytes and calls are the letters. What stays undecided (a byte or a call? this call or that?) is
// followed in parallel while matching.
#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <unordered_map>

#include "maru/base/error.h"
#include "maru/grammar/draft.h"

namespace maru::grammar {
namespace {

constexpr int kMostRounds = 3;

}  // namespace

class Determiniser {
 public:
  explicit Determiniser(const Draft& draft, Meter& meter) : draft_(draft), meter_(meter), seen_(draft.edges_.size(), 0) {}

  std::shared_ptr<Automaton> run() {
    auto out = std::make_shared<Automaton>();
    for (const Draft::Rule& rule : draft_.rules_) {
      check(rule.defined, "grammar: rule {} is used and not defined", rule.name);
      out->names.push_back(rule.name);
      out->starts.push_back(one_rule(rule, *out));
    }
    return out;
  }

 private:
  using Set = std::vector<std::uint32_t>;
  struct Hash {
    std::size_t operator()(const Set& set) const {
      std::size_t hash = set.size();
      for (const std::uint32_t one : set) hash = (hash ^ one) * 0x9E3779B97F4A7C15ull;
      return hash ^ (hash >> 29);
    }
  };
  using Letter = std::tuple<RuleId, std::uint32_t, std::uint32_t, std::uint8_t>;  // a call: rule, least, most, flags

  NodeId one_rule(const Draft::Rule& rule, Automaton& out) {
    ids_.clear();
    open_.clear();
    end_ = rule.body.end;
    const NodeId start = id_of({rule.body.begin}, out);
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const Set set = open_[i];
      Node node{.bytes = std::uint32_t(out.bytes.size()), .calls = std::uint32_t(out.calls.size())};
      node.ends = std::binary_search(set.begin(), set.end(), end_);
      node.gated = node.ends && rule.gated;
      add_bytes(set, out, rule.name);
      add_calls(set, out);
      node.byte_count = std::uint32_t(out.bytes.size()) - node.bytes;
      node.call_count = std::uint32_t(out.calls.size()) - node.calls;
      out.nodes[start + i] = node;
    }
    return start;
  }

  // The state of these nodes and what follows them for nothing; a new one gets the next id and is looked at later.
  NodeId id_of(const Set& targets, Automaton& out) {
    ++epoch_;
    Set all, open;
    const auto meet = [&](std::uint32_t node) {
      if (seen_[node] == epoch_) return;
      seen_[node] = epoch_;
      open.push_back(node);
    };
    for (const std::uint32_t target : targets) meet(target);
    while (!open.empty()) {
      const std::uint32_t at = open.back();
      open.pop_back();
      meter_.step();
      bool matters = at == end_;
      for (const Draft::Edge& edge : draft_.edges_[at]) {
        if (edge.kind == Draft::Edge::Kind::empty)
          meet(edge.to);
        else
          matters = true;
      }
      if (matters) all.push_back(at);
    }
    std::sort(all.begin(), all.end());
    const auto [found, fresh] = ids_.try_emplace(std::move(all), NodeId(out.nodes.size()));
    if (fresh) {
      meter_.node();
      out.nodes.emplace_back();
      open_.push_back(found->first);
    }
    return found->second;
  }

  void add_bytes(const Set& set, Automaton& out, const std::string& name) {
    const std::size_t first = out.bytes.size();
    std::array<bool, 257> cut{};
    std::vector<const Draft::Edge*> edges;
    for (const std::uint32_t at : set)
      for (const Draft::Edge& edge : draft_.edges_[at])
        if (edge.kind == Draft::Edge::Kind::byte) {
          edges.push_back(&edge);
          cut[edge.low] = cut[std::size_t(edge.high) + 1] = true;
        }
    meter_.step(edges.size());
    if (edges.empty()) return;
    std::array<std::uint16_t, 257> part{};
    for (std::size_t b = 1; b < 257; ++b) part[b] = std::uint16_t(part[b - 1] + cut[b]);
    std::vector<Set> targets(std::size_t(part[256]) + 1);
    std::vector<int> flags(targets.size(), -1);
    for (const Draft::Edge* edge : edges) {
      for (std::size_t i = part[edge->low]; i <= part[edge->high]; ++i) {
        if (flags[i] >= 0 && flags[i] != edge->flags) fail(ErrorKind::internal, "grammar: rule {} counts one byte in two ways", name);
        flags[i] = edge->flags;
        targets[i].push_back(edge->to);
      }
      meter_.step(std::size_t(part[edge->high] - part[edge->low]) + 1);
    }
    for (std::size_t low = 0; low < 256;) {
      const std::size_t i = part[low];
      std::size_t high = low;
      while (high + 1 < 256 && part[high + 1] == i) ++high;
      if (!targets[i].empty()) {
        const ByteEdge edge{std::uint8_t(low), std::uint8_t(high), std::uint8_t(flags[i]), id_of(targets[i], out)};
        ByteEdge* last = out.bytes.size() > first ? &out.bytes.back() : nullptr;
        if (last && last->next == edge.next && last->flags == edge.flags && last->high + 1 == edge.low)
          last->high = edge.high;
        else
          out.bytes.push_back(edge);
      }
      low = high + 1;
    }
  }

  void add_calls(const Set& set, Automaton& out) {
    std::map<Letter, Set> targets;
    for (const std::uint32_t at : set)
      for (const Draft::Edge& edge : draft_.edges_[at])
        if (edge.kind == Draft::Edge::Kind::call) targets[{edge.rule, edge.least, edge.most, edge.flags}].push_back(edge.to);
    for (const auto& [letter, to] : targets) {
      const auto& [rule, least, most, flags] = letter;
      out.calls.push_back({.rule = rule, .least = least, .most = most, .flags = flags, .next = id_of(to, out)});
    }
  }

  const Draft& draft_;
  Meter& meter_;
  std::vector<std::uint32_t> seen_;
  std::uint32_t epoch_ = 0, end_ = 0;
  std::unordered_map<Set, NodeId, Hash> ids_;
  std::vector<Set> open_;
};

std::shared_ptr<const Automaton> Draft::finish() {
  std::shared_ptr<const Automaton> out = determined();
  // A rule of small rules is small itself, then.
  for (int round = 0; round < kMostRounds; ++round) {
    std::shared_ptr<const Automaton> next = with_small_rules_inside(out, meter_.budget());
    if (next == out) break;
    out = std::move(next);
  }
  return out;
}

std::shared_ptr<const Automaton> Draft::determined() {
  std::shared_ptr<Automaton> out = Determiniser(*this, meter_).run();
  check_rules(*out, meter_);
  return out;
}

}  // namespace maru::grammar
