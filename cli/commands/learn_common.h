#pragma once
// What the actions of `maru learn` share: what was given, the graph with the person's standing in it, and how both are shown.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "maru/learn/graph.h"
#include "maru/learn/journal.h"
#include "maru/learn/lab.h"
#include "maru/learn/lesson.h"
#include "maru/learn/mastery.h"
#include "maru/learn/verdict.h"

namespace maru::cli {

struct LearnGiven {
  std::string action;
  std::vector<std::string> words;       // what follows the action
  std::string graph, format = "tree", name, name_ko, name_en, domain, prerequisites, to, model;
  std::vector<std::string> predictions; // p1=0.5
  std::string language = "both";
  double minutes = 10;
  std::int64_t memory_mb = 0, jobs = 2, seed = -1;
  bool all = false, watch = false, sabotage = false, alone = false, course = false, question = false;
};

// The graph, and where the person stands in it.
class Learning {
 public:
  Learning(Context& context, const LearnGiven& given);
  Context& context;
  const LearnGiven& given;
  learn::Graph graph;
  learn::Standings standings;
  std::vector<learn::Mark> marks;
  std::int64_t now = 0;

  const learn::Node& node(std::string_view id) const { return learn::node_named(graph, id); }
  learn::Lesson lesson(const learn::Node& node) const;   // throws Error (invalid) for a plain node
  const learn::Standing& standing(const learn::Node& node) const { return standings.at(node.id); }
  std::string name(const learn::Node& node) const { return node.name.in(context.korean); }
  // Writes an event of the node and reads the standings anew.
  void record(const learn::Node& node, std::string_view event, Json more = Json::object());
 private:
  void stand();
};

// One word after the action, or, for those that allow it, the node at hand: begun last.
std::string only_word(const LearnGiven& given, std::string_view what);
const learn::Node& node_at_hand(const Learning& learning);

std::string mark_sign(learn::Mark mark, bool practice, bool color);
std::string mark_words(learn::Mark mark, bool korean);
std::string marked_name(const Learning& learning, const learn::Node& node);  // "Softmax (softmax)"
Json node_json(const Learning& learning, const learn::Node& node);
Json next_json(const Learning& learning);
void print_next(const Learning& learning);
// What the person types before the command: maru, or the ./run of a clone ($MARU_CALLED, set by it).
std::string called();
// Asks what the person expects, or takes --predict, and records it; the number of answers.
std::size_t take_predictions(Learning& learning, const learn::Lesson& lesson);
// "3" of a choice is its third; a number must be one. Nothing is known of an empty answer.
std::optional<Json> answer_of(const learn::Prediction& prediction, std::string text);
// Markdown as text for a terminal: headings, code, bold; wrapped.
std::string markdown_text(std::string_view markdown, bool color, std::size_t columns);
// Throws Error (not_found) naming `maru pull`.
void need_models(std::span<const std::string> models);
learn::LabLimits limits_of(const learn::Lesson& lesson, const LearnGiven& given);
std::string trouble_text(const Context& context, const learn::LabTrouble& trouble, const learn::LabLimits& limits);
Json trouble_json(const learn::LabTrouble& trouble);

int learn_next(Context& context, const LearnGiven& given);
int learn_map(Context& context, const LearnGiven& given);
int learn_path(Context& context, const LearnGiven& given);
int learn_check_graph(Context& context, const LearnGiven& given);
int learn_add(Context& context, const LearnGiven& given);
int learn_start(Context& context, const LearnGiven& given);
int learn_review(Context& context, const LearnGiven& given);
int learn_check(Context& context, const LearnGiven& given);
int learn_hint(Context& context, const LearnGiven& given);
int learn_solution(Context& context, const LearnGiven& given);
int learn_done(Context& context, const LearnGiven& given);
int learn_place(Context& context, const LearnGiven& given);
int learn_status(Context& context, const LearnGiven& given);
int learn_reset(Context& context, const LearnGiven& given);
int learn_export(Context& context, const LearnGiven& given);
int learn_verify(Context& context, const LearnGiven& given);
int learn_claim(Context& context, const LearnGiven& given);

}  // namespace maru::cli
