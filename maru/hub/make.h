#pragma once
// A model put together here: files that stored models have already, files that came by themselves, and small texts.
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "maru/hub/hub.h"

namespace maru::hub {

// One file of the model, from one of three places.
struct Part {
  std::string name;                    // in the model; relative, never leaving its folder
  std::optional<StoredFile> stored = {};   // in the store, or where another program keeps it: nothing is copied
  std::filesystem::path file = {};     // in the store's own file system: moved
  std::string text = {};               // else: this
  std::string sha256 = {};             // of `file`, where it is known already: 64 hex digits; "" and it is read once more
};
struct MakeOptions {
  std::string reference;               // "made:NAME:TAG"
  std::string licence;
  std::vector<Part> parts;             // weights first
  std::function<void(const Model& model)> arrived = {};   // every sum is known, nothing is stored yet. Throwing ends it.
  OnProgress progress = {};
  const Cancel* cancel = nullptr;
};

// Keeps the blobs of these files from being removed, whatever happens to the models that name them, as long as the answer lives.
std::shared_ptr<const void> hold(const Store& store, std::span<const StoredFile> files, const OnProgress& progress = {},
                                 const Cancel* cancel = nullptr);

// Stores it under `name`, in place of what has that name; whole or not at all. Throws Error: usage for a name that cannot be one, invalid
// for two parts of one name, io.
Model make(Store& store, std::string_view name, const MakeOptions& options);
// The same files under another name.
Model copy(Store& store, const Model& model, std::string_view name, std::string_view reference);

}  // namespace maru::hub
