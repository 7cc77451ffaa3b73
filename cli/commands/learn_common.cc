// What the actions of `maru learn` share.
#include "cli/commands/learn_common.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hub.h"
#include "maru/learn/places.h"

namespace maru::cli {
namespace fs = std::filesystem;

Learning::Learning(Context& context, const LearnGiven& given)
    : context(context), given(given), graph(learn::read_graph(learn::sources(given.graph, given.alone))), now(learn::now()) {
  stand();
  if (context.json) return;
  for (const Phrase& note : graph.notes) context.note(context.say(note));
  if (const std::size_t n = graph.problems.size())
    context.note(fmt::format(fmt::runtime(context.say("{} problems in the graph; {} learn check-graph shows them",
        "그래프에 문제 {}개가 있습니다. {} learn check-graph로 볼 수 있습니다")), n, called()));
}

void Learning::stand() {
  const learn::Journal journal = learn::read_journal(learn::journal_path());
  standings = learn::standings(graph, journal, now);
  marks = learn::marks(graph, standings, now);
  if (!context.json)
    for (const Phrase& note : journal.notes) context.note(context.say(note));
}

void Learning::record(const learn::Node& node, std::string_view event, Json more) {
  Json line = {{"t", learn::time_text(learn::now())}, {"node", node.id}, {"event", event}};
  for (auto& [key, value] : more.items()) line[key] = std::move(value);
  line["graph_rev"] = graph.revision;
  learn::append_event(learn::journal_path(), std::move(line));
  stand();
}

learn::Lesson Learning::lesson(const learn::Node& node) const {
  if (node.folder.empty()) fail(ErrorKind::invalid, "{} is a plain node without a lab; maru learn done {} says that you know it", node.id,
      node.id);
  return learn::read_lesson(node);
}

std::string only_word(const LearnGiven& given, std::string_view what) {
  if (given.words.size() != 1) fail(ErrorKind::usage, "maru learn {} takes one {}, got {}", given.action, what, given.words.size());
  return given.words[0];
}

const learn::Node& node_at_hand(const Learning& learning) {
  if (learning.given.words.size() > 1) fail(ErrorKind::usage, "maru learn {} takes one {}, got {}", learning.given.action, "ID",
      learning.given.words.size());
  if (!learning.given.words.empty()) return learning.node(learning.given.words[0]);
  const learn::Node* last = nullptr;
  for (const learn::Node& node : learning.graph.nodes)
    if (learning.standing(node).began > (last ? learning.standing(*last).began : 0)) last = &node;
  if (!last) fail(ErrorKind::usage, "nothing has been begun yet; maru learn start ID begins a node, and maru learn names the next one");
  return *last;
}

std::string mark_sign(learn::Mark mark, bool practice, bool color) {
  switch (mark) {
    case learn::Mark::learnt: return styled("✓", Style::green, color);
    case learn::Mark::due: return styled("↻", Style::yellow, color);
    case learn::Mark::started: return styled("▶", Style::cyan, color);
    case learn::Mark::ready: return practice ? "□" : "○";
    case learn::Mark::locked: return styled(practice ? "▪" : "·", Style::dim, color);
  }
  return " ";
}

std::string mark_words(learn::Mark mark, bool korean) {
  switch (mark) {
    case learn::Mark::learnt: return korean ? "배움" : "learnt";
    case learn::Mark::due: return korean ? "복습할 때" : "due for review";
    case learn::Mark::started: return korean ? "하는 중" : "begun";
    case learn::Mark::ready: return korean ? "할 수 있음" : "open";
    case learn::Mark::locked: return korean ? "아직 잠김" : "locked";
  }
  return "";
}

std::string marked_name(const Learning& learning, const learn::Node& node) {
  return styled(one_line(learning.name(node)), Style::bold, learning.context.color)
      + styled("  " + node.id, Style::dim, learning.context.color);
}

Json node_json(const Learning& learning, const learn::Node& node) {
  const learn::Standing& standing = learning.standing(node);
  Json out = {{"id", node.id}, {"name", learning.name(node)}, {"domain", node.domain}, {"kind", node.practice ? "practice" : "theory"},
              {"lab", !node.folder.empty()}, {"minutes", node.minutes}, {"prerequisites", node.prerequisites},
              {"mark", learn::name_of(learning.marks[learning.graph.index(node.id)])}, {"mastery", standing.mastery}, {"own", node.own},
              {"file", node.file}, {"line", node.line}};
  out["due"] = standing.due ? Json(learn::time_text(standing.due)) : Json();
  return out;
}

Json next_json(const Learning& learning) {
  const auto next = learn::next_thing(learning.graph, learning.standings, learning.now);
  if (!next) return nullptr;
  Json out = node_json(learning, learning.node(next->id));
  out["review"] = next->review;
  out["why"] = learning.context.say(next->why);
  return out;
}

void print_next(const Learning& learning) {
  const Context& context = learning.context;
  const auto next = learn::next_thing(learning.graph, learning.standings, learning.now);
  if (!next) {
    context.print(context.say("Nothing is left to learn and nothing is due.", "더 배울 것도, 지금 복습할 것도 없습니다."));
    return;
  }
  const learn::Node& node = learning.node(next->id);
  const learn::Standing& standing = learning.standing(node);
  context.print(std::string(context.say("Next: ", "다음: ")) + marked_name(learning, node) +
                (node.minutes ? fmt::format(fmt::runtime(context.say("  ({} minutes)", "  ({}분)")), node.minutes) : ""));
  context.print(std::string(context.say("  why: ", "  이유: ")) + context.say(next->why));
  const std::string action = node.folder.empty() ? "done" : standing.started ? "check" : next->review ? "review" : "start";
  context.print("  " + called() + " learn " + action + " " + node.id);
  if (node.folder.empty()) context.note(context.say("  It has no lab: study it where you like, and then say that it is done.",
      "  실습이 없는 노드입니다. 따로 공부한 다음 done으로 적어 두세요."));
}

std::string called() {
  const char* name = std::getenv("MARU_CALLED");
  return name && *name ? one_line(name) : "maru";
}

std::string markdown_text(std::string_view markdown, bool color, std::size_t columns) {
  std::string out, paragraph;
  bool code = false;
  const auto inline_text = [&](std::string_view text) {  // after wrapping: the signs take no columns
    std::string line;
    for (std::size_t at = 0; at < text.size();) {
      const std::string_view sign = text.substr(at).starts_with("**") ? "**" : text[at] == '`' ? "`" : "";
      const std::size_t end = sign.empty() ? text.npos : text.find(sign, at + sign.size());
      if (end == text.npos) {
        line += text[at++];
        continue;
      }
      line += styled(text.substr(at + sign.size(), end - at - sign.size()), sign == "`" ? Style::cyan : Style::bold, color);
      at = end + sign.size();
    }
    return line;
  };
  std::vector<std::vector<std::string>> rows;  // of a table: the header, a rule that is not shown, the rest
  const auto cells = [](std::string_view line) {
    std::vector<std::string> row;
    for (std::size_t begin = 1; begin < line.size();) {
      const std::size_t end = std::min(line.find('|', begin), line.size());
      row.push_back(one_line(line.substr(begin, end - begin)));
      begin = end + 1;
    }
    return row;
  };
  const auto grid = [&] {
    const std::vector<std::string> header = rows[0];
    rows.erase(rows.begin(), rows.begin() + std::min<std::ptrdiff_t>(2, std::ptrdiff_t(rows.size())));
    for (std::vector<std::string>& row : rows) row.resize(header.size());
    std::string text;
    for (const char c : table(header, rows, color)) text += c == '\n' ? std::string("\n    ") : std::string(1, c);
    return "    " + text + "\n";
  };
  const auto flush = [&] {
    if (!paragraph.empty()) out += inline_text(wrapped(visible(paragraph), std::min<std::size_t>(columns, 100), 0)) + "\n";
    paragraph.clear();
  };
  for (std::size_t at = 0; at < markdown.size();) {
    const std::size_t end = std::min(markdown.find('\n', at), markdown.size());
    const std::string_view line = markdown.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("```")) {
      flush();
      code = !code;
    } else if (code) {
      out += "    " + styled(visible(line), Style::cyan, color) + "\n";
    } else if (line.starts_with("#")) {
      flush();
      out += styled(visible(line.substr(std::min(line.find_first_not_of("# "), line.size()))), Style::bold, color) + "\n";
    } else if (line.starts_with("|")) {
      flush();
      rows.push_back(cells(line));
      if (!markdown.substr(std::min(at, markdown.size())).starts_with("|")) out += inline_text(grid()), rows.clear();
    } else if (line.empty()) {
      flush();
      if (!out.ends_with("\n\n")) out += "\n";
    } else if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("> ")
        || (line[0] >= '0' && line[0] <= '9' && line.substr(0, 4).contains(". "))) {
      flush();
      out += inline_text(wrapped(visible(line), std::min<std::size_t>(columns, 100), 0)) + "\n";
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + std::string(line);
    }
  }
  flush();
  return out;
}

void need_models(std::span<const std::string> models) {
  const hub::Store store(home());
  std::vector<std::string> missing, commands;
  for (const std::string& name : models)
    if (std::error_code code; !store.find(name) && !fs::exists(name, code)) missing.push_back(name);
  for (const std::string& name : missing) commands.push_back(called() + " pull " + name);
  if (!missing.empty()) fail(ErrorKind::not_found, "this lab needs the model {}; bring it with: {}", fmt::join(missing, ", "),
      fmt::join(commands, " && "));
}

learn::LabLimits limits_of(const learn::Lesson& lesson, const LearnGiven& given) {
  learn::LabLimits limits = lesson.limits;
  if (given.memory_mb > 0) limits.memory_mb = std::size_t(given.memory_mb);
  return limits;
}

std::string trouble_text(const Context& context, const learn::LabTrouble& trouble, const learn::LabLimits& limits) {
  std::string where;
  if (trouble.line > 0) where = fmt::format("{}:{}: ", path_text(trouble.file), trouble.line);
  std::string what;
  if (trouble.type == "TooSlow")
    what = fmt::format(fmt::runtime(context.say("still running after {} seconds; does a loop never end?",
        "{}초가 지나도 끝나지 않습니다. 끝나지 않는 반복문이 있나요?")),
                       limits.seconds);
  else if (trouble.type == "MemoryError")
    what = fmt::format(fmt::runtime(context.say("needs more than the {} MB that this lab has", "이 실습의 한도인 메모리 {} MB를 넘었습니다")),
        limits.memory_mb);
  else
    what = visible(trouble.type + (trouble.message.empty() ? "" : ": " + trouble.message));
  if (!trouble.in_lab && trouble.line > 0)
    what += std::string(context.say("  (inside the measurement, with what your file returned)", "  (내 파일이 돌려준 값을 재다가 생긴 일입니다)"));
  return where + what + (trouble.text.empty() ? "" : "\n    " + visible(trouble.text));
}

Json trouble_json(const learn::LabTrouble& trouble) {
  return {{"type", trouble.type}, {"message", trouble.message}, {"file", trouble.file}, {"line", trouble.line}, {"text", trouble.text},
      {"in_lab", trouble.in_lab}};
}

}  // namespace maru::cli
