// Files by plain system calls: every failure names the path and what the system said. What a file means is not known here.
#include "maru/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "maru/base/error.h"

namespace maru {
namespace {

namespace fs = std::filesystem;

// An open descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

[[noreturn]] void refused(int code, const Phrase& action, const fs::path& path) {
  switch (code) {
    case ENOENT:
    case ENOTDIR: fail(ErrorKind::not_found, "{}: no such file", path.string());
    case ENOSPC:
    case EDQUOT:
      fail(ErrorKind::io, "{}: the disk is full: could not {} ({}); free some space and try again", path.string(), action,
           system_reason(code));
    case ELOOP: fail(ErrorKind::invalid, "{}: symbolic links lead around in a circle", path.string());
    default: fail(ErrorKind::io, "{}: could not {}: {}", path.string(), action, system_reason(code));
  }
}

Phrase kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return phrase("a folder");
  if (S_ISFIFO(mode)) return phrase("a fifo");
  if (S_ISSOCK(mode)) return phrase("a socket");
  if (S_ISCHR(mode) || S_ISBLK(mode)) return phrase("a device");
  return phrase("something else");
}

struct OpenFile {
  Descriptor descriptor;
  std::size_t size;
};

[[noreturn]] void not_regular(const fs::path& path, mode_t mode) {
  fail(ErrorKind::invalid, "{}: expected a regular file, got {}", path.string(), kind_of(mode));
}

// The kind is asked before opening too: opening a device may already act on it (rewind a tape, arm a watchdog).
OpenFile open_regular(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) refused(errno, phrase("look at it"), path);
  if (!S_ISREG(status.st_mode)) not_regular(path, status.st_mode);
  // Without O_NONBLOCK a fifo put there in the meantime would hold us until somebody writes into it.
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (descriptor.number() < 0) refused(errno, phrase("open it for reading"), path);
  if (::fstat(descriptor.number(), &status) != 0) refused(errno, phrase("look at it"), path);
  if (!S_ISREG(status.st_mode)) not_regular(path, status.st_mode);
  return {std::move(descriptor), std::size_t(status.st_size)};
}

// Reads up to `size` bytes; fewer only at the end of the file.
std::size_t read_up_to(int descriptor, char* into, std::size_t size, const fs::path& path) {
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::read(descriptor, into + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refused(errno, phrase("read it"), path);
    if (n == 0) break;
    got += std::size_t(n);
  }
  return got;
}

void write_all(int descriptor, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(descriptor, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refused(errno, phrase("write it"), path);
    content.remove_prefix(std::size_t(n));
  }
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// After this a crash or power cut cannot undo the rename.
void sync_folder(const fs::path& folder) {
  Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.number() < 0) refused(errno, phrase("open the folder"), folder);
  // Some file systems cannot sync folders and say so with EINVAL; there is nothing more to do on them.
  if (::fsync(descriptor.number()) != 0 && errno != EINVAL && errno != ENOTSUP) refused(errno, phrase("sync the folder"), folder);
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) failed();
  }
  void add(const void* data, std::size_t size) {
    if (EVP_DigestUpdate(context_.get(), data, size) != 1) failed();
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) failed();
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  [[noreturn]] static void failed() { fail(ErrorKind::internal, "OpenSSL could not compute a sha256"); }
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

// Removes the temporary file unless it has been published.
struct Temporary {
  fs::path path;
  bool kept = false;
  ~Temporary() {
    if (!kept) ::unlink(path.c_str());
  }
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const fs::path& path) {
  OpenFile file = open_regular(path);
  const std::shared_ptr<MappedFile> mapped(new MappedFile);
  mapped->path_ = path;
  if (file.size == 0) return mapped;  // mmap refuses a length of zero
  void* at = ::mmap(nullptr, file.size, PROT_READ, MAP_PRIVATE, file.descriptor.number(), 0);
  if (at == MAP_FAILED) refused(errno, phrase("map it into memory"), path);
  mapped->data_ = static_cast<const std::byte*>(at);
  mapped->size_ = file.size;
  return mapped;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::forget(std::span<const std::byte> part) const {
  if (part.empty()) return;
  assert(part.data() >= data_ && part.data() + part.size() <= data_ + size_);
  // Only whole pages inside the part: its neighbours may be in use.
  const auto page = std::uintptr_t(::sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(part.data()) + page - 1) / page * page;
  const auto last = reinterpret_cast<std::uintptr_t>(part.data() + part.size()) / page * page;
  if (first < last) ::madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

std::string read_file(const fs::path& path, std::size_t max_bytes) {
  const OpenFile file = open_regular(path);
  const auto too_large = [&](std::size_t size) {
    fail(ErrorKind::limit, "{}: has {} bytes, more than the {} that are read of such a file", path.string(), size, max_bytes);
  };
  if (file.size > max_bytes) too_large(file.size);
  // The size of a file under /proc is zero and a file may grow meanwhile, so reading goes on to its end.
  std::string content;
  std::size_t room = file.size + 1;
  for (;;) {
    const std::size_t before = content.size();
    content.resize(before + room);
    const std::size_t got = read_up_to(file.descriptor.number(), content.data() + before, room, path);
    content.resize(before + got);
    if (content.size() > max_bytes) too_large(content.size());
    if (got < room) return content;
    room = 64 << 10;
  }
}

struct NewFile::Parts {
  Temporary temporary;
  Descriptor descriptor;
};

NewFile::NewFile(const fs::path& path) : path_(path) {
  static std::atomic<unsigned> number{0};
  fs::path temporary = folder_of(path) / fmt::format(".maru-{}-{}.tmp", ::getpid(), number.fetch_add(1));
  const int opened = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (opened < 0) {
    if (errno == ENOENT) fail(ErrorKind::not_found, "{}: cannot be written, its folder does not exist", path.string());
    refused(errno, phrase("write it"), path);
  }
  parts_ = std::unique_ptr<Parts>(new Parts{{std::move(temporary)}, Descriptor(opened)});
}
NewFile::~NewFile() = default;

void NewFile::append(std::span<const std::byte> bytes) {
  write_all(parts_->descriptor.number(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path_);
  size_ += bytes.size();
}

void NewFile::publish() {
  if (!parts_->descriptor.close()) refused(errno, phrase("write it"), path_);
  maru::publish(parts_->temporary.path, path_);
  parts_->temporary.kept = true;
}

void write_file(const fs::path& path, std::string_view content) {
  NewFile file(path);
  file.append(std::as_bytes(std::span(content)));
  file.publish();
}

void publish(const fs::path& temporary, const fs::path& to) {
  Descriptor descriptor(::open(temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (descriptor.number() < 0) refused(errno, phrase("open it"), temporary);
  if (::fsync(descriptor.number()) != 0) refused(errno, phrase("write it"), to);
  if (::rename(temporary.c_str(), to.c_str()) != 0) refused(errno, phrase("replace it"), to);
  sync_folder(folder_of(to));
}

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.add(bytes.data(), bytes.size());
  return digest.hex();
}

std::string sha256_file(const fs::path& path) {
  const OpenFile file = open_regular(path);
  Sha256 digest;
  std::string buffer(std::size_t{1} << 20, '\0');
  for (;;) {
    const std::size_t got = read_up_to(file.descriptor.number(), buffer.data(), buffer.size(), path);
    digest.add(buffer.data(), got);
    if (got < buffer.size()) return digest.hex();
  }
}

std::uint64_t free_space(const fs::path& path) {
  std::error_code code;
  fs::path folder = fs::absolute(path, code);
  while (!fs::is_directory(folder, code) && folder.has_relative_path()) folder = folder.parent_path();
  const fs::space_info space = fs::space(folder, code);
  if (code) fail(ErrorKind::io, "{}: could not ask for the free space: {}", folder.string(), system_reason(code.value()));
  return space.available;
}

fs::path home() {
  if (const char* own = std::getenv("MARU_HOME"); own && *own) return own;
  if (const char* user = std::getenv("HOME"); user && *user) return fs::path(user) / ".maru";
  fail(ErrorKind::not_found, "neither MARU_HOME nor HOME is set; set MARU_HOME to the folder where maru keeps its models");
}

}  // namespace maru
