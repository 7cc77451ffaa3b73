#pragma once
// A folder in $MARU_HOME/tmp/ for the length of one piece of work. Whoever makes one holds the lock of its name, so that rests of a killed
// process may be cleared.
#include <filesystem>

#include "maru/hub/store_files.h"

namespace maru::hub {

class WorkFolder {
 public:
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {
    clear();
    make_folder(path_);
  }
  ~WorkFolder() { clear(); }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  void clear() const {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path path_;
};

}  // namespace maru::hub
