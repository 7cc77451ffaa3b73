// Replays the events, oldest first.
#include "maru/learn/mastery.h"

#include <algorithm>
#include <set>

#include "maru/base/error.h"

namespace maru::learn {
namespace {

constexpr std::int64_t kDay = 24 * 3600;
constexpr int kEasyTries = 3;      // a review with more goes back
constexpr std::size_t kNewPerReview = 3;

class Replay {
 public:
  Replay(const Graph& graph, Standings& out) : graph_(graph), out_(out) {}

  void take(const Event& event) {
    if (event.event == "reset") {
      if (event.node == "*") out_.of.clear();
      else out_.of.erase(event.node);
      return;
    }
    Standing& node = out_.of[event.node];
    out_.last_time = std::max(out_.last_time, event.time);
    if (event.event == "start") begin(node, event);
    else if (event.event == "predict") node.predictions[event.all.value("id", "")] = event.all.value("value", Json());
    else if (event.event == "hint") node.hints = std::max(node.hints, event.all.value("hint", 0));
    else if (event.event == "solution") node.saw_solution = true;
    else if (event.event == "done" || event.event == "place") know(node, event);
    else if (event.event == "check") checked(node, event);
  }
  std::set<std::int64_t> days;

 private:
  static void begin(Standing& node, const Event& event) {
    node.started = true;
    node.reviewing = event.all.value("review", false);
    node.tries = node.hints = 0;
    node.saw_solution = false;
    node.began = event.time;
    node.file = event.all.value("file", "");
    node.seed = event.all.value("seed", std::int64_t{0});
    node.predictions.clear();
  }
  void know(Standing& node, const Event& event) {
    if (node.mastery >= 0.8) return;
    if (event.event == "done") ++out_.new_since_review;
    node.mastery = 1;
    node.told = true;
    node.passed = event.time;
  }
  void checked(Standing& node, const Event& event) {
    ++node.tries;
    if (!event.all.value("pass", false)) return;
    days.insert(event.time / kDay);
    const bool review = node.reviewing || event.all.value("review", false);
    const double reached = node.saw_solution ? kMasteryAfterSolution
                                             : kMasteryByHints[std::size_t(std::clamp(node.hints, 0, int(kMasteryByHints.size()) - 1))];
    if (node.started || node.passes == 0) {
      if (review && node.passes > 0) reviewed(node, reached);
      else ++out_.new_since_review;
      node.mastery = review ? std::max(reached, node.saw_solution ? 0.0 : node.mastery) : std::max(node.mastery, reached);
      node.due = event.time + kReviewDays[std::size_t(node.interval)] * kDay;
      ++node.passes;
    }
    node.started = node.reviewing = node.told = false;
    node.passed = event.time;
    node.facts = event.all.value("facts", Json());
    credit(event);
  }
  void reviewed(Standing& node, double reached) {
    const bool easy = reached >= kMasteryByHints[0] && node.tries <= kEasyTries;
    node.interval = std::clamp(node.interval + (easy ? 1 : -2), 0, int(kReviewDays.size()) - 1);
    out_.new_since_review = 0;
  }
  // A pass reviews what the node encompasses, by its weight.
  void credit(const Event& event) {
    const Node* node = graph_.find(event.node);
    if (!node) return;
    out_.last_domain = node->domain;
    for (const Weighted& inside : node->encompasses) {
      const auto known = out_.of.find(inside.id);
      if (known == out_.of.end() || known->second.due == 0) continue;
      const auto more = std::int64_t(inside.weight * double(kReviewDays[std::size_t(known->second.interval)] * kDay));
      known->second.due = std::max(known->second.due, event.time + more);
    }
  }
  const Graph& graph_;
  Standings& out_;
};

int streak(const std::set<std::int64_t>& days, std::int64_t now) {
  std::int64_t day = now / kDay;
  if (!days.contains(day)) --day;
  int count = 0;
  for (; days.contains(day); --day) ++count;
  return count;
}

bool learnt(const Node& node, const Standing& standing) { return standing.mastery + 1e-9 >= node.needs; }

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j)
      corner = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1])}));
  }
  return row.back();
}

std::optional<Next> due_review(const Graph& graph, const std::vector<Mark>& mark) {
  std::size_t best = Graph::npos, most = 0;
  for (std::size_t i = 0; i < mark.size(); ++i) {
    if (mark[i] != Mark::due) continue;
    std::size_t covers = 1;
    for (const Weighted& inside : graph.nodes[i].encompasses)
      if (const std::size_t at = graph.index(inside.id); at != Graph::npos && mark[at] == Mark::due) ++covers;
    if (covers > most) most = covers, best = i;
  }
  if (best == Graph::npos) return std::nullopt;
  return Next{graph.nodes[best].id, true, most > 1 ? phrase("it is due for review, and reviews {} due nodes at once", most)
      : phrase("it is due for review")};
}

// A node of the road that passed with so much help that nothing opened behind it.
std::optional<Next> weakly_passed(const Graph& graph, const std::vector<Mark>& mark, const Standings& all) {
  for (std::size_t i = 0; i < graph.road; ++i)
    if (mark[i] == Mark::due && !learnt(graph.nodes[i], all.at(graph.nodes[i].id)))
      return Next{graph.nodes[i].id, true, phrase("it passed with much help; passed again with less, it opens what comes next")};
  return std::nullopt;
}

// The road first; off the road the domain of the last session, then by order.
std::optional<Next> frontier(const Graph& graph, const Standings& all, const std::vector<Mark>& mark) {
  std::optional<std::size_t> best;
  const auto rank = [&](std::size_t i) {
    const Node& node = graph.nodes[i];
    return std::tuple(i >= graph.road, node.folder.empty(), i >= graph.road && node.domain != all.last_domain, i);
  };
  for (std::size_t i = 0; i < mark.size(); ++i)
    if (mark[i] == Mark::ready && (!best || rank(i) < rank(*best))) best = i;
  if (!best) return std::nullopt;
  const Node& node = graph.nodes[*best];
  if (*best < graph.road)
    return Next{node.id, false,
                node.prerequisites.empty() ? phrase("it is the next on the road ({} of {})", *best + 1, graph.road)
                                           : phrase("it is the next on the road ({} of {}), and you know what it needs", *best + 1,
                                                    graph.road)};
  return Next{node.id, false, node.prerequisites.empty() ? phrase("it needs nothing else")
      : phrase("you know all that it needs: {}", fmt::join(node.prerequisites, ", "))};
}

}  // namespace

const Standing& Standings::at(std::string_view id) const {
  static const Standing kNone;
  const auto found = of.find(id);
  return found == of.end() ? kNone : found->second;
}

Standings standings(const Graph& graph, const Journal& journal, std::int64_t now) {
  Standings out;
  Replay replay(graph, out);
  for (const Event& event : journal.events) replay.take(event);
  out.streak_days = streak(replay.days, now);
  return out;
}

std::vector<Mark> marks(const Graph& graph, const Standings& all, std::int64_t now) {
  std::vector<Mark> out;
  std::vector<char> known;
  for (const Node& node : graph.nodes) known.push_back(learnt(node, all.at(node.id)));
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const Standing& standing = all.at(node.id);
    const bool open = std::all_of(node.prerequisites.begin(), node.prerequisites.end(), [&](const std::string& id) {
      const std::size_t at = graph.index(id);
      return at != Graph::npos && known[at];
    });
    if (standing.started) out.push_back(Mark::started);
    else if (standing.passes > 0 && (standing.due <= now || !known[i])) out.push_back(Mark::due);
    else if (known[i]) out.push_back(Mark::learnt);
    else out.push_back(open ? Mark::ready : Mark::locked);
  }
  return out;
}

std::string_view name_of(Mark mark) {
  switch (mark) {
    case Mark::learnt: return "learnt";
    case Mark::due: return "due";
    case Mark::started: return "started";
    case Mark::ready: return "ready";
    case Mark::locked: return "locked";
  }
  return "";
}

std::optional<Next> next_thing(const Graph& graph, const Standings& all, std::int64_t now) {
  const std::vector<Mark> mark = marks(graph, all, now);
  std::optional<std::size_t> begun;
  for (std::size_t i = 0; i < mark.size(); ++i)
    if (mark[i] == Mark::started && (!begun || all.at(graph.nodes[i].id).began > all.at(graph.nodes[*begun].id).began)) begun = i;
  if (begun) return Next{graph.nodes[*begun].id, all.at(graph.nodes[*begun].id).reviewing, phrase("you began it and it is not passed yet")};
  const std::optional<Next> review = due_review(graph, mark);
  const std::optional<Next> fresh = frontier(graph, all, mark);
  // One review for three new things: a pile of reviews must not close the road.
  const bool side_road = !fresh || graph.index(fresh->id) >= graph.road;
  if (const auto closed = weakly_passed(graph, mark, all); closed && side_road) return closed;
  if (review && (!fresh || all.new_since_review >= int(kNewPerReview))) return review;
  return fresh ? fresh : review;
}

const Node& node_named(const Graph& graph, std::string_view id) {
  if (const Node* found = graph.find(id)) return *found;
  const Node* nearest = nullptr;
  std::size_t least = 4;
  for (const Node& node : graph.nodes)
    if (const std::size_t far = edit_distance(id.substr(0, 64), node.id); far < least) least = far, nearest = &node;
  if (nearest) fail(ErrorKind::not_found, "there is no node {:?}; did you mean {}?", id, nearest->id);
  fail(ErrorKind::not_found, "there is no node {:?}; maru learn map shows them", id);
}

std::vector<std::size_t> path_to(const Graph& graph, const Standings& all, std::string_view goal) {
  const std::size_t target = graph.index(node_named(graph, goal).id);
  std::vector<char> wanted(graph.nodes.size());
  std::vector<std::size_t> open = {target};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    const Node& node = graph.nodes[at];
    if (wanted[at] || learnt(node, all.at(node.id))) continue;
    wanted[at] = 1;
    for (const std::string& need : node.prerequisites) {
      const std::size_t next = graph.index(need);
      check(next != Graph::npos, "{} needs {}, and there is no such node; maru learn check-graph shows where", node.id, need);
      open.push_back(next);
    }
  }
  std::vector<std::size_t> path;
  for (const std::size_t at : learning_order(graph))
    if (wanted[at]) path.push_back(at);
  check(path.size() == std::size_t(std::count(wanted.begin(), wanted.end(), 1)), "{} lies behind a cycle; maru learn check-graph shows it",
      goal);
  return path;
}

}  // namespace maru::learn
