// maru pull: brings a model into the store.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/io/model_file.h"
#include "maru/models/models.h"

namespace maru::cli {
namespace {

struct Given {
  std::string reference;
  std::optional<std::string> name;
};

Json model_json(const hub::Model& model) {
  Json files = Json::array();
  for (const hub::StoredFile& file : model.files) files.push_back({{"name", file.name}, {"sha256", file.sha256}, {"size", file.size}});
  return {{"name", model.name}, {"reference", model.reference}, {"licence", model.licence}, {"bytes", model.bytes()},
          {"pulled", model.pulled}, {"files", files}};
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
  const hub::Model model = store.pull(given.reference, {.name = given.name, .progress = context.progress(), .cancel = &context.cancel});
  const std::optional<Phrase> problem = why_unusable(store.open_path(model));
  if (context.json) {
    Json out = model_json(model);
    out["usable"] = !problem;
    if (problem) out["problem"] = context.say(*problem);
    context.print_json(out);
    return 0;
  }
  context.print(fmt::format("{}  {}  {}", model.name, size_text(model.bytes()), visible(model.reference)));
  if (problem) context.note(std::string(context.say("stored, but this maru cannot use it: ", "저장했지만 이 maru는 쓸 수 없습니다: ")) +
                            context.say(*problem));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  std::string known, known_ko;
  for (const hub::Known& one : hub::catalogue()) known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
  std::string schemes;
  for (const hub::Source& source : hub::sources()) schemes += fmt::format("{}{}", schemes.empty() ? "" : ", ", source.example);
  const std::string english = fmt::format("What to bring: {}; or {}", known, schemes);
  const std::string korean_text = fmt::format("가져올 것: {}; 또는 {}", known, schemes);
  options.text("REF", given->reference, {english, korean_text})->required();
  const auto name = std::make_shared<std::string>();
  const CLI::Option* named = options.text("--name", *name, {"Store it under this name", "이 이름으로 저장합니다"})->type_name("NAME");
  options.examples("maru pull smollm2\nmaru pull file:./model.gguf --name mine");
  return [given, name, named](Context& context) {
    if (named->count() > 0) given->name = *name;
    return pull(context, *given);
  };
}

}  // namespace

Command pull_entry() {
  return {.name = "pull", .group = "models", .about = "Bring a model, checked by its sha256", .about_ko = "모델을 가져오고 sha256으로 확인합니다",
          .declare = declare};
}

}  // namespace maru::cli
