// Looks a name up in Ollama's manifests and its blobs by their digests. A name has been checked part by part before it becomes a path.
#include "maru/hub/ollama_store.h"

#include <algorithm>
#include <cstdlib>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

fs::path blob_in(const fs::path& store, std::string_view sha256, std::uint64_t size) {
  for (const char mark : {'-', ':'}) {  // older stores write a colon
    const fs::path blob = file_inside(store, store / "blobs" / fmt::format("sha256{}{}", mark, sha256));
    std::error_code problem;
    if (!blob.empty() && fs::file_size(blob, problem) == size && !problem) return blob;
  }
  return {};
}

OllamaManifest read_manifest_at(const fs::path& path) { return parse_ollama_manifest(read_file(path, kMaxOllamaManifest), path.string()); }

// "manifests/<host>/<namespace>/<model>/<tag>" as a name; nothing where the parts are none.
std::optional<OllamaName> name_of(const fs::path& relative) {
  std::vector<std::string> parts;
  for (const fs::path& part : relative) parts.push_back(part.string());
  if (parts.size() != 4) return std::nullopt;
  try {
    return parse_ollama_name(fmt::format("{}/{}/{}:{}", parts[0], parts[1], parts[2], parts[3]));
  } catch (const Error&) {
    return std::nullopt;
  }
}

void add_models(const fs::path& store, std::vector<Kept>& all) {
  std::error_code problem;
  const fs::path manifests = store / "manifests";
  fs::recursive_directory_iterator walk(manifests, fs::directory_options::skip_permission_denied, problem), end;
  for (; !problem && walk != end; walk.increment(problem)) {
    if (walk.depth() > 3) walk.disable_recursion_pending();
    const std::optional<OllamaName> name = name_of(walk->path().lexically_relative(manifests));
    const fs::path path = name ? file_inside(store, walk->path()) : fs::path();
    if (path.empty()) continue;
    try {
      Kept kept{.reference = "ollama:" + name->text(), .place = store, .bytes = 0};
      bool whole = true;
      for (const OllamaFile& file : read_manifest_at(path).files) {
        kept.bytes += file.size;
        whole = whole && !blob_in(store, file.digest, file.size).empty();
      }
      if (whole && std::ranges::find(all, kept.reference, &Kept::reference) == all.end()) all.push_back(std::move(kept));
    } catch (const Error&) {  // what cannot be read cannot be offered
    }
  }
}

}  // namespace

std::vector<fs::path> ollama_stores() {
  std::vector<fs::path> stores;
  const auto add = [&](const fs::path& path) {
    std::error_code absent;
    if (fs::is_directory(path / "manifests", absent)) stores.push_back(path);
  };
  if (const char* given = std::getenv("OLLAMA_MODELS"); given != nullptr && *given != '\0') {
    add(given);
    return stores;
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') add(fs::path(home) / ".ollama" / "models");
  add("/usr/share/ollama/.ollama/models");
  return stores;
}

std::optional<OllamaManifest> find_in_ollama_store(const OllamaName& name) {
  for (const fs::path& store : ollama_stores()) {
    const fs::path path = file_inside(store, store / "manifests" / name.host / name.space / name.model / name.tag);
    if (path.empty()) continue;
    OllamaManifest manifest = read_manifest_at(path);
    if (name.digest.empty() || manifest.digest == name.digest) return manifest;
  }
  return std::nullopt;
}

fs::path find_ollama_blob(std::string_view sha256, std::uint64_t size) {
  for (const fs::path& store : ollama_stores()) {
    if (fs::path blob = blob_in(store, sha256, size); !blob.empty()) return blob;
  }
  return {};
}

std::vector<Kept> models_of_ollama() {
  std::vector<Kept> all;
  for (const fs::path& store : ollama_stores()) add_models(store, all);
  return all;
}

}  // namespace maru::hub
