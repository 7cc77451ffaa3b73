// Locks of Linux that belong to the open file (fcntl, F_OFD_SETLK): the byte of the file that a digest begins with is what is locked. A
// killed process leaves nothing locked.
#include "maru/hub/digest_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <set>
#include <thread>

#include "maru/base/error.h"

namespace maru::hub {
namespace {

off_t place_of(const std::string& digest) { return off_t(std::stoull(digest.substr(0, 15), nullptr, 16)); }

bool lock(int descriptor, off_t place, DigestLocks::Use use) {
  struct flock wish {};
  wish.l_type = use == DigestLocks::Use::alone ? F_WRLCK : F_RDLCK;
  wish.l_whence = SEEK_SET;
  wish.l_start = place;
  wish.l_len = 1;
  return ::fcntl(descriptor, F_OFD_SETLK, &wish) == 0;
}

}  // namespace

DigestLocks::DigestLocks(const std::filesystem::path& path, std::span<const std::string> digests, const OnProgress& waiting,
                         const Cancel* cancel, Use use) {
  std::set<off_t> places;
  for (const std::string& digest : digests) places.insert(place_of(digest));
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(ErrorKind::io, "{}: cannot be opened for locking: {}", path.string(), system_reason(errno));
  try {
    for (const off_t place : places) {
      while (!lock(descriptor_, place, use)) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
          fail(ErrorKind::io, "{}: cannot be locked: {}", path.string(), system_reason(errno));
        }
        if (cancel != nullptr) cancel->check();
        if (waiting) waiting({.what = "waiting for another maru", .unit = ""});
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

std::unique_ptr<DigestLocks> DigestLocks::if_free(const std::filesystem::path& path, const std::string& digest) {
  if (digest.size() < 15 || digest.find_first_not_of("0123456789abcdef") != digest.npos) return nullptr;
  Cancel at_once;  // raised, it makes waiting end at once
  at_once.raise();
  try {
    return std::make_unique<DigestLocks>(path, std::span(&digest, 1), OnProgress{}, &at_once);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::cancelled) throw;
    return nullptr;
  }
}

DigestLocks::~DigestLocks() { ::close(descriptor_); }

}  // namespace maru::hub
