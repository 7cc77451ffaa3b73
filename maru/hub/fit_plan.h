#pragma once
// The shape of a model that is planned, or that lies on the disk: from its config.json or the head of its GGUF. What is read before the
// download is not verified yet, and so only good for an estimate.
#include <filesystem>

#include "maru/hub/fit.h"
#include "maru/hub/hub.h"

namespace maru::hub {

// Reads at most 256 KB, over the network where no other program keeps the file and the weights are over 100 MB; where that fails, or is not
// done, only the weights are known.
Shape shape_of_plan(const Reference& reference, const Plan& plan, const net::Settings& network, const Cancel* cancel);

// A .gguf file, or a folder with config.json and safetensors.
Shape shape_of_path(const std::filesystem::path& model);

}  // namespace maru::hub
