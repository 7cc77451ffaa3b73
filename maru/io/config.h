#pragma once
// A config.json as metadata.
#include <filesystem>

#include "maru/io/model_file.h"

namespace maru::io {

// Sets metadata and config of the model. Nested keys are joined by dots; null stands for an absent key.
void read_config(const std::filesystem::path& path, ModelFile& model);

}  // namespace maru::io
