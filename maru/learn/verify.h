#pragma once
// Tests the course itself: every solution passes and every starter fails, for every variant; on a broken engine even the solution fails;
// the texts
// are complete in both languages; every claim's experiment comes out as its card says.
#include <functional>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"
#include "maru/learn/claims.h"
#include "maru/learn/lab.h"
#include "maru/learn/lesson.h"

namespace maru::learn {

struct VerifyOptions {
  bool sabotage = true;
  bool korean = true, english = true;  // whose texts must be complete
  int jobs = 2;
  double seconds = 600;                // what has not begun by then is not run, and counts as wrong
  std::size_t memory_mb = 0;           // 0: what the node says
};
struct Trial {
  enum class Kind { solution, starter, sabotaged, claim };
  Kind kind = Kind::solution;
  std::string id{}, sabotage{};
  std::int64_t seed = 0;
  bool run = false, right = false;
  double seconds = 0;
  Phrase what{};                       // where it is not right
};
std::string_view name_of(Trial::Kind kind);
// Runs the labs, `jobs` at a time; `after` is called (one at a time) when one is done.
std::vector<Trial> verify(const std::vector<Lesson>& lessons, const std::vector<Claim>& claims, const Python& python,
    const VerifyOptions& options,
                          const Cancel& cancel, const std::function<void(const Trial&, std::size_t done, std::size_t total)>& after);

// What is missing in the texts: a language, a heading, a hint; theory over 400 words; ids that lead nowhere.
std::vector<Phrase> text_problems(const Lesson& lesson, const Graph& graph, const VerifyOptions& options);

}  // namespace maru::learn
