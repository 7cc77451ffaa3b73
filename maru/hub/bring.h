#pragma once
// Inside the store: what of a plan is on this machine already, and bringing the rest. For pull.cc only.
#include <optional>
#include <span>
#include <vector>

#include "maru/hub/store_files.h"

namespace maru::hub {

// A planned file with what is known of it: nothing has to be fetched where `have` is set.
struct Expected {
  RemoteFile remote;
  std::optional<StoredFile> have;
};
// Looks among the blobs, by sha256 or by the git sum of an earlier pull, and where the source says that another program keeps the file.
std::vector<Expected> compare(const Store& store, const Reference& reference, const Plan& plan, const PullOptions& options);
std::uint64_t missing_bytes(const std::vector<Expected>& expected);

// Fetches what is missing, after checking that the disk has room for it. What comes back stays until it is let go.
std::vector<Staged> bring(const Store& store, const Reference& reference, std::span<const Expected> expected,
                          const net::Settings& network, const PullOptions& options);

}  // namespace maru::hub
