#pragma once
// What a stored model brings beside its weights, the lines of a Modelfile: read from its small files, and written as them.
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/chat/chat.h"
#include "maru/hub/hub.h"
#include "maru/hub/make.h"

namespace maru::server {

struct Settings {
  std::string system;
  std::string template_source;                   // "": the weights' own
  Json parameters = Json::object();              // temperature, stop …, by Ollama's names
  std::vector<chat::Message> messages = {};      // a conversation's beginning
  std::vector<std::string> licences = {};
  std::string parent;                            // the model it was made from
};

// Whether a file of a model holds such lines: template, system, params.json, messages.json, LICENSE, LICENSE-2 …, parent.
bool is_settings_file(std::string_view name);
// Throws Error (invalid) naming the model and the file.
Settings read_settings(const hub::Store& store, const hub::Model& model);
// The same files again.
std::vector<hub::Part> settings_parts(const Settings& settings);

}  // namespace maru::server
