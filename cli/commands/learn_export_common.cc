// maru learn export: what the person has measured, as one page that needs nothing else.
#include "cli/commands/learn_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/learn/draw.h"
#include "maru/learn/places.h"

namespace maru::cli {
namespace {

using learn::html_text;

constexpr std::string_view kStyle =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
        "1rem;color:#222}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ddd;padding:.3rem "
        ".6rem;text-align:left;vertical-align:top}td.n{font-variant-numeric:tabular-nums;text-align:right}"
    "small{color:#666}figure{overflow-x:auto;margin:0}";

// One row a check of a pass: what was measured, when, with which seed, where.
std::string ledger(const Learning& learning, const learn::Journal& journal, std::size_t& passes) {
  const bool ko = learning.context.korean;
  std::string out;
  for (const learn::Event& event : journal.events) {
    const learn::Node* node = learning.graph.find(event.node);
    if (event.event != "check" || !event.all.value("pass", false) || !event.all.contains("facts") || !node) continue;
    ++passes;
    const Json& facts = event.all["facts"];
    const std::string when = learn::time_text(event.time).substr(0, 10);
    out += fmt::format("<tr><th colspan=\"3\">{} <small>{} · {} · seed {} · {}</small></th></tr>\n", html_text(node->name.in(ko)),
        html_text(node->id), when,
                       event.all.value("seed", std::int64_t{0}), html_text(event.all.value("machine", "")));
    if (node->folder.empty()) continue;
    for (const learn::Check& check : learn::read_lesson(*node).checks)
      if (facts.is_object() && facts.contains(check.holds.fact))
        out += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n", html_text(check.holds.fact),
                           html_text(learn::fact_text(facts.at(check.holds.fact))), html_text(check.shows.in(ko)));
    if (event.all.contains("predictions"))
      for (const Json& one : event.all["predictions"])
        out += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td>{}</td></tr>\n", ko ? "나의 예측" : "my prediction",
                           html_text(learn::fact_text(one.value("predicted", Json()))),
                               html_text(learn::fact_text(one.value("measured", Json()))));
  }
  return out;
}

}  // namespace

int learn_export(Context& context, const LearnGiven& given) {
  if (given.words.size() > 1) fail(ErrorKind::usage, "maru learn export takes one file, got {}", given.words.size());
  const Learning learning(context, given);
  const std::filesystem::path file = given.words.empty() ? "maru-learn.html" : given.words[0];
  std::size_t passes = 0;
  const std::string rows = ledger(learning, learn::read_journal(learn::journal_path()), passes);
  const std::string title(context.say("What I have measured", "내가 잰 것"));
  write_file(file, fmt::format("<!doctype html>\n<html lang=\"{}\"><meta "
      "charset=\"utf-8\"><title>{}</title><style>{}</style>\n<h1>{}</h1>\n<p>{}</p>\n"
                               "<table>\n{}</table>\n<h2>{}</h2>\n<figure>{}</figure>\n</html>\n",
                               context.korean ? "ko" : "en", title, kStyle, title, html_text(learning.graph.title.in(context.korean)), rows,
                               context.say("The map", "지도"), learn::svg(learning.graph, learning.marks, context.korean)));
  if (context.json) context.print_json({{"file", file.string()}, {"passes", passes}});
  else context.print(fmt::format(fmt::runtime(context.say("{}: {} passes", "{}: 통과한 것 {}번")), path_text(file.string()), passes));
  return 0;
}

}  // namespace maru::cli
