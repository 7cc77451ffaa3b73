// maru learn check: runs the learner's file once, or at every save, and says what was measured.
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "cli/commands/learn_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/watch.h"
#include "maru/learn/places.h"

namespace maru::cli {
namespace fs = std::filesystem;
namespace {

std::string machine() {
  utsname name{};
  ::uname(&name);
  std::string system = name.sysname;
  for (char& c : system) c = char(std::tolower(static_cast<unsigned char>(c)));
  return system + "-" + name.machine;
}

// As begun last; on another machine the file may lie below the working folder.
fs::path file_of(const learn::Node& node, const learn::Standing& standing) {
  std::error_code code;
  if (!standing.file.empty() && fs::is_regular_file(standing.file, code)) return standing.file;
  const fs::path here = learn::work_folder(node.id) / (standing.file.empty() ? "lab.py" : fs::path(standing.file).filename());
  if (fs::is_regular_file(here, code)) return here;
  fail(ErrorKind::not_found, "{}: the file to check is not there; maru learn start {} puts one",
      (standing.file.empty() ? here : fs::path(standing.file)).string(), node.id);
}

std::string wanted(const learn::Comparison& holds) {
  std::string out = holds.op + " " + fitted(one_line(learn::fact_text(holds.value)), 30);
  if (holds.op == "≈") out += " ± " + learn::fact_text(Json(holds.tolerance));
  return out;
}

struct Outcome {
  learn::LabResult run;
  learn::Verdict verdict;
  bool pass() const { return !run.trouble && verdict.pass; }
};

Json predictions_json(const learn::Lesson& lesson, const learn::Standing& before, const Json& facts) {
  Json out = Json::array();
  for (const learn::Prediction& one : lesson.predictions) {
    const auto said = before.predictions.find(one.id);
    if (said == before.predictions.end() || !facts.is_object() || !facts.contains(one.fact)) continue;
    out.push_back({{"id", one.id}, {"predicted", said->second}, {"measured", facts.at(one.fact)}});
  }
  return out;
}

Json outcome_json(const Learning& learning, const learn::Lesson& lesson, const Outcome& outcome, const Json& predictions) {
  const bool ko = learning.context.korean;
  Json checks = Json::array();
  for (const learn::CheckResult& one : outcome.verdict.checks) {
    checks.push_back({{"id", one.check->id}, {"pass", one.pass}, {"fact", one.check->holds.fact}, {"op", one.check->holds.op},
        {"value", one.check->holds.value},
                      {"measured", one.measured}, {"says", one.pass ? one.check->shows.in(ko) : one.check->fail.in(ko)}});
  }
  const learn::Verdict& verdict = outcome.verdict;
  Json out = {{"node", lesson.node.id}, {"pass", outcome.pass()}, {"checks", checks}, {"facts", outcome.run.facts},
      {"seconds", outcome.run.seconds},
              {"network", outcome.run.network}, {"predictions", predictions}};
  out["message"] = verdict.first_failed ? Json(verdict.first_failed->fail.in(ko)) : Json();
  out["diagnosis"] = verdict.diagnosis ? Json(verdict.diagnosis->say.in(ko)) : Json();
  out["review"] = verdict.diagnosis ? Json(verdict.diagnosis->review) : Json::array();
  out["trouble"] = outcome.run.trouble ? trouble_json(*outcome.run.trouble) : Json();
  out["printed"] = outcome.run.printed;
  out["mastery"] = learning.standing(lesson.node).mastery;
  out["next"] = next_json(learning);
  return out;
}

void print_predictions(const Context& context, const learn::Lesson& lesson, const Json& predictions) {
  for (const Json& one : predictions) {
    const auto which = std::find_if(lesson.predictions.begin(), lesson.predictions.end(),
        [&](const auto& p) { return p.id == one["id"].get<std::string>(); });
    const auto words = [&](const Json& value) {
      for (const learn::Choice& choice : which->choices)
        if (choice.value == value) return choice.text.in(context.korean);
      return learn::fact_text(value);
    };
    context.print(wrapped(fmt::format(fmt::runtime(context.say("You expected {}; measured: {}", "예측: {} / 실제: {}")),
        words(one["predicted"]), words(one["measured"])),
                          std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100)), 2));
  }
}

void print_outcome(const Learning& learning, const learn::Lesson& lesson, const Outcome& outcome, const Json& predictions) {
  const Context& context = learning.context;
  const bool ko = context.korean;
  const auto columns = std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100));
  if (!outcome.run.printed.empty()) {
    std::string text = outcome.run.printed;
    constexpr std::size_t kMost = 2000;
    const bool cut = text.size() > kMost;
    if (cut) text.resize(text.rfind('\n', kMost) == text.npos ? kMost : text.rfind('\n', kMost));
    context.note(std::string(context.say("your file printed: ", "내 파일이 출력한 것: ")) + text +
                 (cut ? fmt::format(fmt::runtime(context.say("\n… of {} bytes", "\n… 모두 {}바이트")), outcome.run.printed.size()) : ""));
  }
  const std::string head = marked_name(learning, lesson.node);
  if (outcome.run.trouble) {
    context.print(styled("✗ ", Style::red, context.color) + head);
    context.print(wrapped(trouble_text(context, *outcome.run.trouble, limits_of(lesson, learning.given)), columns, 2));
    return;
  }
  context.print(styled(outcome.verdict.pass ? "✓ " : "✗ ", outcome.verdict.pass ? Style::green : Style::red, context.color) + head +
                styled(fmt::format("  {:.2f} s", outcome.run.seconds), Style::dim, context.color));
  if (outcome.verdict.first_failed) context.print(wrapped(outcome.verdict.first_failed->fail.in(ko), columns, 2));
  if (outcome.verdict.diagnosis) {
    context.print(wrapped("→ " + outcome.verdict.diagnosis->say.in(ko), columns, 2));
    for (const std::string& id : outcome.verdict.diagnosis->review)
      if (const learn::Node* node = learning.graph.find(id))
        context.print("  " + std::string(context.say("read again: ", "다시 볼 것: ")) + marked_name(learning, *node));
  }
  std::vector<std::vector<std::string>> rows;
  for (const learn::CheckResult& one : outcome.verdict.checks)
    rows.push_back({styled(one.pass ? "✓" : "✗", one.pass ? Style::green : Style::red, context.color), one.check->id, one.check->holds.fact,
                    fitted(one_line(learn::fact_text(one.measured)), 40),
                    wanted(one.check->holds)});
  context.print(table({"", ko ? "확인" : "CHECK", ko ? "잰 것" : "MEASURED", ko ? ">값" : ">VALUE", ko ? "기준" : "WANTED"}, rows, context.color));
  if (!outcome.verdict.pass) return;
  // What the checks show holds of a right answer; a wrong one can pass a single check by accident.
  for (const learn::CheckResult& one : outcome.verdict.checks)
    if (!one.check->shows.empty()) context.print(wrapped("· " + one.check->shows.in(ko), columns, 2));
  print_predictions(context, lesson, predictions);
  if (!lesson.after.empty()) context.print("\n" + wrapped(lesson.after.in(ko), columns, 0));
  const learn::Standing& standing = learning.standing(lesson.node);
  context.print(fmt::format(fmt::runtime(context.say("\nMastery {:.1f}; review on {}.", "\n숙련도 {:.1f}, 복습할 날 {}.")), standing.mastery,
                            learn::time_text(standing.due).substr(0, 10)));
  print_next(learning);
}

bool check_once(Learning& learning, const learn::Lesson& lesson, const fs::path& file, const learn::Python& python) {
  Context& context = learning.context;
  const learn::Standing before = learning.standing(lesson.node);
  const std::int64_t seed = learning.given.seed >= 0 ? learning.given.seed : before.seed;
  Outcome outcome;
  outcome.run = learn::run_lab(python, {.lab = file, .measure = lesson.measure, .seed = seed, .limits = limits_of(lesson, learning.given)},
      &context.cancel);
  if (!outcome.run.trouble) outcome.verdict = learn::judge(lesson.checks, lesson.diagnoses, outcome.run.facts);
  Json checks = Json::object();
  for (const learn::CheckResult& one : outcome.verdict.checks) checks[one.check->id] = one.pass;
  Json event = {{"pass", outcome.pass()}, {"checks", checks}, {"tries", before.tries + 1}, {"hints", before.hints},
                {"seconds", before.began ? std::max<std::int64_t>(0, learn::now() - before.began) : 0}, {"seed", seed},
                    {"machine", machine()}};
  const Json predictions = predictions_json(lesson, before, outcome.run.facts);
  if (outcome.pass()) event["facts"] = outcome.run.facts;
  if (outcome.pass() && before.reviewing) event["review"] = true;
  if (outcome.pass() && !predictions.empty()) event["predictions"] = predictions;
  learning.record(lesson.node, "check", event);
  if (context.json) context.print_json(outcome_json(learning, lesson, outcome, predictions));
  else print_outcome(learning, lesson, outcome, predictions);
  return outcome.pass();
}

}  // namespace

int learn_check(Context& context, const LearnGiven& given) {
  Learning learning(context, given);
  const learn::Node node = node_at_hand(learning);
  const learn::Lesson lesson = learning.lesson(node);
  const fs::path file = file_of(node, learning.standing(node));
  need_models(lesson.models);
  const learn::Python python = learn::find_python();
  if (!given.watch) return check_once(learning, lesson, file, python) ? 0 : 1;
  FileWatch watch(file);
  while (!check_once(learning, lesson, file, python)) {
    if (!context.json) context.note(fmt::format(fmt::runtime(context.say("waiting for {} to be saved (Ctrl-C ends)",
        "{} 저장을 기다립니다 (Ctrl-C로 끝냄)")), path_text(file.string())));
    watch.wait(context.cancel);
  }
  return 0;
}

}  // namespace maru::cli
