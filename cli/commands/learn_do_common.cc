// maru learn (alone), start, review, hint, solution, done, status, reset: walking from node to node.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/commands/learn_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/learn/places.h"

namespace maru::cli {
namespace fs = std::filesystem;
namespace {

// "3" of a choice is its third; a number must be one. Nothing is known of an empty answer.
std::optional<Json> answer_of(const learn::Prediction& prediction, std::string text) {
  text.erase(0, text.find_first_not_of(" \t\r"));
  text.erase(text.find_last_not_of(" \t\r") + 1);
  if (text.empty()) return std::nullopt;
  if (!prediction.choices.empty()) {
    for (std::size_t i = 0; i < prediction.choices.size(); ++i)
      if (text == std::to_string(i + 1) || text == learn::fact_text(prediction.choices[i].value)) return prediction.choices[i].value;
    return std::nullopt;
  }
  const Json number = Json::parse(text, nullptr, false);
  return number.is_number() ? std::optional<Json>(number) : std::nullopt;
}

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

// Before anything is shown that could tell: --predict ID=VALUE, or questions on a terminal.
std::size_t predict(Learning& learning, const learn::Lesson& lesson) {
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
    learning.context.print(learning.context.say("What do you expect? (maru learn start ID --predict p1=… keeps your answer)",
                                                "먼저 예측해 보세요. (maru learn start ID --predict p1=… 으로 적어 둘 수 있습니다)"));
    for (const learn::Prediction& one : lesson.predictions) print_question(learning.context, one);
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

// The person's file is never written over.
fs::path placed_file(const learn::Lesson& lesson, const learn::Standing& standing, bool review, bool& kept) {
  fs::path folder = learn::work_folder(lesson.node.id);
  if (!standing.file.empty() && fs::is_directory(fs::path(standing.file).parent_path())) folder = fs::path(standing.file).parent_path();
  const fs::path file = folder / (review ? fmt::format("review_{}.py", standing.passes) : "lab.py");
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) fail(ErrorKind::io, "{}: {}", folder.string(), system_reason(code.value()));
  kept = fs::exists(file, code);
  if (!kept) write_file(file, read_file(lesson.starter, std::size_t{1} << 20));
  return fs::absolute(file);
}

void print_lesson(const Learning& learning, const learn::Lesson& lesson) {
  const Context& context = learning.context;
  const bool ko = context.korean;
  const std::string& theory = ko && !lesson.theory_ko.empty() ? lesson.theory_ko : !lesson.theory_en.empty() ? lesson.theory_en
      : lesson.theory_ko;
  if (theory.empty()) context.print(marked_name(learning, lesson.node));
  context.write(markdown_text(theory, context.color, std::size_t(terminal_columns(STDOUT_FILENO))));
}

int begin(Context& context, const LearnGiven& given, bool review) {
  Learning learning(context, given);
  std::string id;
  if (!given.words.empty()) {
    id = only_word(given, "ID");
  } else if (const auto next = learn::next_thing(learning.graph, learning.standings, learning.now); next && (!review || next->review)) {
    id = next->id;
  } else if (review) {
    if (context.json) context.print_json({{"review", nullptr}});
    else context.print(context.say("Nothing is due for review.", "지금 복습할 노드가 없습니다."));
    return 0;
  } else {
    fail(ErrorKind::not_found, "nothing is left to learn and nothing is due");
  }
  const learn::Node& node = learning.node(id);
  const learn::Lesson lesson = learning.lesson(node);
  const learn::Standing before = learning.standing(node);
  if (review && before.passes == 0) fail(ErrorKind::usage, "{} has not been passed yet; begin it with: maru learn start {}", node.id,
      node.id);
  need_models(lesson.models);
  if (learning.marks[learning.graph.index(id)] == learn::Mark::locked && !context.json)
    context.note(context.say(phrase("{} builds on nodes that you have not learnt yet; maru learn path {} shows them", node.id, node.id)));
  const std::int64_t seed = !review ? 0 : lesson.variants.empty() ? before.passes
      : lesson.variants[std::size_t(before.passes - 1) % lesson.variants.size()];
  bool kept = false;
  const fs::path file = placed_file(lesson, before, review, kept);
  Json event = {{"file", file.string()}, {"seed", seed}};
  if (review) event["review"] = true;
  learning.record(node, "start", event);
  if (!context.json && !review) print_lesson(learning, lesson);
  const std::size_t predicted = predict(learning, lesson);
  if (context.json) {
    Json predictions = Json::array(), objectives = Json::array();
    for (const learn::Prediction& one : lesson.predictions) {
      Json choices = Json::array();
      for (const learn::Choice& choice : one.choices) choices.push_back({{"value", choice.value},
          {"text", choice.text.in(context.korean)}});
      predictions.push_back({{"id", one.id}, {"ask", one.ask.in(context.korean)}, {"choices", choices}});
    }
    for (const learn::Text& one : lesson.objectives) objectives.push_back(one.in(context.korean));
    context.print_json({{"node", node_json(learning, node)}, {"file", file.string()}, {"kept", kept}, {"review", review}, {"seed", seed},
        {"predicted", predicted},
                        {"objectives", objectives}, {"predictions", predictions},
                            {"theory", context.korean ? lesson.theory_ko : lesson.theory_en}});
    return 0;
  }
  if (review) context.print(std::string(context.say("Review, with other numbers: ", "다른 숫자로 하는 복습: ")) + marked_name(learning, node));
  for (const learn::Text& one : lesson.objectives) context.print("  · " + one.in(context.korean));
  context.print(std::string(context.say(kept ? "Your file, as you left it: " : "Your file: ", kept ? "지난번에 쓰던 파일: " : "고칠 파일: ")) +
                styled(path_text(file.string()), Style::bold, context.color));
  context.print(fmt::format(fmt::runtime(context.say("  maru learn check --watch   checks at every save\n  maru learn hint            {} "
      "of them",
                                                     "  maru learn check --watch   저장할 때마다 확인합니다\n  maru learn hint            힌트 {}개")),
                                                         lesson.hints.size()));
  return 0;
}

}  // namespace

int learn_next(Context& context, const LearnGiven& given) {
  Learning learning(context, given);
  if (context.json) {
    context.print_json({{"next", next_json(learning)}, {"streak_days", learning.standings.streak_days}});
    return 0;
  }
  print_next(learning);
  return 0;
}

int learn_start(Context& context, const LearnGiven& given) { return begin(context, given, false); }
int learn_review(Context& context, const LearnGiven& given) { return begin(context, given, true); }

int learn_hint(Context& context, const LearnGiven& given) {
  Learning learning(context, given);
  const learn::Node& node = node_at_hand(learning);
  const learn::Lesson lesson = learning.lesson(node);
  const learn::Standing& standing = learning.standing(node);
  if (lesson.hints.empty()) fail(ErrorKind::not_found, "{} has no hints", node.id);
  const std::size_t number = std::min(std::size_t(standing.hints) + 1, lesson.hints.size());
  if (std::size_t(standing.hints) < number && (standing.started || standing.passes == 0)) learning.record(node, "hint", {{"hint", number}});
  const double most = learn::kMasteryByHints[std::min(number, learn::kMasteryByHints.size() - 1)];
  const std::string& text = lesson.hints[number - 1].in(context.korean);
  if (context.json) {
    context.print_json({{"node", node.id}, {"hint", number}, {"of", lesson.hints.size()}, {"text", text}, {"mastery_at_most", most}});
    return 0;
  }
  context.print(fmt::format(fmt::runtime(context.say("Hint {} of {}", "힌트 {}/{}")), number, lesson.hints.size()));
  context.print(wrapped(text, std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100)), 2));
  context.note(fmt::format(fmt::runtime(context.say("With this hint the node counts {} of 1 when it passes; {} opens what builds on it.",
                                                    "이 힌트를 보고 통과하면 숙련도는 {}이 됩니다. {}부터 다음 노드가 열립니다.")), most, node.needs));
  return 0;
}

int learn_solution(Context& context, const LearnGiven& given) {
  Learning learning(context, given);
  const learn::Node& node = node_at_hand(learning);
  const learn::Lesson lesson = learning.lesson(node);
  const learn::Standing standing = learning.standing(node);
  if (standing.started || standing.passes == 0) learning.record(node, "solution");
  const std::string text = read_file(lesson.solution, std::size_t{1} << 20);
  if (context.json) {
    context.print_json({{"node", node.id}, {"solution", text}, {"after", lesson.after.in(context.korean)}});
    return 0;
  }
  context.write(text);
  if (!text.ends_with('\n')) context.print("");
  if (standing.started || standing.passes == 0)
    context.note(fmt::format(fmt::runtime(context.say("Passed after the solution a node counts {} of 1; a review with other numbers raises "
        "it.",
                                                      "풀이를 보고 통과하면 숙련도는 {}입니다. 다른 숫자로 복습하면 올라갑니다.")), learn::kMasteryAfterSolution));
  return 0;
}

int learn_done(Context& context, const LearnGiven& given) {
  const std::string id = only_word(given, "ID");
  Learning learning(context, given);
  const learn::Node& node = learning.node(id);
  learning.record(node, "done");
  if (context.json) context.print_json({{"node", node_json(learning, node)}, {"next", next_json(learning)}});
  else {
    context.print(fmt::format(fmt::runtime(context.say("{} counts as learnt, by your word.", "{} 노드를 배운 것으로 적었습니다.")), node.id));
    print_next(learning);
  }
  return 0;
}

int learn_status(Context& context, const LearnGiven& given) {
  Learning learning(context, given);
  std::array<std::size_t, 5> counts{};
  std::size_t road = 0;
  for (std::size_t i = 0; i < learning.marks.size(); ++i) {
    ++counts[std::size_t(learning.marks[i])];
    road += i < learning.graph.road && learning.standing(learning.graph.nodes[i]).mastery + 1e-9 >= learning.graph.nodes[i].needs;
  }
  Json began = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (std::size_t i = 0; i < learning.marks.size(); ++i) {
    const learn::Node& node = learning.graph.nodes[i];
    const learn::Standing& standing = learning.standing(node);
    if (!standing.started && standing.mastery == 0) continue;
    Json one = node_json(learning, node);
    one["tries"] = standing.tries;
    one["hints"] = standing.hints;
    one["told"] = standing.told;
    began.push_back(one);
    rows.push_back({mark_sign(learning.marks[i], node.practice, context.color), node.id, one_line(learning.name(node)),
        fmt::format("{:.1f}", standing.mastery),
                    std::to_string(standing.tries), std::to_string(standing.hints),
                    standing.due ? learn::time_text(standing.due).substr(0, 10) : standing.told
                        ? std::string(context.say("by your word", "직접 적음")) : "–"});
  }
  if (context.json) {
    Json by_mark = Json::object();
    for (std::size_t i = 0; i < counts.size(); ++i) by_mark[std::string(learn::name_of(learn::Mark(i)))] = counts[i];
    context.print_json({{"nodes", began}, {"marks", by_mark}, {"road", {{"learnt", road}, {"of", learning.graph.road}}},
                        {"streak_days", learning.standings.streak_days}, {"next", next_json(learning)},
                            {"journal", learn::journal_path().string()}});
    return 0;
  }
  const bool ko = context.korean;
  if (!rows.empty())
    context.print(table({"", "ID", ko ? "이름" : "NAME", ko ? ">숙련도" : ">MASTERY", ko ? ">시도" : ">TRIES", ko ? ">힌트" : ">HINTS", ko ? "복습할 날"
        : "DUE"}, rows,
                        context.color));
  context.print(fmt::format(fmt::runtime(context.say("The road: {} of {}.  Days in a row: {}.", "길: {}/{}.  이어서 한 날: {}일.")), road,
      learning.graph.road,
                            learning.standings.streak_days));
  print_next(learning);
  return 0;
}

int learn_reset(Context& context, const LearnGiven& given) {
  if (given.all == !given.words.empty()) fail(ErrorKind::usage, "maru learn reset takes one ID, or --all");
  Learning learning(context, given);
  Json moved = Json::array();
  const auto put_aside = [&](const learn::Node& node) {
    const fs::path file = learning.standing(node).file;
    std::error_code code;
    if (file.empty() || !fs::is_regular_file(file, code)) return;
    fs::path aside;
    for (int n = 1; aside.empty() || fs::exists(aside, code); ++n) aside = file.parent_path()
        / fmt::format("{}.old{}.py", file.stem().string(), n);
    fs::rename(file, aside);
    moved.push_back(aside.string());
  };
  if (given.all) {
    for (const learn::Node& node : learning.graph.nodes) put_aside(node);
    learn::append_event(learn::journal_path(), {{"node", "*"}, {"event", "reset"}});
  } else {
    const learn::Node& node = learning.node(only_word(given, "ID"));
    put_aside(node);
    learning.record(node, "reset");
  }
  if (context.json) {
    context.print_json({{"reset", given.all ? Json("*") : Json(given.words[0])}, {"put_aside", moved}});
    return 0;
  }
  for (const Json& one : moved) context.note(std::string(context.say("put aside: ", "옆으로 옮긴 파일: ")) + path_text(one.get<std::string>()));
  context.print(context.say("Begun anew.", "처음부터 다시 할 수 있습니다."));
  return 0;
}

}  // namespace maru::cli
