// maru learn start: what the person expects, before the file is run: --predict ID=VALUE, or questions on a terminal.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>

#include "cli/commands/learn_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::cli {
std::optional<Json> answer_of(const learn::Prediction& prediction, std::string text) {
  text.erase(0, text.find_first_not_of(" \t\r"));
  text.erase(text.find_last_not_of(" \t\r") + 1);
  if (text.empty()) return std::nullopt;
  if (!prediction.choices.empty()) {
    for (std::size_t i = 0; i < prediction.choices.size(); ++i)
      if (text == std::to_string(i + 1) || text == learn::fact_text(prediction.choices[i].value)) return prediction.choices[i].value;
    return std::nullopt;
  }
  double number = 0;  // ".7" is a number to a person
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  const Json whole = Json::parse(text, nullptr, false);
  return whole.is_number_integer() ? whole : Json(number);
}

namespace {

void print_question(const Context& context, const learn::Prediction& prediction) {
  context.print(wrapped(prediction.ask.in(context.korean), std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100)), 2));
  for (std::size_t i = 0; i < prediction.choices.size(); ++i)
    context.print(fmt::format("    {}) {}", i + 1, prediction.choices[i].text.in(context.korean)));
}

std::optional<Json> asked(const Context& context, const learn::Prediction& prediction) {
  print_question(context, prediction);
  for (int tries = 0; tries < 3; ++tries) {
    context.write(context.say("  your prediction (Enter: none) > ", "  내 예측 (Enter: 건너뜀) > "));
    std::string line;
    if (!std::getline(std::cin, line)) {
      context.cancel.check();
      return std::nullopt;
    }
    if (line.find_first_not_of(" \t\r") == line.npos) return std::nullopt;
    if (const auto answer = answer_of(prediction, line)) return answer;
    context.print(prediction.choices.empty() ? context.say("  a number, please", "  숫자로 적어 주세요")
                                             : context.say("  the number of one of these, please", "  위의 번호 가운데 하나로 적어 주세요"));
  }
  return std::nullopt;
}

}  // namespace

std::size_t take_predictions(Learning& learning, const learn::Lesson& lesson) {
  std::size_t given = 0;
  for (const std::string& one : learning.given.predictions) {
    const std::size_t equals = one.find('=');
    const auto which = std::find_if(lesson.predictions.begin(), lesson.predictions.end(),
        [&](const auto& p) { return p.id == one.substr(0, equals); });
    const auto answer = equals == one.npos || which == lesson.predictions.end() ? std::nullopt : answer_of(*which, one.substr(equals + 1));
    if (!answer) fail(ErrorKind::usage, "--predict {:?}: write it as ID=VALUE, with an id and an answer that the node asks for", one);
    learning.record(lesson.node, "predict", {{"id", which->id}, {"value", *answer}});
    ++given;
  }
  if (given || learning.context.json || lesson.predictions.empty()) return given;
  if (!is_terminal(STDIN_FILENO)) {
    learning.context.print(fmt::format(fmt::runtime(learning.context.say(
        "What do you expect? ({} learn start {} --predict {}=… keeps your answer)",
        "먼저 예측해 보세요. ({} learn start {} --predict {}=… 으로 적어 둘 수 있습니다)")), called(), lesson.node.id, lesson.predictions[0].id));
    for (const learn::Prediction& one : lesson.predictions) print_question(learning.context, one);
    learning.context.print("");
    return 0;
  }
  learning.context.print(learning.context.say("First, what do you expect?", "먼저 예측해 보세요."));
  for (const learn::Prediction& one : lesson.predictions)
    if (const auto answer = asked(learning.context, one)) {
      learning.record(lesson.node, "predict", {{"id", one.id}, {"value", *answer}});
      ++given;
    }
  learning.context.print("");
  return given;
}

}  // namespace maru::cli
