#pragma once
// What an Ollama manifest says: which blobs make up a model, and what they are called in a folder. Knows neither registry nor store.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/phrase.h"

namespace maru::hub {

struct OllamaFile {
  std::string name;     // model.gguf, template, system, params.json, messages.json, prompt, LICENSE, LICENSE-2 …
  std::string digest;   // sha256, 64 lower-case hex digits
  std::uint64_t size = 0;
};
struct OllamaManifest {
  std::string digest;               // sha256 of the manifest's own bytes
  std::vector<OllamaFile> files;    // model.gguf first
  std::vector<Phrase> notes;        // what of the model is left out, and why
};

inline constexpr std::size_t kMaxOllamaManifest = std::size_t{4} << 20;

// Throws Error (invalid) naming `where` and the field: another version or media type, a digest that is not sha256 and 64 lower-case hex
// digits, a size that is no whole number, no or several models, a model of adapters or of bare tensors, over 256 layers.
OllamaManifest parse_ollama_manifest(std::string_view text, std::string_view where);

// The first line that says something, at most 80 bytes of it: "LLAMA 3.2 COMMUNITY LICENSE AGREEMENT".
std::string licence_title(std::string_view text);

}  // namespace maru::hub
