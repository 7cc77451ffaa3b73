#pragma once
// Ollama's Modelfile: what a model is made from and how it is spoken to. It opens no file and knows no store.
// Format: github.com/ollama/ollama, docs/modelfile.mdx.
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/base/phrase.h"

namespace maru::chat {

struct Modelfile {
  struct Turn {
    std::string role, content;
  };
  std::vector<std::string> from;                 // a model's name, a folder of safetensors or a GGUF; several are one model's files
  std::vector<std::string> adapters, licences, drafts;
  std::string template_source, system, renderer, parser, requires_version;
  bool has_template = false, has_system = false; // said, even if empty
  Json parameters = Json::object();              // by name, checked: temperature 0.2, stop ["<|im_end|>", …]
  std::vector<Turn> messages;
  std::vector<Phrase> warnings;                  // what was left out, with its line
};

// UTF-8 or UTF-16 with its mark. Throws Error (invalid), "WHERE (line N): …": an unknown instruction, a quotation that does not end, a
// parameter of the wrong type or out of range, a role that is none, no FROM.
Modelfile parse_modelfile(std::string_view bytes, std::string_view where);
// As `show --modelfile` prints it; reading it gives the same again.
std::string print_modelfile(const Modelfile& modelfile);

// One parameter's value from its text, by Ollama's names, types and ranges; `stop` gives an array of one. Throws Error (invalid) with the
// name and what was expected.
Json parameter_value(std::string_view name, std::string_view text);
// The same for a value that is JSON already, as in options{} of a request or parameters{} of /api/create: numbers may be texts there. Stop
// is a text or an array of texts. A parameter that is no longer used gives null.
Json checked_parameter(std::string_view name, const Json& value);

}  // namespace maru::chat
