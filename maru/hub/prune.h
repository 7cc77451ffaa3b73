#pragma once
// What lies in the store and belongs to nothing: parts of downloads, blobs and views without a manifest, uploads that no create asked for
// within a day, rests of dead processes. What a running pull may still use is never touched.
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/hub/hub.h"

namespace maru::hub {

enum class Waste { partial, blob, view, temporary, upload };
std::string_view waste_name(Waste waste);  // "partial", "blob", "view", "temporary", "upload"

struct Wasted {
  Waste what = Waste::blob;
  std::filesystem::path path;
  std::uint64_t bytes = 0;    // that removing it gives back: holes of a sparse file do not count
};
struct Pruned {
  std::vector<Wasted> found;  // removed, or in a dry run would be
  int running = 0;            // pulls in progress: with any, parts and blobs stay
  std::uint64_t bytes() const;
};
// Throws Error (io) when something cannot be removed, (invalid) when a manifest cannot be read: what it names is not known then.
Pruned prune(const Store& store, bool dry_run, const Cancel* cancel = nullptr);

}  // namespace maru::hub
