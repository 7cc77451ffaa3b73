#pragma once
// What the events amount to: mastery, when a node is due again, streaks, and the one next thing to do. Pure: time is given.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "maru/base/phrase.h"
#include "maru/learn/graph.h"
#include "maru/learn/journal.h"

namespace maru::learn {

inline constexpr std::array<int, 5> kReviewDays = {1, 3, 7, 21, 60};
// By how many hints were seen before it passed; after the solution.
inline constexpr std::array<double, 4> kMasteryByHints = {1.0, 0.9, 0.8, 0.6};
inline constexpr double kMasteryAfterSolution = 0.3;

// Of one node.
struct Standing {
  double mastery = 0;
  bool told = false;            // known by the person's word or by placing, not by a lab
  bool started = false;         // begun and not passed yet
  bool reviewing = false;       // what was begun is a review
  int passes = 0, tries = 0;    // tries and hints: since it was begun
  int hints = 0;
  bool saw_solution = false;
  int interval = 0;             // place in kReviewDays
  std::int64_t due = 0;         // 0: not due ever
  std::int64_t began = 0;
  std::string file;             // the learner's, as last begun
  std::int64_t seed = 0;        // its variant
  std::map<std::string, Json> predictions;  // of this beginning
  Json facts;                   // as last passed
  std::int64_t passed = 0;
};
struct Standings {
  std::map<std::string, Standing, std::less<>> of;
  int streak_days = 0;          // days in a row, to today or yesterday, on which something passed
  std::int64_t last_time = 0;
  std::string last_domain;      // of what last passed
  int new_since_review = 1'000'000;  // first passes since the last review
  const Standing& at(std::string_view id) const;
};
Standings standings(const Graph& graph, const Journal& journal, std::int64_t now);

enum class Mark { learnt, due, started, ready, locked };
std::vector<Mark> marks(const Graph& graph, const Standings& standings, std::int64_t now);
std::string_view name_of(Mark mark);

// The next thing, and why.
struct Next {
  std::string id;
  bool review = false;
  Phrase why;
};
std::optional<Next> next_thing(const Graph& graph, const Standings& standings, std::int64_t now);

// What is still to learn to reach a node, in order, itself last. Throws Error: not_found with the nearest id, invalid where it can never be
// reached.
std::vector<std::size_t> path_to(const Graph& graph, const Standings& standings, std::string_view goal);

// Throws Error (not_found) that names the nearest id.
const Node& node_named(const Graph& graph, std::string_view id);

}  // namespace maru::learn
