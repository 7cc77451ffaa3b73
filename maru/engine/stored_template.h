#pragma once
// The chat template that a model's files hold. It does not know what is written with it.
#include <optional>
#include <string>

#include "maru/io/model_file.h"

namespace maru::engine {

struct StoredTemplate {
  std::string source, where;           // where: for messages about it
};
// A GGUF's metadata; of a folder chat_template.jinja, which wins, or tokenizer_config.json. Nothing where there is none.
std::optional<StoredTemplate> stored_template(const io::ModelFile& file);

}  // namespace maru::engine
