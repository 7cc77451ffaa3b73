// The files are named as Ollama's layers are when a model of its registry is pulled.
#include "maru/server/settings.h"

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::server {
namespace {

constexpr std::size_t kLongestText = std::size_t{4} << 20;

bool is_licence(std::string_view name) { return name == "LICENSE" || name.starts_with("LICENSE-"); }

std::vector<chat::Message> messages_of(const std::string& text, const std::string& model) {
  const Json messages = parse_json(text, model + ": messages.json");
  check(messages.is_array(), "{}: messages.json: expected a list of messages", model);
  std::vector<chat::Message> out;
  for (const Json& one : messages) {
    check(one.is_object() && one.contains("role") && one["role"].is_string() && one.contains("content") && one["content"].is_string(),
          "{}: messages.json: expected role and content, both texts", model);
    out.push_back({.role = one["role"], .content = one["content"], .thinking = {}});
  }
  return out;
}

}  // namespace

bool is_settings_file(std::string_view name) {
  return name == "template" || name == "system" || name == "params.json" || name == "messages.json" || name == "parent" || is_licence(name);
}

Settings read_settings(const hub::Store& store, const hub::Model& model) {
  Settings out;
  for (const hub::StoredFile& file : model.files) {
    if (!is_settings_file(file.name)) continue;
    const std::string text = read_file(store.path_of(file), kLongestText);
    if (file.name == "template") out.template_source = text;
    else if (file.name == "system") out.system = text;
    else if (file.name == "params.json") out.parameters = parse_json(text, model.name + ": params.json");
    else if (file.name == "messages.json") out.messages = messages_of(text, model.name);
    else if (file.name == "parent") out.parent = text;
    else out.licences.push_back(text);
  }
  check(out.parameters.is_object(), "{}: params.json: expected an object", model.name);
  return out;
}

std::vector<hub::Part> settings_parts(const Settings& settings) {
  std::vector<hub::Part> out;
  const auto add = [&](std::string name, std::string text) {
    if (!text.empty()) out.push_back({.name = std::move(name), .stored = {}, .file = {}, .text = std::move(text)});
  };
  add("template", settings.template_source);
  add("system", settings.system);
  if (!settings.parameters.empty()) add("params.json", dump(settings.parameters));
  if (!settings.messages.empty()) {
    Json messages = Json::array();
    for (const chat::Message& one : settings.messages) messages.push_back({{"role", one.role}, {"content", one.content}});
    add("messages.json", dump(messages));
  }
  std::size_t number = 0;
  for (const std::string& licence : settings.licences) add(++number == 1 ? "LICENSE" : fmt::format("LICENSE-{}", number), licence);
  add("parent", settings.parent);
  return out;
}

}  // namespace maru::server
