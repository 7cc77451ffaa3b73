#pragma once
// Large files on their way to the hub's store: Git LFS in one piece, or in the parts that the hub asks for. Knows no commits.
#include <cstdint>
#include <span>
#include <string>

#include "maru/hub/push.h"

namespace maru::hub {

struct LargeFile {
  const PushFile* file;
  std::string sha256;
};
struct UploadOptions {
  std::string repository;        // "https://huggingface.co/org/name"
  std::string where;             // for messages
  std::string authorization;     // for the hub's own host; the addresses it hands out carry their own
  OnProgress progress;
  const Cancel* cancel = nullptr;
};
struct Uploaded {
  std::size_t sent = 0, known = 0;   // known: the hub had them
  std::uint64_t bytes = 0;
};
Uploaded upload(std::span<const LargeFile> files, const UploadOptions& options, net::Client& client);

}  // namespace maru::hub
