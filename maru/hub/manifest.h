#pragma once
// $MARU_HOME/models/<name>.json: what a stored model consists of. Read as input from outside, since anyone may edit it.
#include <filesystem>
#include <string>
#include <string_view>

#include "maru/hub/hub.h"

namespace maru::hub {

bool valid_model_name(std::string_view name);  // letters, digits, . _ -; at most 100; not starting with . or -
std::string manifest_text(const Model& model);
Model read_manifest(const std::filesystem::path& path, Kind kind);  // throws Error naming the file and the field

}  // namespace maru::hub
