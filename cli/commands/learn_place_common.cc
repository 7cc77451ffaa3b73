// maru learn place: finds where a person stands on the road by halving it, with the predictions that its nodes ask for.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <set>

#include "cli/commands/learn_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hub.h"

namespace maru::cli {
namespace {

constexpr double kNear = 0.1;  // of the measured number

// Of the road: nodes whose answers can be measured here.
std::vector<learn::Lesson> askable(const Learning& learning) {
  const hub::Store store(home());
  std::vector<learn::Lesson> out;
  for (std::size_t i = 0; i < learning.graph.road; ++i) {
    const learn::Node& node = learning.graph.nodes[i];
    if (node.folder.empty()) continue;
    learn::Lesson lesson = learning.lesson(node);
    const bool runs = std::all_of(lesson.models.begin(), lesson.models.end(),
        [&](const std::string& name) { return store.find(name).has_value(); });
    if (runs && !lesson.predictions.empty()) out.push_back(std::move(lesson));
  }
  return out;
}

bool right(const Json& answer, const Json& measured) {
  if (!answer.is_number() || !measured.is_number()) return answer == measured;
  const double a = answer.get<double>(), b = measured.get<double>();
  return std::abs(a - b) <= kNear * std::max(std::abs(b), 1e-3);
}

// True when every question of the node was answered as it is measured; no answer is a wrong one.
bool knows(const Learning& learning, const learn::Lesson& lesson, const learn::Python& python, Json& asked) {
  const Context& context = learning.context;
  const learn::LabResult run = learn::run_lab(python, {.lab = lesson.solution, .measure = lesson.measure,
      .limits = limits_of(lesson, learning.given)}, &context.cancel);
  if (run.trouble) fail(ErrorKind::invalid, "{}: the answer could not be measured: {}: {}", lesson.node.id, run.trouble->type,
      run.trouble->message);
  bool all = true;
  for (const learn::Prediction& one : lesson.predictions) {
    std::string text = wrapped(one.ask.in(context.korean), 100, 2) + "\n";
    for (std::size_t i = 0; i < one.choices.size(); ++i) text += fmt::format("    {}) {}\n", i + 1, one.choices[i].text.in(context.korean));
    write_all(context.json ? stderr : stdout, text + "  > ");
    std::string line;
    std::getline(std::cin, line);
    context.cancel.check();
    for (int tries = 0; tries < 2 && !answer_of(one, line) && line.find_first_not_of(" \t\r") != line.npos; ++tries) {
      write_all(context.json ? stderr : stdout, std::string(one.choices.empty()
          ? context.say("  a number, please > ", "  숫자로 적어 주세요 > ")
          : context.say("  the number of one of these, please > ", "  위의 번호 가운데 하나로 적어 주세요 > ")));
      line.clear();
      std::getline(std::cin, line);
      context.cancel.check();
    }
    const Json answer = answer_of(one, line).value_or(Json());
    const Json measured = run.facts.contains(one.fact) ? run.facts.at(one.fact) : Json();
    const bool hit = right(answer, measured);
    all = all && hit;
    asked.push_back({{"node", lesson.node.id}, {"id", one.id}, {"answer", answer}, {"measured", measured}, {"right", hit}});
  }
  return all;
}

}  // namespace

int learn_place(Context& context, const LearnGiven& given) {
  if (!given.words.empty()) fail(ErrorKind::usage, "maru learn place takes nothing more, got {:?}", given.words[0]);
  Learning learning(context, given);
  const std::vector<learn::Lesson> lessons = askable(learning);
  if (lessons.empty()) fail(ErrorKind::not_found, "there is no node on the road that can be asked about here");
  if (!context.json) context.print(context.say("A few questions, each half as far. Enter means that you do not know.",
      "몇 가지만 묻겠습니다. 모르면 Enter를 누르세요."));
  const learn::Python python = learn::find_python();
  Json asked = Json::array();
  std::size_t low = 0, high = lessons.size();  // known below low, not known from high on
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (knows(learning, lessons[middle], python, asked)) low = middle + 1;
    else high = middle;
  }
  // What was known, and all that it builds on.
  std::set<std::string> known;
  std::vector<std::string> open;
  for (std::size_t i = 0; i < low; ++i) open.push_back(lessons[i].node.id);
  while (!open.empty()) {
    const std::string id = open.back();
    open.pop_back();
    const learn::Node* node = learning.graph.find(id);
    if (!node || !known.insert(id).second) continue;
    open.insert(open.end(), node->prerequisites.begin(), node->prerequisites.end());
  }
  for (const std::string& id : known)
    if (learning.standing(learning.node(id)).mastery < learning.node(id).needs) learning.record(learning.node(id), "place");
  if (context.json) context.print_json({{"known", known}, {"asked", asked}, {"next", next_json(learning)}});
  else {
    context.print(fmt::format(fmt::runtime(context.say("{} nodes count as known.", "노드 {}개를 아는 것으로 적었습니다.")), known.size()));
    print_next(learning);
  }
  return 0;
}

}  // namespace maru::cli
