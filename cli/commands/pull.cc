// maru pull: brings a model or a data set into the store.
#include <algorithm>

#include "cli/commands/fit_common.h"
#include "cli/commands/lock_common.h"
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/hub/fit.h"
#include "maru/hub/model_files.h"
#include "maru/io/model_file.h"
#include "maru/models/models.h"

namespace maru::cli {
namespace {

struct Given {
  std::string reference;
  std::optional<std::string> name;
  bool dry_run = false;
};

// What was said on the way, kept for --json.
struct Said {
  Json notes = Json::array();
  std::optional<hub::Fit> fit;
  std::optional<std::uint64_t> download_bytes;  // 0 when all was here; unknown for sources that do not plan
};

Json model_json(const Context& context, const hub::Model& model, const Said& said) {
  Json files = Json::array();
  for (const hub::StoredFile& file : model.files) files.push_back(file_json(file));
  Json out = {{"name", model.name}, {"kind", hub::kind_name(model.kind)}, {"reference", model.reference}, {"revision", model.revision},
              {"licence", model.licence}, {"bytes", model.bytes()}, {"pulled", model.pulled}, {"files", files}, {"notes", said.notes}};
  if (said.download_bytes) out["download_bytes"] = *said.download_bytes;
  if (said.fit) out["fit"] = fit_json(context, *said.fit);
  return out;
}

// Why this program cannot compute with a model that is whole. Its weights are mapped, not read.
std::optional<Phrase> why_unusable(const std::filesystem::path& path) {
  try {
    (void)open_tokenizer(path);
    (void)models::open(io::open_file(path));
    return std::nullopt;
  } catch (const Error& error) {
    return error.said();
  }
}

int pull(Context& context, const Given& given) {
  hub::Store store(home(), inspect_model);
  Said said;
  hub::PullOptions options = pull_options(context);
  options.name = given.name;
  options.plan_only = given.dry_run;
  options.note = [&](const Phrase& note) {
    said.notes.push_back(context.say(note));
    if (!context.json) context.note(context.say(note));
  };
  options.planned = [&](const hub::Model& model, const hub::Plan& plan, std::uint64_t bytes) {
    said.download_bytes = bytes;
    if (!context.json) context.note(planned_words(context, model, plan, bytes));
    said.fit = planned_fit(context, model, plan, bytes);
    if (said.fit && !context.json) context.note(context.say(hub::said(*said.fit)));
  };
  const hub::Model model = store.pull(given.reference, options);
  if (given.dry_run && said.download_bytes) {
    Json out = model_json(context, model, said);
    out["planned"] = true;
    if (context.json) context.print_json(out);
    else for (const hub::StoredFile& file : model.files) context.print(fmt::format("{:>10}  {}", size_text(file.size), visible(file.name)));
    return 0;
  }
  const bool is_model = model.kind == hub::Kind::model;
  const std::filesystem::path path = store.open_path(model);
  const std::optional<Phrase> problem = is_model ? why_unusable(path) : std::nullopt;
  if (context.json) {
    Json out = model_json(context, model, said);
    if (is_model) out["usable"] = !problem;
    else out["path"] = path.string();
    if (problem) out["problem"] = context.say(*problem);
    context.print_json(out);
    return 0;
  }
  context.print(fmt::format("{}  {}  {}", model.name, size_text(model.bytes()), visible(model.reference)));
  if (problem) context.note(std::string(context.say("stored, but this maru cannot use it: ", "저장했지만 이 maru는 쓸 수 없습니다: ")) +
                            context.say(*problem));
  return 0;
}

// The first names of the catalogue: all of them would be a page.
std::string some_known() {
  constexpr std::size_t kMost = 8;
  std::string out;
  for (const hub::Known& one : hub::catalogue().first(std::min(kMost, hub::catalogue().size()))) out += one.name + ", ";
  return out + "… (maru list --known)";
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  const std::string known = some_known();
  std::string schemes;
  for (const hub::Source& source : hub::sources()) schemes += fmt::format("{}{}", schemes.empty() ? "" : ", ", source.example);
  const std::string english = fmt::format("What to bring: {}; or {}; or ORG/NAME, or an address copied from the hub", known, schemes);
  const std::string korean_text = fmt::format("가져올 것: {}; 또는 {}; 또는 ORG/NAME, 허브에서 복사한 주소", known, schemes);
  const Option reference = options.text("REF", given->reference, {english + "; default: what maru.lock here says", korean_text + "; 기본: 이 폴더의 maru.lock"});
  const auto name = std::make_shared<std::string>();
  const Option named = options.text("--name", *name, {"Store it under this name", "이 이름으로 저장합니다"})->type_name("NAME");
  options.flag("--dry-run", given->dry_run, {"Only say what would come", "무엇이 올지만 보여 줍니다"});
  options.examples("maru pull smollm2\nmaru pull sentence-transformers/all-MiniLM-L6-v2\nmaru pull hf.co/org/name-GGUF:Q4_K_M\n"
                   "maru pull hf:datasets/org/name\nmaru pull file:./model.gguf --name mine");
  return [given, name, named, reference](Context& context) {
    if (named->count() > 0) given->name = *name;
    if (reference->count() > 0) return pull(context, *given);
    if (given->name || given->dry_run) fail(ErrorKind::usage, "--name and --dry-run need a REF");
    return pull_by_lock(context);
  };
}

}  // namespace

Command pull_entry() {
  return {.name = "pull", .group = "models", .about = "Bring a model or a data set, checked by its sums",
          .about_ko = "모델이나 데이터를 가져오고 해시로 확인합니다",
          .declare = declare};
}

}  // namespace maru::cli
