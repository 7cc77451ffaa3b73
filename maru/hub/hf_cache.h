#pragma once
// The cache of the Hugging Face clients on this machine, read in place and never changed: <cache>/models--org--name/{refs,snapshots,blobs}.
// Knows the layout, not which files make up a model.  huggingface/hub-docs: docs/hub/local-cache.md.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/hub/elsewhere.h"
#include "maru/hub/hub.h"

namespace maru::hub {

// The one those clients use: $HF_HUB_CACHE, $HUGGINGFACE_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub,
// ~/.cache/huggingface/hub; "" when it is not there.
std::filesystem::path hf_cache();

// A snapshot: the files that are there. `digest` and `sum` come from the blob's name; a plain copy, made where links cannot be, has none.
struct HfSnapshot {
  std::string commit;               // 40 hex digits
  std::filesystem::path folder;     // snapshots/<commit>
  std::vector<RemoteFile> files;    // by name; without url
};
// `revision`: a branch, a tag, or a commit. Nothing when the cache has none of it. Throws Error (invalid) for a link that leaves the cache,
// for a name that leaves its folder, and for a ref that is no commit.
std::optional<HfSnapshot> find_in_hf_cache(std::string_view repository, std::string_view revision, Kind kind = Kind::model);

// sha256 for those files that have no digest yet: reads them whole.
void add_digests(const HfSnapshot& snapshot, std::vector<RemoteFile>& files, const Cancel* cancel = nullptr);

// Where the cache keeps a planned file: the blob of that digest, or a plain copy of that name and size, whose bytes are still to be
// compared; "" when there is none.
std::filesystem::path find_hf_blob(std::string_view repository, const RemoteFile& file, Kind kind = Kind::model);

// Every repository with weights, a GGUF by itself.
std::vector<Kept> models_of_hf_cache();

}  // namespace maru::hub
