#pragma once
// A lock between processes: a file under $MARU_HOME/locks that one process at a time holds; it is let go when the process ends.
#include <filesystem>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"

namespace maru::hub {

class FileLock {
 public:
  // Waits until it is free, asking `cancel` and reporting `waiting` ten times a second.
  FileLock(const std::filesystem::path& path, const OnProgress& waiting, const Cancel* cancel);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace maru::hub
