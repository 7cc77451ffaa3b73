// maru learn (alone), start, review, hint, solution, done, status, reset: walking from node to node.
#include <unistd.h>

#include <algorithm>

#include "cli/commands/learn_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/learn/places.h"

namespace maru::cli {
namespace fs = std::filesystem;
namespace {

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
  context.print("");
}

// The file, and what can be done with it. A starter that imports maru is run with the Python in which maru is found.
void print_commands(const Context& context, const learn::Lesson& lesson, const fs::path& file, bool kept) {
  context.print(std::string(context.say(kept ? "Your file, as you left it: " : "Your file: ", kept ? "지난번에 쓰던 파일: " : "고칠 파일: ")) +
                styled(path_text(file.string()), Style::bold, context.color));
  std::string python = called() == "maru" ? "python3" : called() + " python";
  if (called() == "maru" && read_file(file, std::size_t{1} << 20).contains("import maru"))
    for (const std::string& folder : learn::find_python().paths) python = "PYTHONPATH=" + path_text(folder) + " " + python;
  const std::vector<std::pair<std::string, std::string>> commands = {
      {called() + " learn check --watch", std::string(context.say("checks at every save", "저장할 때마다 확인합니다"))},
      {called() + " learn hint", fmt::format(fmt::runtime(context.say("{} of them", "힌트 {}개")), lesson.hints.size())},
      {python + " " + path_text(file.string()), std::string(context.say("runs it as it is", "그대로 돌려 봅니다"))}};
  std::size_t widest = 0;
  for (const auto& [command, what] : commands) widest = std::max(widest, command.size());
  for (const auto& [command, what] : commands) context.print("  " + padded(command, widest) + "   " + what);
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
    context.note(context.say(phrase("{} builds on nodes that you have not learnt yet; they are shown by: {} learn path {}",
        node.id, called(), node.id)));
  const std::int64_t seed = !review ? 0 : lesson.variants.empty() ? before.passes
      : lesson.variants[std::size_t(before.passes - 1) % lesson.variants.size()];
  bool kept = false;
  const fs::path file = placed_file(lesson, before, review, kept);
  Json event = {{"file", file.string()}, {"seed", seed}};
  if (review) event["review"] = true;
  learning.record(node, "start", event);
  if (!context.json && !review) print_lesson(learning, lesson);
  const std::size_t predicted = take_predictions(learning, lesson);
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
  print_commands(context, lesson, file, kept);
  return 0;
}

// Of a node that is passed and not begun again: they cost nothing.
int all_hints(const Learning& learning, const learn::Lesson& lesson) {
  const Context& context = learning.context;
  Json texts = Json::array();
  for (const learn::Text& hint : lesson.hints) {
    texts.push_back(hint.in(context.korean));
    if (!context.json) context.print(wrapped(fmt::format("{}. {}", texts.size(), hint.in(context.korean)),
        std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100)), 2));
  }
  if (context.json) context.print_json({{"node", lesson.node.id}, {"hints", texts}});
  else context.note(context.say("You have passed this node, so all its hints are shown.", "이미 통과한 노드라서 힌트를 모두 보여 줍니다."));
  return 0;
}

// The first time: what this is.
void print_welcome(const Learning& learning) {
  const Context& context = learning.context;
  if (learning.graph.road == 0) return;
  int minutes = 0;
  for (std::size_t i = 0; i < learning.graph.road; ++i) minutes += learning.graph.nodes[i].minutes;
  context.print(styled(one_line(learning.graph.title.in(context.korean)), Style::bold, context.color));
  context.print(fmt::format(fmt::runtime(context.say(
      "{} nodes, {} minutes in all. In each: read, predict, change a file, and check what it measures.\n",
      "노드 {}개, 모두 {}분. 노드마다 읽고, 예측하고, 파일을 고치고, check로 재어 봅니다.\n")), learning.graph.road, minutes));
}

}  // namespace

int learn_next(Context& context, const LearnGiven& given) {
  Learning learning(context, given);
  if (context.json) {
    context.print_json({{"next", next_json(learning)}, {"streak_days", learning.standings.streak_days}});
    return 0;
  }
  if (learning.standings.last_time == 0) print_welcome(learning);
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
  if (!standing.started && standing.passes > 0) return all_hints(learning, lesson);
  const std::size_t number = std::min(std::size_t(standing.hints) + 1, lesson.hints.size());
  if (std::size_t(standing.hints) < number) learning.record(node, "hint", {{"hint", number}});
  const double most = learn::kMasteryByHints[std::min(number, learn::kMasteryByHints.size() - 1)];
  const std::string& text = lesson.hints[number - 1].in(context.korean);
  if (context.json) {
    context.print_json({{"node", node.id}, {"hint", number}, {"of", lesson.hints.size()}, {"text", text}, {"mastery_at_most", most}});
    return 0;
  }
  context.print(fmt::format(fmt::runtime(context.say("Hint {} of {}", "힌트 {}/{}")), number, lesson.hints.size()));
  context.print(wrapped(text, std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100)), 2));
  context.note(fmt::format(fmt::runtime(context.say("With this hint the node counts {} of 1 when it passes; {} opens what builds on it.",
                                                    "이 힌트를 보고 통과하면 숙련도는 최대 {}입니다. {}부터 다음 노드가 열립니다.")), most, node.needs));
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
