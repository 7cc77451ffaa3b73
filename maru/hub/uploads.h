#pragma once
// $MARU_HOME/uploads/<sha256>: files that clients sent before a create names them. They belong to no model, are never collected with the
// store's blobs, and go after a day.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/hub/blob_name.h"
#include "maru/hub/hub.h"

namespace maru::hub {

inline constexpr std::chrono::hours kUploadLife{24};

class Uploads {
 public:
  explicit Uploads(const Store& store) : store_(store) {}
  // Here, or among the store's blobs.
  bool exists(const BlobName& name) const;
  // Where its bytes lie; nothing when they are not here. A blob among the store's may go with its model: hold() of make.h keeps it.
  std::optional<StoredFile> stored(const BlobName& name) const;
  std::filesystem::path path_of(const BlobName& name) const;   // among the uploads, whether it is there or not
  // Takes a finished file, whose bytes were hashed to `sha256` as they came; it is moved, or copied where it lies on another disk.
  // Throws Error: invalid, and the file stays, where it was hashed to something else; io.
  void add(const std::filesystem::path& file, const std::string& sha256, const BlobName& name) const;
  void remove(const BlobName& name) const;
  std::vector<std::filesystem::path> older_than(std::chrono::seconds age) const;

 private:
  const Store& store_;
};

// What ended processes left: uploads that have had their day, folders of work that nobody does any more. At the start of a server; a pull
// clears its own kind too. Returns the bytes given back.
std::uint64_t tidy_up(const Store& store);

// The file at `from` also at `to`: as a second name of the same bytes where the file system has that, else as a copy. Hashed when copied.
void link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to, const OnProgress& progress, const Cancel* cancel);

}  // namespace maru::hub
