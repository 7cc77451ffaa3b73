#pragma once
// A model made here: from a stored one or from files, adapters merged, quantised, with the lines of a Modelfile. One way for /api/create
// and for "maru create"; it knows neither HTTP nor the command line.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"
#include "maru/chat/chat.h"
#include "maru/hub/blob_name.h"
#include "maru/hub/hub.h"
#include "maru/server/names.h"

namespace maru::server {

// A file that a model is made of.
struct GivenFile {
  std::string name;                              // in the model's folder: "model.safetensors"
  std::filesystem::path path = {};               // a person's own, which is copied; empty for one that was uploaded
  std::optional<hub::BlobName> digest = {};      // of one that was uploaded, or that another model has already
};

struct NewModel {
  NewName name = {};
  std::string from = {};                         // a stored model in any spelling, pulled where it is not there; "" for `files`
  std::vector<GivenFile> files = {};             // one GGUF; or safetensors or pytorch_model.bin with config.json and the tokenizer's
  std::vector<GivenFile> adapters = {};          // PEFT's adapter_config.json and adapter_model.safetensors, or GGUFs
  std::string quantize = {};                     // a recipe of convert/mixtures.h in any case; "" as it is
  std::optional<std::string> template_source = {}, system = {};   // nothing: the base's; "": none
  Json parameters = Json::object();              // by Ollama's names; over the base's
  std::optional<std::vector<chat::Message>> messages = {};        // instead of the base's
  std::vector<std::string> licences = {};        // beside the base's
  bool pull_private = true;                      // hub::PullOptions::private_addresses
};

struct MakeHearer {
  std::function<void(const Phrase& status)> status =
      {};  // "parsing GGUF", "writing manifest", and what was done otherwise than one would think
  OnProgress progress = {};
  const Cancel* cancel = nullptr;
};

// What can be said without opening a file: values checked, parameters as numbers, the recipe as it is spelled. Throws Error (invalid) in
// Ollama's words where it has some. `warnings`: parameters that nobody knows.
NewModel checked(const hub::Store& store, NewModel given, std::vector<std::string>& warnings);

// Stores the model in place of what has its name; whole or not at all, and whoever uses the old one keeps its files. Every file is opened
// as strictly as one that is loaded before anything is made of it. Throws Error.
hub::Model make_model(hub::Store& store, const NewModel& checked, const MakeHearer& hearer = {});

}  // namespace maru::server
