#pragma once
// What a stored model is told as: its Modelfile and the parts of it, as Ollama's show has them.
#include <string>
#include <string_view>

#include "maru/server/settings.h"

namespace maru::server {

struct Described {
  std::string modelfile;                         // whole; `maru create` makes the same model of it
  std::string parameters;                        // a line each: name, padded to 30, and value
  std::string template_source, system, licence;  // licences one below the other
};
// `from`: where the weights lie. `own_template`: the weights' own, shown where no other one is set. `name`: as clients say it; "" for a
// file that is not stored.
Described described(const Settings& settings, std::string_view name, std::string_view from, std::string_view own_template);

}  // namespace maru::server
