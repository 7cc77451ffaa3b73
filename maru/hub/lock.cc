// flock(2): bound to the open file, so a killed process leaves nothing locked. The file itself stays; removing it would race.
#include "maru/hub/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "maru/base/error.h"

namespace maru::hub {

FileLock::FileLock(const std::filesystem::path& path, const OnProgress& waiting, const Cancel* cancel) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(ErrorKind::io, "{}: cannot be opened for locking: {}", path.string(), system_reason(errno));
  try {
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) fail(ErrorKind::io, "{}: cannot be locked: {}", path.string(), system_reason(errno));
      if (cancel != nullptr) cancel->check();
      if (waiting) waiting({.what = "waiting for another maru", .unit = ""});
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

std::unique_ptr<FileLock> FileLock::if_free(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return nullptr;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<FileLock>(new FileLock(descriptor));
  ::close(descriptor);
  return nullptr;
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace maru::hub
