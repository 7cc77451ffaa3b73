#pragma once
// Ollama's own store on this machine, read in place and never changed: manifests/<host>/<namespace>/<model>/<tag>, blobs/sha256-<hex>.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "maru/hub/elsewhere.h"
#include "maru/hub/ollama_manifest.h"
#include "maru/hub/ollama_name.h"

namespace maru::hub {

// $OLLAMA_MODELS alone where it is set, as ollama has it; else ~/.ollama/models and /usr/share/ollama/.ollama/models (the service's), those
// that are there.
std::vector<std::filesystem::path> ollama_stores();

// What a name means in the first store that has it; nothing when none has, or when it means another manifest than the name's digest.
// Throws Error (invalid) naming the manifest's path when it is damaged.
std::optional<OllamaManifest> find_in_ollama_store(const OllamaName& name);

// A blob of that size in one of the stores, links followed; "" when there is none, or when it is a link that leaves its store.
std::filesystem::path find_ollama_blob(std::string_view sha256, std::uint64_t size);

// Every model whose blobs are all there; what is damaged is left out.
std::vector<Kept> models_of_ollama();

}  // namespace maru::hub
