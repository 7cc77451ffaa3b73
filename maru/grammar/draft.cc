// Fragments and how they are joined. Nothing here is deterministic yet.
#include "maru/grammar/draft.h"

#include <algorithm>
#include <array>

#include "maru/base/error.h"

namespace maru::grammar {
namespace {

// The ranges of code points whose UTF-8 has one length and whose bytes behind the first differ freely are written by these boundaries.
constexpr std::array<Range, 4> kLengths = {{{0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xFFFF}, {0x10000, kLastCodePoint}}};

std::array<std::uint8_t, 4> encoded(char32_t c, int length) {
  std::array<std::uint8_t, 4> out{};
  if (length == 1) return {std::uint8_t(c)};
  constexpr std::uint8_t kLead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (int i = length - 1; i > 0; --i, c >>= 6) out[std::size_t(i)] = std::uint8_t(0x80 | (c & 0x3F));
  out[0] = std::uint8_t(kLead[length] | c);
  return out;
}

// Calls visit(low bytes, high bytes) for products of byte ranges that together are low … high.
template <class Visit>
void utf8_ranges(char32_t low, char32_t high, int length, const Visit& visit) {
  for (int i = 1; i < length; ++i) {
    const char32_t part = (char32_t(1) << (6 * i)) - 1;
    if ((low & ~part) == (high & ~part)) continue;
    if ((low & part) != 0) {
      utf8_ranges(low, low | part, length, visit);
      return utf8_ranges((low | part) + 1, high, length, visit);
    }
    if ((high & part) != part) {
      utf8_ranges(low, (high & ~part) - 1, length, visit);
      return utf8_ranges(high & ~part, high, length, visit);
    }
  }
  visit(encoded(low, length), encoded(high, length));
}

}  // namespace

RuleId Draft::declare(std::string name) {
  meter_.rule();
  rules_.push_back({.name = std::move(name), .body = {}});
  return RuleId(rules_.size() - 1);
}

void Draft::define(RuleId rule, Fragment body, bool gated) {
  rules_[rule].body = body;
  rules_[rule].defined = true;
  rules_[rule].gated = gated;
}

std::uint32_t Draft::node() {
  meter_.node();
  edges_.emplace_back();
  return std::uint32_t(edges_.size() - 1);
}

void Draft::empty(std::uint32_t from, std::uint32_t to) {
  meter_.step();
  edges_[from].push_back({.to = to});
}

void Draft::byte(std::uint32_t from, std::uint8_t low, std::uint8_t high, std::uint32_t to, std::uint8_t flags) {
  meter_.step();
  edges_[from].push_back({.kind = Edge::Kind::byte, .low = low, .high = high, .flags = flags, .to = to});
}

void Draft::call_from(std::uint32_t from, RuleId rule, std::uint32_t to, std::uint8_t flags, std::uint32_t least, std::uint32_t most) {
  meter_.step();
  edges_[from].push_back({.kind = Edge::Kind::call, .flags = flags, .rule = rule, .least = least, .most = most, .to = to});
}

void Draft::one_of(std::uint32_t from, const Ranges& ranges, std::uint32_t to, std::uint8_t flags) {
  const std::uint8_t asks = flags & ~kCount, counts = flags & kCount;  // asked by the first byte, counted with the last
  for (int length = 1; length <= 4; ++length) {
    for (const Range& range : shared(ranges, {kLengths[std::size_t(length - 1)]})) {
      utf8_ranges(range.low, range.high, length, [&](const auto& low, const auto& high) {
        std::uint32_t at = from;
        for (int i = 0; i < length; ++i) {
          const std::uint32_t next = i + 1 == length ? to : node();
          byte(at, low[std::size_t(i)], high[std::size_t(i)], next, std::uint8_t((i == 0 ? asks : 0) | (i + 1 == length ? counts : 0)));
          at = next;
        }
      });
    }
  }
}

Fragment Draft::nothing() {
  const std::uint32_t at = node();
  return {at, at};
}

Fragment Draft::literal(std::string_view bytes) {
  Fragment out = nothing();
  for (const char c : bytes) {
    const std::uint32_t next = node();
    byte(out.end, std::uint8_t(c), std::uint8_t(c), next);
    out.end = next;
  }
  return out;
}

Fragment Draft::one_of(const Ranges& ranges) {
  const Fragment out{node(), node()};
  one_of(out.begin, ranges, out.end);
  return out;
}

Fragment Draft::call(RuleId rule, std::uint32_t least, std::uint32_t most) {
  const std::uint32_t begin = node(), end = node();
  call_from(begin, rule, end, kFree, least, most);
  return {begin, end};
}

Fragment Draft::then(Fragment a, Fragment b) {
  empty(a.end, b.begin);
  return {a.begin, b.end};
}

Fragment Draft::either(std::span<const Fragment> parts) {
  const Fragment out{node(), node()};
  for (const Fragment& part : parts) {
    empty(out.begin, part.begin);
    empty(part.end, out.end);
  }
  return out;
}

Fragment Draft::optional(Fragment part) {
  const Fragment both[] = {part, nothing()};
  return either(both);
}

Fragment Draft::star(Fragment part) {
  const std::uint32_t hub = node();
  empty(hub, part.begin);
  empty(part.end, hub);
  const std::uint32_t begin = node(), end = node();
  empty(begin, hub);
  empty(hub, end);
  return {begin, end};
}

RuleId Draft::as_rule(std::string name, Fragment body) {
  const RuleId rule = declare(std::move(name));
  define(rule, body);
  return rule;
}

RuleId Draft::counted(RuleId part) {
  const RuleId rule = declare(rules_[part].name + "{…}");
  const std::uint32_t hub = node();
  call_from(hub, part, hub, kMore | kCount);
  define(rule, {hub, hub}, true);
  return rule;
}

RuleId Draft::counted(const Ranges& letters) {
  const RuleId rule = declare("letters{…}");
  const std::uint32_t hub = node();
  one_of(hub, letters, hub, kMore | kCount);
  define(rule, {hub, hub}, true);
  return rule;
}

RuleId Draft::import(const Automaton& automaton) {
  const RuleId first = RuleId(rules_.size());
  const std::uint32_t base = std::uint32_t(edges_.size());
  meter_.node(automaton.nodes.size());
  edges_.resize(edges_.size() + automaton.nodes.size());
  for (std::size_t i = 0; i < automaton.starts.size(); ++i) declare(automaton.names[i]);
  // Every rule needs one end of its own. Its nodes are those reached from its start; no two rules share one.
  std::vector<bool> seen(automaton.nodes.size());
  for (std::size_t r = 0; r < automaton.starts.size(); ++r) {
    const std::uint32_t end = node();
    bool gated = false;
    std::vector<NodeId> open{automaton.starts[r]};
    seen[open[0]] = true;
    const auto meet = [&](NodeId next) {
      if (!seen[next]) open.push_back(next);
      seen[next] = true;
    };
    while (!open.empty()) {
      const NodeId at = open.back();
      open.pop_back();
      const Node& node = automaton.nodes[at];
      for (std::uint32_t i = 0; i < node.byte_count; ++i) {
        const ByteEdge& edge = automaton.bytes[node.bytes + i];
        byte(base + at, edge.low, edge.high, base + edge.next, edge.flags);
        meet(edge.next);
      }
      for (std::uint32_t i = 0; i < node.call_count; ++i) {
        const CallEdge& edge = automaton.calls[node.calls + i];
        call_from(base + at, first + edge.rule, base + edge.next, edge.flags, edge.least, edge.most);
        meet(edge.next);
      }
      if (node.ends) empty(base + at, end);
      gated |= node.gated;
    }
    define(RuleId(first + r), {base + automaton.starts[r], end}, gated);
  }
  return first;
}

}  // namespace maru::grammar
