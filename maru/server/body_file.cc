// The file is this user's alone and its name is ours: nothing a client says becomes part of a path.
#include "maru/server/body_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <span>
#include <utility>

#include "maru/base/error.h"

namespace maru::server {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refused(const fs::path& path, int code) {
  fail(ErrorKind::io, "{}: could not be written: {}", path.string(), system_reason(code));
}

}  // namespace

BodyFile::BodyFile(const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder, problem);
  if (problem) refused(folder, problem.value());
  static std::atomic<unsigned> number{0};
  path_ = folder / fmt::format("body-{}-{}", ::getpid(), number.fetch_add(1));
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor_ < 0) refused(path_, errno);
}

BodyFile::~BodyFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void BodyFile::append(std::string_view bytes) {
  digest_.add(std::as_bytes(std::span(bytes)));
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) refused(path_, written < 0 ? errno : ENOSPC);
    bytes.remove_prefix(std::size_t(written));
  }
}

std::string BodyFile::finish() {
  if (::close(std::exchange(descriptor_, -1)) != 0) refused(path_, errno);
  return digest_.hex();
}

fs::path BodyFile::keep() { return std::exchange(path_, {}); }

void clear_left_bodies(const fs::path& folder) {
  std::error_code ignored;
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const fs::directory_entry& one : fs::directory_iterator(folder, ignored)) {
    if (one.path().filename().string().starts_with("body-") && one.last_write_time(ignored) < old) fs::remove(one.path(), ignored);
  }
}

}  // namespace maru::server
