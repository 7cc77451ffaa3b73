#pragma once
// Waits for a file to be saved. Asks the system for its time, size and number a few times a second, which also sees an editor that
// writes a new file and renames it, and works on every file system.
#include <chrono>
#include <filesystem>

#include "maru/base/cancel.h"

namespace maru {

class FileWatch {
 public:
  explicit FileWatch(std::filesystem::path file);
  // Returns when the file is another than at the last call (or at the start) and has been still for a moment; a file that is away
  // for a while is waited for. Throws Error (cancelled).
  void wait(const Cancel& cancel, std::chrono::milliseconds between = std::chrono::milliseconds(40));

 private:
  struct Stamp {
    long long seconds = 0, nanoseconds = 0, size = -1;
    unsigned long long number = 0;
    bool operator==(const Stamp&) const = default;
  };
  Stamp stamp() const;
  std::filesystem::path file_;
  Stamp last_;
};

}  // namespace maru
