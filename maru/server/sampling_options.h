#pragma once
// What options mean that a request or a Modelfile gives by Ollama's names.
#include <string>
#include <vector>

#include "maru/base/json.h"
#include "maru/engine/sampling.h"

namespace maru::server {

// The sampling that parameters by Ollama's names mean. Unknown names become warnings. Throws Error (invalid) naming the option, its range
// and what came.
engine::Sampling sampling_of(const Json& parameters, std::vector<std::string>& warnings);

}  // namespace maru::server
