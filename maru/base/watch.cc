// By stat, not by inotify: the same on network file systems and in containers, and a save is seen within a tenth of a second.
#include "maru/base/watch.h"

#include <sys/stat.h>

#include <thread>

namespace maru {

FileWatch::FileWatch(std::filesystem::path file) : file_(std::move(file)), last_(stamp()) {}

FileWatch::Stamp FileWatch::stamp() const {
  struct stat status {};
  if (::stat(file_.c_str(), &status) != 0) return {};
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_size, status.st_ino};
}

void FileWatch::wait(const Cancel& cancel, std::chrono::milliseconds between) {
  for (Stamp before = last_;;) {
    cancel.check();
    std::this_thread::sleep_for(between);
    const Stamp at = stamp();
    const bool still = at == before;
    before = at;
    if (at.size < 0 || !still || at == last_) continue;
    last_ = at;
    return;
  }
}

}  // namespace maru
