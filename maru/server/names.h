#pragma once
// Models as clients name them: "smollm2", "llama3.2:1b", "someone/x:v2". The store's own names have no tags, so the two are told apart here
// and nowhere else.
#include <string>
#include <string_view>

#include "maru/hub/hub.h"

namespace maru::server {

// "smollm2:latest", "llama3.2:1b": what lists show, tag included.
std::string client_name(const hub::Model& model);
// The stored model that a client means, in any spelling: its client name with or without ":latest", the store's name, its reference.
// Throws Error: invalid for what is no name, not_found with Ollama's words.
hub::Model find_model(const hub::Store& store, std::string_view name);

// A name that a client gives to a model made here.
struct NewName {
  std::string client, stored, reference;         // "mine:v2", "mine-v2", "made:mine:v2"
};
// Throws Error (invalid): `field` "…" is invalid.
NewName new_name(std::string_view name, std::string_view field);
// Where it is stored: in place of the model that has this client name, else under a name that no other model has.
std::string place_for(const hub::Store& store, const NewName& name);

// What hub::Store::pull takes for a model that a client names: a name of the catalogue, a reference, or else one of Ollama's library, whose
// clients these are. Throws Error (invalid): "invalid model name"; and for files of this machine, which are no client's to name.
std::string reference_to_pull(const hub::Store& store, const std::string& name);

}  // namespace maru::server
