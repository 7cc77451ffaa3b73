// Automata over code points that come from lists and lengths, what two of them share, and how one is written as bytes.
#include <algorithm>
#include <map>

#include "maru/base/unicode.h"
#include "maru/grammar/letters.h"

namespace maru::grammar {

Letters letters_of_length(std::uint32_t least, std::uint32_t most, Meter& meter) {
  Letters out;
  const std::uint32_t last = most == kUnbounded ? least : most;
  meter.node(last);
  for (std::uint32_t i = 0; i <= last; ++i) {
    Letters::State state{.edges = {}, .ends = i >= least};
    const std::uint32_t next = i < last ? i + 1 : i;
    if (i < last || most == kUnbounded)
      for (const Range& range : complement({})) state.edges.push_back({range, next});
    out.states.push_back(std::move(state));
  }
  return out;
}

Letters letters_of_texts(const std::vector<std::string>& texts, bool listed, Meter& meter) {
  std::vector<std::map<char32_t, std::uint32_t>> tree(1);
  std::vector<bool> whole(1);
  for (const std::string& text : texts) {
    std::uint32_t at = 0;
    for (const char32_t c : unicode::code_points(text)) {
      const auto [found, fresh] = tree[at].try_emplace(c, std::uint32_t(tree.size()));
      at = found->second;
      if (!fresh) continue;
      meter.node();
      tree.emplace_back();
      whole.push_back(false);
    }
    whole[at] = true;
  }
  Letters out;
  const std::uint32_t free = std::uint32_t(tree.size());  // not listed: all that has left the tree
  for (std::size_t i = 0; i < tree.size(); ++i) {
    Letters::State state{.edges = {}, .ends = whole[i] == listed};
    Ranges taken;
    for (const auto& [c, next] : tree[i]) {
      state.edges.push_back({{c, c}, next});
      taken.push_back({c, c});
    }
    if (!listed)
      for (const Range& range : complement(normal(taken))) state.edges.push_back({range, free});
    std::ranges::sort(state.edges, {}, [](const Letters::Edge& edge) { return edge.range.low; });
    out.states.push_back(std::move(state));
  }
  Letters::State rest{.edges = {}, .ends = true};
  for (const Range& range : complement({})) rest.edges.push_back({range, free});
  if (!listed) out.states.push_back(std::move(rest));
  return out;
}

Letters both(const Letters& a, const Letters& b, Meter& meter) {
  Letters out;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> ids;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> open;
  const auto id_of = [&](std::uint32_t x, std::uint32_t y) {
    const auto [found, fresh] = ids.try_emplace({x, y}, std::uint32_t(open.size()));
    if (fresh) {
      meter.node();
      open.emplace_back(x, y);
      out.states.emplace_back();
    }
    return found->second;
  };
  id_of(0, 0);
  for (std::size_t i = 0; i < open.size(); ++i) {
    const Letters::State &x = a.states[open[i].first], &y = b.states[open[i].second];
    out.states[i].ends = x.ends && y.ends;
    for (std::size_t j = 0, k = 0; j < x.edges.size() && k < y.edges.size();) {
      meter.step();
      const Range &left = x.edges[j].range, &right = y.edges[k].range;
      const Range range{std::max(left.low, right.low), std::min(left.high, right.high)};
      const bool first_ends = left.high < right.high;
      if (range.low <= range.high) {
        const std::uint32_t next = id_of(x.edges[j].next, y.edges[k].next);
        out.states[i].edges.push_back({range, next});
      }
      if (first_ends)
        ++j;
      else
        ++k;
    }
  }
  return out;
}

bool any_text(const Letters& letters) {
  std::vector<bool> seen(letters.states.size());
  std::vector<std::uint32_t> open{0};
  seen[0] = true;
  while (!open.empty()) {
    const Letters::State& state = letters.states[open.back()];
    open.pop_back();
    if (state.ends) return true;
    for (const Letters::Edge& edge : state.edges) {
      if (!seen[edge.next]) open.push_back(edge.next);
      seen[edge.next] = true;
    }
  }
  return false;
}

void json_letter(Draft& draft, std::uint32_t from, const Ranges& ranges, std::uint32_t to) {
  draft.one_of(from, shared(ranges, {{0x20, 0x21}, {0x23, 0x5B}, {0x5D, kLastCodePoint}}), to);
  using Short = std::pair<char32_t, char>;
  constexpr Short kShort[] = {{'"', '"'}, {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}};
  const Ranges escaped = shared(ranges, {{0, 0x1F}, {'"', '"'}, {'\\', '\\'}});
  if (escaped.empty()) return;
  const std::uint32_t behind = draft.node();
  draft.byte(from, '\\', '\\', behind);
  for (const Range& range : escaped) {
    for (char32_t c = range.low; c <= range.high; ++c) {
      const auto known = std::ranges::find(kShort, c, [](const auto& one) { return one.first; });
      if (known != std::end(kShort)) {
        draft.byte(behind, std::uint8_t(known->second), std::uint8_t(known->second), to);
        continue;
      }
      const Fragment lead = draft.literal(c < 0x10 ? "u000" : "u001");
      draft.empty(behind, lead.begin);
      const std::uint8_t digit = std::uint8_t(c & 15);
      for (const char ten : {'a', 'A'}) {
        const std::uint8_t byte = std::uint8_t(digit < 10 ? '0' + digit : ten + digit - 10);
        draft.byte(lead.end, byte, byte, to);
      }
    }
  }
}

Fragment written(const Letters& letters, Spelled spelled, Draft& draft) {
  std::vector<std::uint32_t> nodes;
  for (std::size_t i = 0; i < letters.states.size(); ++i) nodes.push_back(draft.node());
  const std::uint32_t end = draft.node();
  for (std::size_t i = 0; i < letters.states.size(); ++i) {
    if (letters.states[i].ends) draft.empty(nodes[i], end);
    std::map<std::uint32_t, Ranges> by_target;
    for (const Letters::Edge& edge : letters.states[i].edges) by_target[edge.next].push_back(edge.range);
    for (auto& [next, ranges] : by_target) {
      if (spelled == Spelled::plain)
        draft.one_of(nodes[i], normal(std::move(ranges)), nodes[next]);
      else
        json_letter(draft, nodes[i], normal(std::move(ranges)), nodes[next]);
    }
  }
  return {nodes[0], end};
}

}  // namespace maru::grammar
