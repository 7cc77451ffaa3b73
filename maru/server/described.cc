// Texts only.
#include "maru/server/described.h"

#include "maru/chat/modelfile.h"

namespace maru::server {
namespace {

std::string parameter_lines(const Json& parameters) {
  std::string out;
  for (const auto& [name, value] : parameters.items())
    for (const Json& one : value.is_array() ? value : Json::array({value})) out += fmt::format("{:<30} {}\n", name, dump(one));
  return out;
}

}  // namespace

Described described(const Settings& settings, std::string_view name, std::string_view from, std::string_view own_template) {
  Described out;
  out.parameters = parameter_lines(settings.parameters);
  out.template_source = settings.template_source.empty() ? std::string(own_template) : settings.template_source;
  out.system = settings.system;
  for (const std::string& one : settings.licences) out.licence += (out.licence.empty() ? "" : "\n") + one;
  chat::Modelfile file;
  file.from = {std::string(from)};
  file.parameters = settings.parameters;
  file.template_source = out.template_source;
  file.has_template = !out.template_source.empty();
  file.system = settings.system;
  file.has_system = !settings.system.empty();
  for (const chat::Message& one : settings.messages) file.messages.push_back({one.role, one.content});
  file.licences = settings.licences;
  out.modelfile = "# Modelfile written by \"maru show\"\n";
  if (!name.empty()) out.modelfile += fmt::format("# To build a new one on it, replace FROM with:\n# FROM {}\n", name);
  out.modelfile += "\n" + chat::print_modelfile(file);
  return out;
}

}  // namespace maru::server
