// maru learn: the learner's road. Reads what was asked for; the actions lie beside this file (learn_*_common.cc).
#include "cli/commands/learn_common.h"
#include "cli/options.h"

namespace maru::cli {
namespace {

struct Action {
  std::string_view name;
  int (*run)(Context&, const LearnGiven&);
};
constexpr Action kActions[] = {{"next", learn_next},     {"start", learn_start},   {"check", learn_check},   {"hint", learn_hint},
                               {"solution", learn_solution}, {"review", learn_review}, {"done", learn_done}, {"place", learn_place},
                               {"status", learn_status}, {"map", learn_map},       {"path", learn_path},     {"add", learn_add},
                               {"check-graph", learn_check_graph}, {"reset", learn_reset}, {"export", learn_export},
                               {"verify", learn_verify}, {"claim", learn_claim}};

constexpr Words kActionWords = {
    "next (default): the one right thing to do; start ID, check, hint, solution: do it; review: what is due, with other numbers; done ID: "
    "a plain node that you know; place: find where you stand; status, export [FILE.html]: what you have measured; map, path GOAL: the "
    "graph; add ID, check-graph [PATH]: your own graph; reset ID: begin anew; claim \"TEXT\": settle a claim by experiment; verify: test "
    "the course itself",
    "next(기본): 지금 할 것 하나, start ID·check·hint·solution: 해 보기, review: 다른 숫자로 복습, done ID: 이미 아는 노드로 적기, place: 내 자리 찾기, "
    "status·export [FILE.html]: 내가 잰 것, map·path GOAL: 그래프, add ID·check-graph [PATH]: 나의 그래프, reset ID: 처음부터, claim \"글\": 주장을 "
    "실험으로 가리기, verify: 과정 자체를 시험하기"};

void declare_graph(Options& options, LearnGiven& given) {
  options.text("--graph", given.graph, {"A YAML file or folder of your own, beside the course (default: $MARU_LEARN, $MARU_HOME/learn)",
                                        "과정 곁에 둘 나의 YAML 파일이나 폴더 (기본: $MARU_LEARN, $MARU_HOME/learn)"})->type_name("PATH");
  options.flag("--alone", given.alone, {"Without the built-in course", "내장 과정 없이"});
  options.choice("--format", given.format, {"tree", "mermaid", "dot", "svg", "json"}, {"map: how to draw (tree)", "map: 그리는 방식 (tree)"});
  options.text("--name", given.name, {"add: its name", "add: 이름"})->type_name("TEXT");
  options.text("--name-ko", given.name_ko, {"add: its Korean name", "add: 한국어 이름"})->type_name("TEXT");
  options.text("--name-en", given.name_en, {"add: its English name", "add: 영어 이름"})->type_name("TEXT");
  options.text("--prerequisites", given.prerequisites, {"add: ids that come before, parted by commas",
      "add: 먼저 배울 id, 쉼표로 나눔"})->type_name("IDS");
  options.text("--domain", given.domain, {"add: its domain", "add: 영역"})->type_name("TEXT");
  options.text("--to", given.to, {"add: the file to write (default: $MARU_HOME/learn/graph.yaml)",
      "add: 넣을 파일 (기본: $MARU_HOME/learn/graph.yaml)"})->type_name("FILE");
}

void declare_lab(Options& options, LearnGiven& given) {
  options.flag("--watch", given.watch, {"check: again at every save, until it passes", "check: 통과할 때까지 저장할 때마다 다시"});
  options.texts("--predict", given.predictions, {"start: what you expect, as p1=0.5", "start: 나의 예측, p1=0.5처럼"})->type_name("ID=VALUE");
  options.integer("--seed", given.seed, {-1, 1'000'000'000}, {"check, claim: other numbers", "check, claim: 다른 숫자로"});
  options.integer("--memory", given.memory_mb, {0, 262'144}, {"MB for a lab (default: what the node says)", "실습이 쓸 메모리 MB (기본: 노드에 적힌 것)"});
  options.text("--model", given.model, {"claim: the model to try it on (default: a tiny one made on the spot)",
      "claim: 실험할 모델 (기본: 그 자리에서 만든 아주 작은 모델)"})
      ->type_name("MODEL");
  options.flag("--all", given.all, {"reset, verify: everything", "reset, verify: 전부"});
  options.flag("--sabotage", given.sabotage, {"verify: on broken engines too", "verify: 망가뜨린 엔진으로도"});
  options.choice("--texts", given.language, {"both", "ko", "en"},
      {"verify: the language whose texts must be complete (both)", "verify: 빠짐없어야 하는 글의 언어 (both)"});
  options.integer("--jobs", given.jobs, {1, 64}, {"verify: labs at a time (2)", "verify: 한꺼번에 돌릴 실습 (2)"});
  options.number("--minutes", given.minutes, 0.01, 600, {"verify: the time it may take (10)", "verify: 걸려도 되는 시간 (10)"});
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<LearnGiven>();
  Options options(app, korean);
  std::vector<std::string> names;
  for (const Action& action : kActions) names.emplace_back(action.name);
  options.choice("ACTION", given->action, names, kActionWords)->type_name("");
  options.texts("WORDS", given->words, {"What the action takes", "동작이 받는 것"});
  declare_graph(options, *given);
  declare_lab(options, *given);
  options.examples("maru learn                                  # what to do now, and why\nmaru learn start softmax\nmaru learn check "
      "--watch\n"
                   "maru learn map\nmaru learn path cross_attention\n"
                   "maru learn claim \"the second attention uses only the encoder's output\"\n"
                   "maru learn add my_node --name \"My node\" --prerequisites dot_product --domain math");
  return [given](Context& context) {
    for (const Action& action : kActions)
      if (given->action.empty() || action.name == given->action) return action.run(context, *given);
    return 2;
  };
}

}  // namespace

Command learn_entry() {
  return {.name = "learn", .group = "learn", .about = "Learn how it works: one right next thing, labs that measure, a graph of your own",
          .about_ko = "원리를 배웁니다: 지금 할 것 하나, 재어 보는 실습, 나의 학습 그래프", .declare = declare};
}

}  // namespace maru::cli
