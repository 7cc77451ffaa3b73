// maru hub: looks for models and data sets on the hub, and at one of them before it is pulled.
#include "cli/commands/hub_common.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/search.h"

namespace maru::cli {
namespace {

struct Given {
  std::string action, task, language, licence;
  std::vector<std::string> words;
  std::int64_t limit = 20;
  bool data = false, fits = false;
  hub::Kind kind() const { return data ? hub::Kind::data : hub::Kind::model; }
};

std::string languages_text(const std::vector<std::string>& languages) {
  constexpr std::size_t kMost = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(kMost, languages.size()); ++i) out += (i ? ", " : "") + languages[i];
  return languages.size() > kMost ? fmt::format("{}, … ({})", out, languages.size()) : out;
}

Json described_json(const hub::Described& one) {
  return {{"id", one.id}, {"task", one.task}, {"licence", one.licence}, {"languages", one.languages}, {"downloads", one.downloads},
          {"likes", one.likes}, {"updated", one.updated}, {"gated", one.gated}, {"parameters", one.parameters},
          {"weights_bytes", one.weights_bytes}, {"model_type", one.model_type}, {"architecture", one.architecture}, {"runs", runs(one)}};
}

int search(Context& context, const Given& given) {
  std::string words;
  for (const std::string& word : given.words) words += (words.empty() ? "" : " ") + word;
  net::Client client;
  hub::Findings findings = hub::search(words, {given.kind(), given.task, given.language, given.licence, given.limit}, client,
      &context.cancel);
  std::size_t unfit = 0;
  if (given.fits) unfit = std::erase_if(findings.found, [](const hub::Described& one) { return fit_of(one) && !fit_of(one)->memory(); });
  if (context.json) {
    Json list = Json::array();
    for (const hub::Described& one : findings.found) {
      list.push_back(described_json(one));
      if (given.fits) list.back()["fits"] = fit_of(one) ? Json(fit_of(one)->memory()) : Json();
    }
    context.print_json({{"found", list}, {"more", findings.more}, {"left_out", unfit}});
    return 0;
  }
  const bool ko = context.korean;
  std::vector<std::vector<std::string>> rows;
  for (const hub::Described& one : findings.found) {
    std::vector<std::string> row = {count_text(one.downloads), one.weights_bytes ? size_text(one.weights_bytes) : "", visible(one.task),
                                    visible(one.licence), languages_text(one.languages)};
    if (!given.data) row.push_back(one.model_type.empty() ? "" : std::string(runs(one) ? context.say("yes", "예") : context.say("no",
        "아니요")));
    row.push_back(visible(one.id) + (one.gated ? std::string(context.say("  (gated)", "  (허락 필요)")) : ""));
    for (std::string& cell : row) cell = fitted(one_line(cell), 60);
    rows.push_back(std::move(row));
  }
  std::vector<std::string> header = {ko ? ">내려받은 수" : ">DOWNLOADS", ko ? ">크기" : ">SIZE", ko ? "하는 일" : "TASK", ko ? "라이선스" : "LICENCE",
                                     ko ? "언어" : "LANGUAGES"};
  if (!given.data) header.push_back(ko ? "실행" : "RUNS");
  header.push_back(ko ? "이름" : "NAME");
  if (rows.empty()) context.note(context.say("nothing was found", "찾은 것이 없습니다"));
  else context.print(table(header, rows, context.color));
  if (unfit > 0)
    context.note(fmt::format(fmt::runtime(context.say("{} that do not fit into this machine's memory were left out",
        "이 기계의 메모리에 들어가지 않는 {}개를 뺐습니다")), unfit));
  if (findings.more)
    context.note(fmt::format(fmt::runtime(context.say("the hub has more than these {}; --limit shows up to 100",
        "허브에는 이 {}개보다 더 있습니다. --limit으로 100개까지 볼 수 있습니다")),
                             given.limit));
  return 0;
}

// A name of the catalogue, or a reference in any spelling.
hub::Reference named(const std::string& text, hub::Kind kind) {
  for (const hub::Known& one : hub::catalogue(home()))
    if (one.name == text && one.kind == kind) return hub::parse_reference(one.reference, kind);
  return hub::parse_reference(text, kind);
}

// What a pull would bring, or why it would not.
struct Pullable {
  std::optional<hub::Plan> plan;
  std::optional<Phrase> problem;
};
Pullable pullable(const hub::Reference& reference, net::Client& client, Context& context) {
  try {
    return {hub::source_of(reference).plan(reference, client, &context.cancel), {}};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::cancelled) throw;
    return {{}, error.said()};
  }
}

int show(Context& context, const Given& given) {
  if (given.words.size() != 1) fail(ErrorKind::usage, "maru hub show takes one name, got {}", given.words.size());
  const hub::Reference reference = named(given.words[0], given.kind());
  if (reference.scheme != "hf") fail(ErrorKind::usage, "{}: is not on the hub; maru hub show takes org/name", reference.text());
  net::Client client;
  const hub::Details details = hub::details(reference, client, &context.cancel);
  const Pullable pull = pullable(reference, client, context);
  const hub::Described& one = details.described;
  if (context.json) {
    Json out = described_json(one), files = Json::array();
    for (const hub::Listed& file : details.files) files.push_back({{"name", file.name}, {"bytes", file.bytes}});
    out["commit"] = details.commit;
    out["page"] = details.page;
    out["bytes"] = details.bytes();
    out["files"] = files;
    Json planned;
    if (pull.plan) {
      planned = {{"bytes", pull.plan->bytes()}, {"files", Json::array()}};
      for (const hub::RemoteFile& file : pull.plan->files) planned["files"].push_back({{"name", file.name}, {"bytes", file.size}});
    }
    out["pull"] = planned;
    if (pull.problem) out["problem"] = context.say(*pull.problem);
    if (const auto fit = fit_of(one)) out["fits"] = fit->memory();
    out["card"] = details.card;
    context.print_json(out);
    return 0;
  }
  const bool ko = context.korean;
  const std::string unstated(context.say("not stated", "밝히지 않음"));
  std::vector<std::pair<std::string, std::string>> rows = {
      {ko ? "이름" : "name", one.id},
      {ko ? "주소" : "page", details.page},
      {ko ? "커밋" : "commit", details.commit},
      {ko ? "고친 때" : "updated", one.updated},
      {ko ? "하는 일" : "task", one.task.empty() ? unstated : one.task},
      {ko ? "라이선스" : "licence", one.licence.empty() ? unstated : one.licence},
      {ko ? "언어" : "languages", one.languages.empty() ? unstated : languages_text(one.languages)},
      {ko ? "내려받은 수" : "downloads", count_text(one.downloads)},
      {ko ? "파일" : "files", fmt::format("{}  ({})", size_text(details.bytes()), details.files.size())}};
  if (one.gated) rows.push_back({ko ? "허락" : "access", std::string(context.say("gated: accept its terms on the page, then set HF_TOKEN",
      "허락 필요: 페이지에서 조건에 동의한 뒤 HF_TOKEN을 정하세요"))});
  if (!given.data && !one.model_type.empty())
    rows.push_back({ko ? "실행" : "runs", fmt::format("{}  ({}{}{})", context.say(runs(one) ? "yes" :
        "no: this maru does not know the architecture", runs(one) ? "예" : "아니요: 이 maru가 모르는 구조입니다"),
                                                      one.model_type, one.architecture.empty() ? "" : ", ", one.architecture)});
  if (pull.plan) rows.push_back({ko ? "가져오면" : "a pull brings", fmt::format("{}  ({})", size_text(pull.plan->bytes()),
      pull.plan->files.size())});
  if (const auto fit = fit_of(one)) rows.push_back({ko ? "메모리" : "memory", context.say(hub::said(*fit))});
  for (auto& [name, value] : rows) value = one_line(value);
  context.print(facts(rows, context.color));
  if (pull.plan) {
    std::vector<std::vector<std::string>> files;
    for (const hub::RemoteFile& file : pull.plan->files) files.push_back({size_text(file.size), visible(file.name)});
    context.print("\n" + table({ko ? ">크기" : ">SIZE", ko ? "가져올 파일" : "FILE OF A PULL"}, files, context.color));
    for (const Phrase& note : pull.plan->notes) context.note(context.say(note));
  }
  if (pull.problem) context.note(std::string(context.say("a pull would fail: ", "가져올 수 없습니다: ")) + context.say(*pull.problem));
  if (!details.card.empty()) context.print("\n" + card_text(details.card, context.color));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.choice("ACTION", given->action, {"search", "show"},
                 {"search: look for words; show: one model's card, files and size", "search: 낱말로 찾기, show: 모델 하나의 카드와 파일과 크기"})->required();
  options.texts("WORDS", given->words, {"What to look for, or the name: org/name", "찾을 낱말, 또는 이름(org/name)"})->required();
  options.flag("--data", given->data, {"Data sets instead of models", "모델 대신 데이터 집합"});
  options.text("--task", given->task, {"Only for this task: text-classification, translation …",
      "이 일을 하는 것만: text-classification, translation …"});
  options.text("--language", given->language, {"Only of this language: ko, en …", "이 언어만: ko, en …"});
  options.text("--licence,--license", given->licence, {"Only under this licence: mit, apache-2.0 …", "이 라이선스만: mit, apache-2.0 …"});
  options.flag("--fits", given->fits, {"Only what fits into this machine's memory", "이 기계의 메모리에 들어가는 것만"});
  options.integer("--limit", given->limit, {1, 100}, {"How many (default: 20)", "몇 개까지 (기본: 20)"});
  options.examples("maru hub search korean sentiment --task text-classification --language ko\nmaru hub show "
      "google-bert/bert-base-uncased\n"
                   "maru hub search squad --data");
  return [given](Context& context) { return given->action == "search" ? search(context, *given) : show(context, *given); };
}

}  // namespace

Command hub_entry() {
  return {.name = "hub", .group = "models", .about = "Search the hub, or look at a model there before it is pulled",
          .about_ko = "허브에서 찾거나, 가져오기 전에 모델을 살펴봅니다", .declare = declare};
}

}  // namespace maru::cli
