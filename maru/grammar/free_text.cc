// Free text with markers: the automaton that finds them (Aho and Corasick 1975), side by side with the one that reads UTF-8.
#include "maru/grammar/free_text.h"

#include <array>
#include <map>
#include <vector>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::grammar {
namespace {

struct Utf8Edge {
  int from;
  std::uint8_t low, high;
  int to;
};
// State 0: between two characters. RFC 3629, section 4.
constexpr Utf8Edge kUtf8[] = {{0, 0x00, 0x7F, 0}, {0, 0xC2, 0xDF, 1}, {0, 0xE0, 0xE0, 2}, {0, 0xE1, 0xEC, 3}, {0, 0xED, 0xED, 4},
                              {0, 0xEE, 0xEF, 3}, {0, 0xF0, 0xF0, 5}, {0, 0xF1, 0xF3, 6}, {0, 0xF4, 0xF4, 7}, {1, 0x80, 0xBF, 0},
                              {2, 0xA0, 0xBF, 1}, {3, 0x80, 0xBF, 1}, {4, 0x80, 0x9F, 1}, {5, 0x90, 0xBF, 3}, {6, 0x80, 0xBF, 3},
                              {7, 0x80, 0x8F, 3}};

class Markers {
 public:
  Markers(std::span<const std::string> markers, Meter& meter) {
    for (const std::string& marker : markers) {
      check(!marker.empty() && !unicode::first_invalid(marker), "grammar: a marker has to be UTF-8 of one byte or more");
      std::size_t at = 0;
      for (const char c : marker) {
        const auto [found, fresh] = states_[at].next.try_emplace(std::uint8_t(c), states_.size());
        at = found->second;
        if (!fresh) continue;
        meter.node();
        states_.emplace_back();
      }
      states_[at].whole = true;
    }
    add_fallbacks();
  }
  // Where a byte leads; state 0: nothing of a marker was read.
  std::size_t next(std::size_t state, std::uint8_t byte) const {
    for (;; state = states_[state].fallback) {
      if (const auto found = states_[state].next.find(byte); found != states_[state].next.end()) return found->second;
      if (state == 0) return 0;
    }
  }
  bool whole(std::size_t state) const { return states_[state].whole; }

 private:
  struct State {
    std::map<std::uint8_t, std::size_t> next;
    std::size_t fallback = 0;
    bool whole = false;  // a marker ends here
  };
  void add_fallbacks() {
    std::vector<std::size_t> order{0};
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (const auto& [byte, to] : states_[order[i]].next) {
        if (order[i] != 0) states_[to].fallback = next(states_[order[i]].fallback, byte);
        if (states_[states_[to].fallback].whole) states_[to].whole = true;
        order.push_back(to);
      }
    }
  }
  std::vector<State> states_{1};
};

}  // namespace

Fragment text_around(Draft& draft, std::span<const std::string> markers, bool until) {
  const Markers found(markers, draft.meter());
  const Fragment out{draft.node(), draft.node()};
  std::map<std::pair<int, std::size_t>, std::uint32_t> nodes{{{0, 0}, out.begin}};
  std::vector<std::pair<int, std::size_t>> open{{0, 0}};
  const auto node_of = [&](int utf8, std::size_t state) {
    const auto [at, fresh] = nodes.try_emplace({utf8, state}, 0);
    if (fresh) {
      at->second = draft.node();
      open.emplace_back(utf8, state);
    }
    return at->second;
  };
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto [utf8, state] = open[i];
    const std::uint32_t from = nodes.at(open[i]);
    if (utf8 == 0 && !until) draft.empty(from, out.end);
    for (const Utf8Edge& edge : kUtf8) {
      if (edge.from != utf8) continue;
      for (int low = edge.low; low <= edge.high;) {
        const std::size_t next = found.next(state, std::uint8_t(low));
        int high = low;
        while (high < edge.high && found.next(state, std::uint8_t(high + 1)) == next) ++high;
        draft.meter().step(std::size_t(high - low) + 1);
        if (!found.whole(next))
          draft.byte(from, std::uint8_t(low), std::uint8_t(high), node_of(edge.to, next));
        else if (until)
          draft.byte(from, std::uint8_t(low), std::uint8_t(high), out.end);
        low = high + 1;
      }
    }
  }
  return out;
}

}  // namespace maru::grammar
