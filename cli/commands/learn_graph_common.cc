// maru learn map, path, check-graph, add: the graph itself.
#include <unistd.h>

#include "cli/commands/learn_common.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/learn/draw.h"
#include "maru/learn/graph_edit.h"
#include "maru/learn/places.h"

namespace maru::cli {
namespace fs = std::filesystem;
namespace {

std::string tree_text(const Learning& learning) {
  const Context& context = learning.context;
  const auto columns = std::size_t(terminal_columns(STDOUT_FILENO));
  std::string out;
  for (const learn::Branch& branch : learn::tree(learning.graph)) {
    const learn::Node& node = learning.graph.nodes[branch.node];
    std::string line = branch.lead + mark_sign(learning.marks[branch.node], node.practice, context.color) + " ";
    line += styled(one_line(learning.name(node)), node.practice ? Style::bold : Style::plain, context.color);
    std::string tail = "  " + node.id;
    for (const std::string& id : branch.also_needs) tail += " + " + id;
    line += styled(is_terminal(STDOUT_FILENO) ? fitted(tail, columns) : tail, Style::dim, context.color);
    out += line + "\n";
  }
  return out;
}

std::string legend(const Context& context) {
  const auto sign = [&](learn::Mark mark, bool practice) { return mark_sign(mark, practice, context.color); };
  using learn::Mark;
  std::string out;
  for (const Mark mark : {Mark::learnt, Mark::due, Mark::started, Mark::ready, Mark::locked})
    out += sign(mark, true) + " " + mark_words(mark, context.korean) + "   ";
  out += std::string(context.say("□ practice  ○ theory   ═ theory to practice   + needs that too",
      "□ 실습  ○ 이론   ═ 이론에서 실습으로   + 함께 필요한 것"));
  return out;
}

Json problem_json(const Context& context, const learn::Problem& problem) {
  return {{"kind", learn::name_of(problem.kind)}, {"file", problem.file}, {"line", problem.line}, {"id", problem.id},
      {"message", context.say(problem.what)}};
}

}  // namespace

int learn_map(Context& context, const LearnGiven& given) {
  Learning learning(context, given);
  const bool ko = context.korean;
  if (given.format == "json" || context.json) {
    Json nodes = Json::array(), edges = Json::array();
    for (const learn::Node& node : learning.graph.nodes) {
      nodes.push_back(node_json(learning, node));
      for (const std::string& id : node.prerequisites)
        if (const learn::Node* from = learning.graph.find(id))
          edges.push_back({{"from", id}, {"to", node.id}, {"kind", node.practice && !from->practice ? "theory_to_practice" : "needs"}});
      for (const std::string& id : node.recommended)
        if (learning.graph.find(id)) edges.push_back({{"from", id}, {"to", node.id}, {"kind", "helps"}});
    }
    context.print_json({{"title", learning.graph.title.in(ko)}, {"nodes", nodes}, {"edges", edges}, {"revision", learning.graph.revision}});
  } else if (given.format == "mermaid") {
    context.write(learn::mermaid(learning.graph, learning.marks, ko));
  } else if (given.format == "dot") {
    context.write(learn::dot(learning.graph, learning.marks, ko));
  } else if (given.format == "svg") {
    context.write(learn::svg(learning.graph, learning.marks, ko));
  } else {
    context.write(tree_text(learning) + "\n" + legend(context) + "\n");
  }
  return 0;
}

int learn_path(Context& context, const LearnGiven& given) {
  const std::string goal = only_word(given, "GOAL");
  Learning learning(context, given);
  const std::vector<std::size_t> path = learn::path_to(learning.graph, learning.standings, goal);
  int minutes = 0, unsaid = 0;
  Json list = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const std::size_t at : path) {
    const learn::Node& node = learning.graph.nodes[at];
    minutes += node.minutes;
    unsaid += node.minutes == 0;
    list.push_back(node_json(learning, node));
    rows.push_back({std::to_string(rows.size() + 1), mark_sign(learning.marks[at], node.practice, context.color),
        one_line(learning.name(node)), node.id,
                    node.minutes ? std::to_string(node.minutes) : "–"});
  }
  if (context.json) {
    context.print_json({{"goal", goal}, {"path", list}, {"minutes", minutes}, {"without_minutes", unsaid}});
    return 0;
  }
  if (path.empty()) {
    context.print(context.say("You know it already.", "이미 배운 노드입니다."));
    return 0;
  }
  const bool ko = context.korean;
  context.print(table({">#", "", ko ? "배울 것" : "TO LEARN", "ID", ko ? ">분" : ">MINUTES"}, rows, context.color));
  std::string sum = fmt::format(fmt::runtime(context.say("{} nodes, {} minutes", "노드 {}개, {}분")), path.size(), minutes);
  if (unsaid) sum += fmt::format(fmt::runtime(context.say(" and {} without a time", ", 시간이 적히지 않은 것 {}개")), unsaid);
  context.print(sum);
  return 0;
}

int learn_check_graph(Context& context, const LearnGiven& given) {
  if (given.words.size() > 1) fail(ErrorKind::usage, "maru learn check-graph takes one path, got {}", given.words.size());
  const learn::Sources sources = learn::sources(given.words.empty() ? given.graph : given.words[0], given.alone);
  const learn::Graph graph = learn::read_graph(sources);
  std::size_t errors = 0;
  for (const learn::Problem& problem : graph.problems) errors += !problem.warning();
  if (context.json) {
    Json problems = Json::array(), notes = Json::array();
    for (const learn::Problem& problem : graph.problems) problems.push_back(problem_json(context, problem));
    for (const Phrase& note : graph.notes) notes.push_back(context.say(note));
    context.print_json({{"nodes", graph.nodes.size()}, {"files", graph.files}, {"problems", problems}, {"notes", notes},
        {"pass", graph.problems.empty()}});
  } else {
    for (const Phrase& note : graph.notes) context.note(context.say(note));
    for (const learn::Problem& problem : graph.problems) context.print(visible(context.say(problem.what)));
    context.print(fmt::format(fmt::runtime(context.say("{} nodes in {} files, {} problems", "노드 {}개, 파일 {}개, 문제 {}개")),
        count_text(graph.nodes.size()),
                              count_text(graph.files), count_text(graph.problems.size())));
  }
  return graph.problems.empty() ? 0 : 1;
}

int learn_add(Context& context, const LearnGiven& given) {
  learn::NewNode node{.id = only_word(given, "ID"), .name = given.name, .name_ko = given.name_ko, .name_en = given.name_en,
      .domain = given.domain, .prerequisites = {}};
  for (std::size_t at = 0; at < given.prerequisites.size();) {
    const std::size_t end = std::min(given.prerequisites.find(',', at), given.prerequisites.size());
    std::string id = given.prerequisites.substr(at, end - at);
    id.erase(0, id.find_first_not_of(' '));
    id.erase(id.find_last_not_of(' ') + 1);
    if (!id.empty()) node.prerequisites.push_back(id);
    at = end + 1;
  }
  fs::path file = given.to.empty() ? given.graph : given.to;
  if (file.empty()) file = learn::own_folder() / "graph.yaml";
  std::error_code code;
  if (fs::is_directory(file, code)) file /= "graph.yaml";
  const bool there_already = fs::exists(file, code);  // what it holds already can be needed
  const learn::Graph graph = learn::read_graph(learn::sources(there_already && given.graph.empty() ? file.string() : given.graph));
  for (const std::string& id : node.prerequisites)
    if (id != node.id && !graph.find(id)) context.note(context.say(phrase("{} needs {}, and there is no such node yet", node.id, id)));
  if (const learn::Node* there = graph.find(node.id); there && there->own)
    fail(ErrorKind::invalid, "{}:{}: the id {} is there already", there->file, there->line, node.id);
  learn::add_node(file, node);
  if (context.json) context.print_json({{"id", node.id}, {"file", file.string()}});
  else context.print(fmt::format(fmt::runtime(context.say("{} added to {}", "{} 노드를 {}에 넣었습니다")), node.id, path_text(file.string())));
  return 0;
}

}  // namespace maru::cli
