#pragma once
// Locks between processes, one for each digest, all in one file: fetching a thousand files takes one descriptor.
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"

namespace maru::hub {

class DigestLocks {
 public:
  enum class Use {
    alone,     // nobody else holds the digest
    together,  // others may hold it together too, nobody alone
  };
  // Waits until no other process or thread holds any of the digests (hex, at least 15 digits), asking `cancel` and reporting `waiting` ten
  // times a second. They are taken in one order everywhere, so that two that want the same ones cannot wait for each other.
  DigestLocks(const std::filesystem::path& path, std::span<const std::string> digests, const OnProgress& waiting, const Cancel* cancel,
              Use use = Use::alone);
  // Alone. Nothing where another holds it, or where it is no digest; throws Error (io) as the other one.
  static std::unique_ptr<DigestLocks> if_free(const std::filesystem::path& path, const std::string& digest);
  ~DigestLocks();
  DigestLocks(const DigestLocks&) = delete;
  DigestLocks& operator=(const DigestLocks&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace maru::hub
