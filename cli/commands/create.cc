// maru create: a model from a Modelfile, straight into the store.
#include "cli/commands/model_common.h"
#include "cli/terminal.h"
#include "maru/base/file.h"
#include "maru/chat/modelfile.h"
#include "maru/server/make_model.h"
#include "maru/server/modelfile_sources.h"

namespace maru::cli {
namespace {

constexpr std::size_t kLongestModelfile = std::size_t{16} << 20;

struct Given {
  std::string name, file = "Modelfile", type;
};

int create(Context& context, const Given& given) {
  const std::filesystem::path path(given.file);
  const server::NewName name = server::new_name(given.name, "NAME");
  hub::Store store(home(), inspect_model);
  std::vector<Phrase> notes;
  server::NewModel model =
      server::model_of(chat::parse_modelfile(read_file(path, kLongestModelfile), path.string()), path.parent_path(), notes);
  model.name = name;
  model.quantize = given.type;
  std::vector<std::string> warnings;
  model = server::checked(store, std::move(model), warnings);
  Json said = Json::array();
  const auto tell = [&](const std::string& line) {
    said.push_back(line);
    if (!context.json) context.note(line);
  };
  for (const Phrase& note : notes) tell(context.say(note));
  for (const std::string& warning : warnings) tell(warning);
  server::MakeHearer hearer;
  hearer.status = [&](const Phrase& status) { tell(context.say(status)); };
  hearer.progress = context.progress();
  hearer.cancel = &context.cancel;
  const hub::Model made = server::make_model(store, model, hearer);
  if (context.json) {
    Json files = Json::array();
    for (const hub::StoredFile& file : made.files) files.push_back(file_json(file));
    context.print_json({{"name", server::client_name(made)},
                        {"stored", made.name},
                        {"reference", made.reference},
                        {"bytes", made.bytes()},
                        {"files", files},
                        {"said", said}});
  } else {
    context.print(fmt::format(fmt::runtime(context.say("{}: made, {}; maru run {}", "{}: 만들었습니다, {}. maru run {}")),
                              server::client_name(made), size_text(made.bytes()), made.name));
  }
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.text("NAME", given->name, {"What to call it: mine, mine:v2", "붙일 이름: mine, mine:v2"})->required();
  options.text("-f,--file", given->file,
               {"The Modelfile; its paths start from its folder (default: Modelfile)",
                "Modelfile. 그 안의 경로는 그 폴더에서 시작합니다 (기본: Modelfile)"});
  options.text("-q,--quantize", given->type, {"Store the weights in this type: F16, Q8_0, Q6_K, Q5_K_M, Q4_K_M …, in any case",
                                              "가중치를 이 형식으로 저장합니다: F16, Q8_0, Q6_K, Q5_K_M, Q4_K_M … (대소문자 무관)"});
  options.examples("maru create mine -f Modelfile\nmaru create mine:small -f ./model/Modelfile -q Q4_K_M");
  return [given](Context& context) { return create(context, *given); };
}

}  // namespace

Command create_entry() {
  return {.name = "create", .group = "models", .about = "Make a model from a Modelfile: from another model or from files, with adapters",
          .about_ko = "Modelfile로 모델을 만듭니다. 다른 모델이나 파일에서, 어댑터를 더해서", .declare = declare};
}

}  // namespace maru::cli
