// maru learn verify: the course tests itself.
#include "cli/commands/learn_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hub.h"
#include "maru/learn/places.h"
#include "maru/learn/verify.h"

namespace maru::cli {
namespace {

struct Course {
  std::vector<learn::Lesson> lessons;
  std::vector<Phrase> problems;   // of texts, and labs that cannot be run here
  std::size_t left_out = 0;
};

std::vector<std::string> missing_models(const learn::Lesson& lesson) {
  const hub::Store store(home());
  std::vector<std::string> out;
  for (const std::string& name : lesson.models)
    if (!store.find(name)) out.push_back(name);
  return out;
}

Course course_of(const Learning& learning, const learn::VerifyOptions& options) {
  const LearnGiven& given = learning.given;
  if (given.all == !given.words.empty()) fail(ErrorKind::usage, "maru learn verify takes IDs, or --all");
  for (const std::string& id : given.words) (void)learning.lesson(learning.node(id));
  Course out;
  for (const learn::Node& node : learning.graph.nodes) {
    if (node.folder.empty() || (!given.all && std::find(given.words.begin(), given.words.end(), node.id) == given.words.end())) continue;
    learn::Lesson lesson = learning.lesson(node);
    for (Phrase& one : learn::text_problems(lesson, learning.graph, options)) out.problems.push_back(std::move(one));
    if (const std::vector<std::string> missing = missing_models(lesson); !missing.empty()) {
      out.problems.push_back(phrase("{}: not run: it needs the model {}; bring it with: maru pull {}", node.id, fmt::join(missing, ", "),
          fmt::join(missing, " && maru pull ")));
      ++out.left_out;
      continue;
    }
    out.lessons.push_back(std::move(lesson));
  }
  if (given.all)
    for (const learn::Problem& one : learning.graph.problems) out.problems.push_back(one.what);
  return out;
}

std::string trial_name(const learn::Trial& trial) {
  std::string out = fmt::format("{} {}", trial.id, learn::name_of(trial.kind));
  if (trial.kind != learn::Trial::Kind::claim) out += fmt::format(" seed {}", trial.seed);
  return trial.sabotage.empty() ? out : out + " " + trial.sabotage;
}

}  // namespace

int learn_verify(Context& context, const LearnGiven& given) {
  const Learning learning(context, given);
  const learn::VerifyOptions options{.sabotage = given.sabotage || given.all, .korean = given.language != "en",
      .english = given.language != "ko",
                                     .jobs = int(given.jobs), .seconds = given.minutes * 60, .memory_mb = std::size_t(given.memory_mb)};
  const Course course = course_of(learning, options);
  const std::filesystem::path cards = learn::courses_folder() / "claims";
  const std::vector<learn::Claim> claims = given.all && std::filesystem::is_directory(cards) ? learn::read_claims(cards)
      : std::vector<learn::Claim>{};
  const auto begin = std::chrono::steady_clock::now();
  const OnProgress progress = context.progress();
  const auto trials = learn::verify(course.lessons, claims, learn::find_python(), options, context.cancel,
                                    [&](const learn::Trial& trial, std::size_t done, std::size_t total) {
    if (context.verbose && !context.json) context.print(fmt::format("{} {}  {:.1f} s", trial.right ? "✓"
        : "✗", trial_name(trial), trial.seconds));
    progress({.what = "verifying", .done = done, .total = total, .unit = "labs"});
  });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::size_t wrong = 0;
  double slowest = 0;
  for (const learn::Trial& trial : trials) {
    wrong += !trial.right;
    slowest = std::max(slowest, trial.seconds);
  }
  const bool pass = wrong == 0 && course.problems.empty();
  if (context.json) {
    Json list = Json::array(), problems = Json::array();
    for (const learn::Trial& one : trials)
      list.push_back({{"id", one.id}, {"kind", learn::name_of(one.kind)}, {"seed", one.seed}, {"sabotage", one.sabotage}, {"run", one.run},
          {"right", one.right},
                      {"seconds", one.seconds}, {"message", context.say(one.what)}});
    for (const Phrase& one : course.problems) problems.push_back(context.say(one));
    context.print_json({{"pass", pass}, {"trials", list}, {"problems", problems}, {"left_out", course.left_out}, {"seconds", seconds}});
    return pass ? 0 : 1;
  }
  for (const Phrase& one : course.problems) context.print(visible(context.say(one)));
  for (const learn::Trial& one : trials)
    if (!one.right) context.print(styled("✗ ", Style::red, context.color) + trial_name(one) + ": " + visible(context.say(one.what)));
  context.print(fmt::format(fmt::runtime(context.say("{} labs of {} nodes and {} claims: {} wrong, {} other problems; {:.1f} s, the "
      "slowest {:.1f} s",
                                                     "노드 {1}개와 주장 {2}개의 실습 {0}번: 틀린 것 {3}, 그 밖의 문제 {4}, {5:.1f}초, 가장 느린 것 {6:.1f}초")),
                            trials.size(), course.lessons.size(), claims.size(), wrong, course.problems.size(), seconds, slowest));
  return pass ? 0 : 1;
}

}  // namespace maru::cli
