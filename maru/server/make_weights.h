#pragma once
// The weights of a model that is made here: laid out from what was given, opened, merged with adapters, turned into a GGUF, quantised.
// Knows nothing of templates and parameters.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "maru/hub/make.h"
#include "maru/server/make_model.h"

namespace maru::server {

struct Weights {
  std::filesystem::path path;                    // where it is opened: a GGUF or a folder
  std::vector<hub::Part> parts;                  // weights first
  std::vector<hub::BlobName> uploads = {};       // those that it takes as they came
};

// `work`: an empty folder in the store's file system.
Weights given_weights(const hub::Store& store, const NewModel& given, const std::filesystem::path& work, const MakeHearer& hearer);
// A stored model's, without its settings' files.
Weights stored_weights(const hub::Store& store, const hub::Model& model);
// With adapters and in another type; the same where neither is asked for.
Weights changed_weights(const hub::Store& store, Weights weights, const NewModel& given, const std::filesystem::path& work,
                        const MakeHearer& hearer);

}  // namespace maru::server
