#pragma once
// Brings remote files whole and verified: several connections, resumed across runs, one download when two processes ask. Knows URLs, sizes
// and sums, not hubs.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"
#include "maru/net/http.h"

namespace maru::hub {

// How a source names a file's content.
enum class Sum {
  sha256,    // of the bytes: LFS files, registry blobs
  git_sha1,  // of "blob <size>\0" and the bytes: small files of a git repository
};

struct RemoteFile {
  std::string name;           // in the model: relative, checked by safe_name
  std::string url;
  std::uint64_t size = 0;
  Sum sum = Sum::sha256;
  std::string digest{};       // lower-case hex
  std::string authorization{};  // for the url's own host; "" for none
};

struct TransferOptions {
  std::filesystem::path partials;  // made when missing: where parts lie until they are whole, <digest>.part with <digest>.json beside it;
                                   // .locks there stays, since removing what others lock would let two in
  std::filesystem::path blobs{};   // where the caller keeps what arrived, by sha256; a file that lies there is not fetched. "" for none
  int connections = 4;             // over all files
  std::uint64_t piece_bytes = std::uint64_t{32} << 20;  // a larger file is asked for in ranges of this size
  OnProgress progress{};           // called on the calling thread
  const Cancel* cancel = nullptr;
};

// A file that arrived. `path` lies among the partials and is the caller's to move to <blobs>/<sha256>, or it lies in `blobs` already.
// Two files with one digest share one path. `sha256` is known whatever the source's sum is.
struct Received {
  std::filesystem::path path;
  std::string sha256;
  std::uint64_t size = 0;
  // Keeps other processes that want the same digests waiting. Let the last copy go when the file has been moved: they find it in `blobs`
  // then, and fetch nothing.
  std::shared_ptr<const void> hold;
};

// All files, in their order. A partial file of an earlier run is continued when its size and digest are the same, its bytes hashed again.
// A wrong sum is fetched once more from nothing, then refused with both sums. Throws Error naming file and host; what is whole or partly
// there stays for the next run. What the files still need on the disk is checked before the first byte.
std::vector<Received> transfer(std::span<const RemoteFile> files, const net::Settings& settings, const TransferOptions& options);

}  // namespace maru::hub
