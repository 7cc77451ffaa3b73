// Regular expressions as deterministic automata over code points.
#include "maru/grammar/letters.h"

#include <algorithm>
#include <map>
#include <optional>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/grammar/compiled.h"
#include "maru/grammar/pattern.h"

namespace maru::grammar {
namespace {

// The automaton of a pattern before it is deterministic. An anchor is an edge that may be taken only at its end of the text.
class Net {
 public:
  enum class When : std::uint8_t { always, at_begin, at_end, letter };
  struct Edge {
    When when = When::always;
    const Ranges* ranges = nullptr;
    std::uint32_t to = 0;
  };
  explicit Net(Meter& meter) : meter_(meter) {}

  std::uint32_t node() {
    meter_.node();
    edges.emplace_back();
    return std::uint32_t(edges.size() - 1);
  }
  void edge(std::uint32_t from, std::uint32_t to, When when = When::always, const Ranges* ranges = nullptr) {
    meter_.step();
    edges[from].push_back({when, ranges, to});
  }
  // Writes the pattern from a node on and returns where it ends.
  std::uint32_t add(const Pattern& pattern, std::uint32_t from) {
    switch (pattern.kind) {
      case Pattern::Kind::letters: return over(from, When::letter, &pattern.ranges);
      case Pattern::Kind::begin: return over(from, When::at_begin, nullptr);
      case Pattern::Kind::end: return over(from, When::at_end, nullptr);
      case Pattern::Kind::sequence:
        for (const Pattern& part : pattern.parts) from = add(part, from);
        return from;
      case Pattern::Kind::either: {
        const std::uint32_t end = node();
        for (const Pattern& part : pattern.parts) {
          const std::uint32_t begin = node();
          edge(from, begin);
          edge(add(part, begin), end);
        }
        return end;
      }
      case Pattern::Kind::repeated: return repeated(pattern, from);
    }
    return from;
  }
  std::vector<std::vector<Edge>> edges;

 private:
  std::uint32_t over(std::uint32_t from, When when, const Ranges* ranges) {
    const std::uint32_t to = node();
    edge(from, to, when, ranges);
    return to;
  }
  std::uint32_t repeated(const Pattern& pattern, std::uint32_t from) {
    const Pattern& part = pattern.parts[0];
    for (std::uint32_t i = 0; i < pattern.least; ++i) from = add(part, copy(from));
    if (pattern.most == kUnbounded) {
      const std::uint32_t hub = copy(from);
      edge(add(part, copy(hub)), hub);
      return copy(hub);
    }
    const std::uint32_t end = node();
    for (std::uint32_t i = pattern.least; i < pattern.most; ++i) {
      edge(from, end);
      from = add(part, copy(from));
    }
    edge(from, end);
    return end;
  }
  std::uint32_t copy(std::uint32_t from) { return over(from, When::always, nullptr); }
  Meter& meter_;
};

using Set = std::vector<std::uint32_t>;

class Subsets {
 public:
  // `all`: a node that every text goes on from to the end; what else a state holds beside it does not matter.
  Subsets(const Net& net, std::uint32_t final, std::optional<std::uint32_t> all, Meter& meter)
      : net_(net), final_(final), all_(all), meter_(meter), seen_(net.edges.size(), 0) {}

  Letters run(std::uint32_t start) {
    // The beginning is a state of its own: anchors hold there only.
    add_state(followed({start}, true, false));
    for (std::size_t i = 0; i < sets_.size(); ++i) {
      const Set set = sets_[i];
      const Set at_end = followed(set, i == 0, true);
      out_.states[i].ends = std::binary_search(at_end.begin(), at_end.end(), final_);
      add_edges(set, i);
    }
    return std::move(out_);
  }

 private:
  Set followed(const Set& from, bool at_begin, bool at_end) {
    Set all = from, open = from;
    ++epoch_;
    for (const std::uint32_t one : from) seen_[one] = epoch_;
    while (!open.empty()) {
      const std::uint32_t at = open.back();
      open.pop_back();
      for (const Net::Edge& edge : net_.edges[at]) {
        meter_.step();
        const bool free = edge.when == Net::When::always || (edge.when == Net::When::at_begin && at_begin) ||
                          (edge.when == Net::When::at_end && at_end);
        if (!free || seen_[edge.to] == epoch_) continue;
        seen_[edge.to] = epoch_;
        all.push_back(edge.to);
        open.push_back(edge.to);
      }
    }
    if (all_ && seen_[*all_] == epoch_) return {*all_};
    std::ranges::sort(all);
    return all;
  }

  std::uint32_t add_state(Set set) {
    meter_.node();
    sets_.push_back(std::move(set));
    out_.states.emplace_back();
    return std::uint32_t(sets_.size() - 1);
  }
  std::uint32_t id_of(const Set& targets) {
    Set set = followed(targets, false, false);
    if (const auto known = ids_.find(set); known != ids_.end()) return known->second;
    const std::uint32_t id = add_state(set);
    ids_.emplace(std::move(set), id);
    return id;
  }

  // A sweep over the places where ranges begin and end.
  void add_edges(const Set& set, std::size_t state) {
    std::map<char32_t, std::vector<std::pair<std::uint32_t, int>>> events;
    for (const std::uint32_t at : set)
      for (const Net::Edge& edge : net_.edges[at])
        if (edge.when == Net::When::letter)
          for (const Range& range : *edge.ranges) {
            meter_.step();
            events[range.low].emplace_back(edge.to, 1);
            events[range.high + 1].emplace_back(edge.to, -1);
          }
    std::map<std::uint32_t, int> active;
    for (auto at = events.begin(); at != events.end(); ++at) {
      for (const auto& [to, change] : at->second)
        if ((active[to] += change) == 0) active.erase(to);
      if (active.empty()) continue;
      Set targets;
      for (const auto& [to, count] : active) targets.push_back(to);
      const std::uint32_t next = id_of(targets);
      auto& edges = out_.states[state].edges;
      const Range range{at->first, std::next(at)->first - 1};
      if (!edges.empty() && edges.back().next == next && edges.back().range.high + 1 == range.low)
        edges.back().range.high = range.high;
      else
        edges.push_back({range, next});
    }
  }

  const Net& net_;
  std::uint32_t final_;
  std::optional<std::uint32_t> all_;
  Meter& meter_;
  std::vector<std::uint32_t> seen_;
  std::uint32_t epoch_ = 0;
  std::map<Set, std::uint32_t> ids_;
  std::vector<Set> sets_;
  Letters out_;
};

}  // namespace

Letters letters_of_pattern(std::string_view text, Search search, Meter& meter) {
  const Pattern pattern = parse_pattern(text, meter);
  const Ranges all = complement({});
  Net net(meter);
  const std::uint32_t start = net.node();
  const std::uint32_t begin = net.node();
  net.edge(start, begin);
  const std::uint32_t final = net.add(pattern, begin);
  if (search == Search::anywhere) {
    net.edge(start, start, Net::When::letter, &all);
    // Nodes of their own: the last node of the pattern may lie on a loop, and behind $ nothing follows.
    const std::uint32_t rest = net.node();
    net.edge(final, rest);
    net.edge(rest, rest, Net::When::letter, &all);
    return Subsets(net, rest, rest, meter).run(start);
  }
  return Subsets(net, final, std::nullopt, meter).run(start);
}

Grammar::Pointer Grammar::from_regex(std::string_view pattern, const Budget& budget) {
  return compiled(budget, [&](Draft& draft) {
    return written(letters_of_pattern(pattern, Search::whole, draft.meter()), Spelled::plain, draft);
  });
}

}  // namespace maru::grammar
