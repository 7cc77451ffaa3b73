// Files keep the template in three places.
#include "maru/engine/stored_template.h"

#include "maru/base/file.h"
#include "maru/base/json.h"

namespace maru::engine {

std::optional<StoredTemplate> stored_template(const io::ModelFile& file) {
  if (file.gguf) {
    if (!file.metadata.has("tokenizer.chat_template")) return std::nullopt;
    return StoredTemplate{std::string(file.metadata.string("tokenizer.chat_template")), file.path.filename().string() + ": tokenizer.chat_template"};
  }
  const auto folder = std::filesystem::is_directory(file.path) ? file.path : file.path.parent_path();
  if (const auto jinja = folder / "chat_template.jinja"; std::filesystem::exists(jinja)) return StoredTemplate{read_file(jinja, 1 << 20), jinja.string()};
  const auto config = folder / "tokenizer_config.json";
  if (!std::filesystem::exists(config)) return std::nullopt;
  const Json json = parse_json(read_file(config, 64 << 20), config.string());
  if (!json.is_object() || !json.contains("chat_template")) return std::nullopt;
  const Json& found = json["chat_template"];
  if (found.is_string()) return StoredTemplate{found.get<std::string>(), config.string() + ": chat_template"};
  // Some models have several, by name.
  if (found.is_array())
    for (const Json& named : found)
      if (named.is_object() && named.value("name", Json()) == "default" && named.value("template", Json()).is_string())
        return StoredTemplate{named["template"].get<std::string>(), config.string() + ": chat_template: default"};
  return std::nullopt;
}

}  // namespace maru::engine
