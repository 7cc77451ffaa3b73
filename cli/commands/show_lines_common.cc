// Texts of a stored model, or of a file's own template.
#include "cli/commands/show_lines_common.h"

#include "cli/commands/model_common.h"
#include "maru/base/file.h"
#include "maru/engine/stored_template.h"
#include "maru/io/model_file.h"
#include "maru/server/described.h"
#include "maru/server/names.h"

namespace maru::cli {

void add_show_lines(Options& options, ShowLines& lines) {
  Option all[] = {
      options.flag("--modelfile", lines.modelfile, {"Print the Modelfile that makes this model", "이 모델을 만드는 Modelfile을 출력합니다"}),
      options.flag("--parameters", lines.parameters, {"Print its parameters", "매개변수를 출력합니다"}),
      options.flag("--template", lines.template_source, {"Print its chat template", "대화 템플릿을 출력합니다"}),
      options.flag("--system", lines.system, {"Print its system message", "시스템 메시지를 출력합니다"}),
      options.flag("--license,--licence", lines.licence, {"Print its licence", "라이선스를 출력합니다"})};
  for (Option& one : all)
    for (const Option& other : all)
      if (&one != &other) one.excludes(other);
}

int show_lines(Context& context, const std::string& name, const ShowLines& lines) {
  hub::Store store(home());
  const std::optional<hub::Model> model = hub::find_stored(store, name);
  const std::filesystem::path path = model ? store.open_path(*model) : hub::resolve(store, name, false);
  const server::Settings settings = model ? server::read_settings(store, *model) : server::Settings{};
  const std::optional<engine::StoredTemplate> own = engine::stored_template(io::open_file(path));
  const server::Described told = server::described(settings, model ? server::client_name(*model) : std::string(),
                                                   std::filesystem::absolute(path).string(), own ? own->source : std::string());
  const std::string licence = told.licence.empty() && model ? model->licence : told.licence;
  const auto [field, text] = lines.modelfile    ? std::pair<std::string, std::string>{"modelfile", told.modelfile}
                             : lines.parameters ? std::pair<std::string, std::string>{"parameters", told.parameters}
                             : lines.system     ? std::pair<std::string, std::string>{"system", told.system}
                             : lines.licence    ? std::pair<std::string, std::string>{"license", licence}
                                                : std::pair<std::string, std::string>{"template", told.template_source};
  if (context.json) context.print_json({{"name", name}, {field, text}});
  else if (!text.empty()) context.write(text.ends_with('\n') ? text : text + "\n");
  return 0;
}

}  // namespace maru::cli
