#pragma once
// A lock between processes: a file under $MARU_HOME/locks that one process at a time holds; it is let go when the process ends.
#include <filesystem>
#include <memory>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"

namespace maru::hub {

class FileLock {
 public:
  // Waits until it is free, asking `cancel` and reporting `waiting` ten times a second.
  FileLock(const std::filesystem::path& path, const OnProgress& waiting, const Cancel* cancel);
  // Nothing where another process holds it, or where it cannot be opened.
  static std::unique_ptr<FileLock> if_free(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace maru::hub
