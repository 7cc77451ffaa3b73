// maru learn claim: a claim settled by experiment, on the person's own model.
#include <unistd.h>

#include <algorithm>

#include "cli/commands/learn_common.h"
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/learn/claims.h"
#include "maru/learn/places.h"

namespace maru::cli {
namespace {

// An experiment may open a model of any size; memory-mapped weights do not count.
constexpr learn::LabLimits kLimits{.seconds = 120, .memory_mb = 4096};

std::string verdict_words(const Context& context, const std::string& verdict) {
  if (verdict == "true") return std::string(context.say("holds", "맞습니다"));
  if (verdict == "false") return std::string(context.say("does not hold", "틀립니다"));
  return std::string(context.say("holds in part", "일부만 맞습니다"));
}

Json match_json(const Context& context, const learn::Match& match) {
  return {{"id", match.claim->id}, {"claim", match.claim->claim.in(context.korean)}, {"score", match.score}, {"phrasing", match.phrasing}};
}

int nothing_found(Context& context, const std::vector<learn::Match>& matches) {
  if (context.json) {
    Json near = Json::array();
    for (std::size_t i = 0; i < std::min<std::size_t>(3, matches.size()); ++i) near.push_back(match_json(context, matches[i]));
    context.print_json({{"found", nullptr}, {"nearest", near}});
    return 1;
  }
  context.print(context.say("No card fits this claim. The nearest:", "이 주장에 맞는 카드가 없습니다. 가까운 것:"));
  for (std::size_t i = 0; i < std::min<std::size_t>(3, matches.size()); ++i)
    context.print(fmt::format("  {:.2f}  {}", matches[i].score, matches[i].claim->claim.in(context.korean)));
  return 1;
}

void print_answer(const Context& context, const LearnGiven& given, const learn::Match& match, const learn::LabResult& run,
    const learn::Verdict& verdict) {
  const learn::Claim& claim = *match.claim;
  const bool ko = context.korean;
  const auto columns = std::size_t(std::min(terminal_columns(STDOUT_FILENO), 100));
  if (match.score < 0.999) context.print(styled(fmt::format(fmt::runtime(context.say(
      "the nearest card ({:.2f} of 1 alike); it may say the opposite of yours:",
      "가장 가까운 카드입니다(1 가운데 {:.2f}만큼 닮음). 내 주장과 반대일 수도 있습니다:")), match.score), Style::dim, context.color));
  context.print(styled("\"" + one_line(claim.claim.in(ko)) + "\"", Style::bold, context.color));
  context.print(verdict.pass ? styled("  " + verdict_words(context, claim.verdict), Style::yellow, context.color)
                             : styled(std::string(context.say("  the experiment did not come out as the card says",
                                 "  실험 결과가 카드와 다르게 나왔습니다")), Style::red, context.color));
  if (verdict.pass) context.print("\n" + wrapped(learn::filled(claim.answer.in(ko), run.facts), columns, 0) + "\n");
  std::vector<std::vector<std::string>> rows;
  for (const learn::CheckResult& one : verdict.checks)
    rows.push_back({styled(one.pass ? "✓" : "✗", one.pass ? Style::green : Style::red, context.color), one.check->holds.fact,
                    fitted(one_line(learn::fact_text(one.measured)), 30),
                        one.check->holds.op + " " + learn::fact_text(one.check->holds.value),
                    one.pass ? one.check->shows.in(ko) : one.check->fail.in(ko)});
  context.print(table({"", ko ? "잰 것" : "MEASURED", ko ? ">값" : ">VALUE", ko ? "기준" : "WANTED", ""}, rows, context.color));
  std::string on = given.model.empty()
      ? std::string(context.say("a tiny random model made on the spot: what holds of the architecture holds of it too",
                                                                 "그 자리에서 만든 아주 작은 무작위 모델. 구조에 대한 것은 여기서도 그대로입니다"))
                                       : one_line(given.model);
  if (given.model.empty() && !claim.models.empty()) on = fmt::format("{}", fmt::join(claim.models, ", "));
  if (claim.fits == "none") on = std::string(context.say("no model: it is a fact of the method", "모델 없이: 방법에 대한 사실입니다"));
  context.note(fmt::format(fmt::runtime(context.say("measured on: {}  ({:.1f} s)", "잰 모델: {}  ({:.1f}초)")), on, run.seconds));
  for (const std::string& id : claim.nodes) context.note(std::string(context.say("to build it yourself: ", "직접 만들어 보기: ")) + called()
      + " learn start " + id);
  for (const auto& [title, address] : claim.sources) context.note(title + (address.empty() ? "" : "  " + address));
}

}  // namespace

int learn_claim(Context& context, const LearnGiven& given) {
  std::string text;
  for (const std::string& word : given.words) text += (text.empty() ? "" : " ") + word;
  const std::vector<learn::Claim> claims = learn::read_claims(learn::courses_folder() / "claims");
  if (text.find_first_not_of(" \t\n") == text.npos) {  // all of them
    Json list = Json::array();
    for (const learn::Claim& one : claims) {
      list.push_back({{"id", one.id}, {"claim", one.claim.in(context.korean)}, {"fits", one.fits}});
      if (!context.json) context.print("  " + one.claim.in(context.korean));
    }
    if (context.json) context.print_json({{"claims", list}});
    return 0;
  }
  std::vector<learn::Match> matches = learn::find_claims(claims, text);
  for (const learn::Claim& one : claims)
    if (one.id == text) matches = {{&one, 1, one.id}};
  if (matches.empty() || matches[0].score < learn::kClaimFits) return nothing_found(context, matches);
  const learn::Claim& claim = *matches[0].claim;
  std::string model;
  if (!given.model.empty() && claim.fits == "none") context.note(context.say("--model is not used: this claim is about no model",
      "--model을 쓰지 않습니다. 모델과 상관없는 주장입니다"));
  if (!given.model.empty() && claim.fits != "none") model = model_path(context, given.model).string();
  std::vector<std::string> others = claim.models;
  if (!model.empty() && !others.empty()) others.erase(others.begin());
  need_models(others);
  learn::LabLimits limits = kLimits;
  if (given.memory_mb > 0) limits.memory_mb = std::size_t(given.memory_mb);
  learn::LabResult run = learn::run_lab(learn::find_python(),
      {.lab = {}, .measure = claim.experiment, .model = model, .seed = std::max<std::int64_t>(0, given.seed),
                                                                     .limits = limits}, &context.cancel);
  // The experiment was given a path; a person knows the model by its name.
  if (!model.empty() && run.facts.is_object() && run.facts.contains("model_name")) run.facts["model_name"] = given.model;
  learn::Verdict verdict;
  if (!run.trouble) verdict = learn::judge(claim.checks, {}, run.facts);
  const bool pass = !run.trouble && verdict.pass;
  if (!context.json && run.trouble) {
    context.print(wrapped(model.empty() ? trouble_text(context, *run.trouble, limits) : visible(run.trouble->message), 100, 2));
    if (!model.empty())
      context.note(fmt::format(
          fmt::runtime(context.say("{} could not be measured: this claim wants a model of the kind {}; "
                                   "without --model {} is used",
                                   "{} 모델로는 재지 못했습니다. 이 주장은 {} 종류의 모델로 잽니다. --model 없이 쓰는 것: {}")),
          given.model, claim.fits,
          claim.models.empty() ? std::string(context.say("a tiny one made on the spot", "그 자리에서 만든 작은 모델")) : claim.models[0]));
  } else if (!context.json) {
    print_answer(context, given, matches[0], run, verdict);
  } else {
    Json checks = Json::array();
    for (const learn::CheckResult& one : verdict.checks) checks.push_back({{"id", one.check->id}, {"pass", one.pass},
        {"measured", one.measured}});
    Json out = {{"found", match_json(context, matches[0])}, {"verdict", claim.verdict}, {"pass", pass},
        {"answer", learn::filled(claim.answer.in(context.korean), run.facts)},
                {"facts", run.facts}, {"checks", checks}, {"model", model}, {"nodes", claim.nodes}, {"seconds", run.seconds},
                    {"network", run.network}};
    out["trouble"] = run.trouble ? trouble_json(*run.trouble) : Json();
    context.print_json(out);
  }
  return pass ? 0 : 1;
}

}  // namespace maru::cli
