// Plain files by read(2), gzip by zlib, encodings by iconv.
#include "maru/data/byte_source.h"

#include <fcntl.h>
#include <iconv.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "maru/base/error.h"

namespace maru::data {
namespace {

class Plain : public ByteSource {
 public:
  explicit Plain(const std::filesystem::path& path) : path_(path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT || errno == ENOTDIR) fail(ErrorKind::not_found, "{}: no such file", path.string());
      fail(ErrorKind::io, "{}: could not {}: {}", path.string(), phrase("look at it"), system_reason(errno));
    }
    check(S_ISREG(status.st_mode), "{}: expected a regular file", path.string());
    file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file_ < 0) fail(ErrorKind::io, "{}: could not {}: {}", path.string(), phrase("open it for reading"), system_reason(errno));
    ::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~Plain() override { ::close(file_); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;
  std::size_t read(char* into, std::size_t size) override {
    for (;;) {
      const ssize_t got = ::read(file_, into, size);
      if (got >= 0) return std::size_t(got);
      if (errno != EINTR) fail(ErrorKind::io, "{}: could not {}: {}", path_.string(), phrase("read it"), system_reason(errno));
    }
  }
  void back_to_start() { ::lseek(file_, 0, SEEK_SET); }

 private:
  std::filesystem::path path_;
  int file_ = -1;
};

// RFC 1952: members one after the other are one text.
class Unpacked : public ByteSource {
 public:
  Unpacked(std::unique_ptr<Plain> packed, const std::filesystem::path& path) : packed_(std::move(packed)), path_(path) {
    check(::inflateInit2(&state_, 16 + MAX_WBITS) == Z_OK, "{}: zlib cannot begin to unpack", path.string());
  }
  ~Unpacked() override { ::inflateEnd(&state_); }
  Unpacked(const Unpacked&) = delete;
  Unpacked& operator=(const Unpacked&) = delete;
  std::size_t read(char* into, std::size_t size) override {
    state_.next_out = reinterpret_cast<Bytef*>(into);
    state_.avail_out = uInt(std::min(size, std::size_t{1} << 30));
    const std::size_t wanted = state_.avail_out;
    while (state_.avail_out == wanted) {
      if (state_.avail_in == 0) {
        state_.next_in = reinterpret_cast<Bytef*>(input_.data());
        state_.avail_in = uInt(packed_->read(input_.data(), input_.size()));
        if (state_.avail_in == 0) {
          check(between_, "{}: the gzip file ends in the middle; it was cut off", path_.string());
          return 0;
        }
      }
      if (between_) {
        if (*state_.next_in == 0) {  // padding behind the last member
          ++state_.next_in, --state_.avail_in;
          continue;
        }
        ::inflateReset(&state_);
      }
      const int said = ::inflate(&state_, Z_NO_FLUSH);
      check(said == Z_OK || said == Z_STREAM_END || said == Z_BUF_ERROR, "{}: is damaged gzip: {}", path_.string(),
            state_.msg ? state_.msg : "zlib gives no reason");
      between_ = said == Z_STREAM_END;
    }
    return wanted - state_.avail_out;
  }

 private:
  std::unique_ptr<Plain> packed_;
  std::filesystem::path path_;
  z_stream state_{};
  bool between_ = false;
  std::array<char, 65536> input_;
};

class Converted : public ByteSource {
 public:
  Converted(std::unique_ptr<ByteSource> from, const std::filesystem::path& path, const std::string& encoding)
      : from_(std::move(from)), path_(path), encoding_(encoding), state_(::iconv_open("UTF-8", encoding.c_str())) {
    if (state_ == iconv_t(-1)) fail(ErrorKind::usage, "{:?} is no encoding that iconv knows; for example cp949, euc-kr, utf-16", encoding);
  }
  ~Converted() override { ::iconv_close(state_); }
  Converted(const Converted&) = delete;
  Converted& operator=(const Converted&) = delete;
  std::size_t read(char* into, std::size_t size) override {
    char* out = into;
    std::size_t room = size;
    while (room == size) {
      if (!refill()) return 0;
      char* in = input_.data() + at_;
      std::size_t left = held_ - at_;
      const std::size_t said = ::iconv(state_, &in, &left, &out, &room);
      done_ += std::size_t(in - input_.data()) - at_;
      at_ = held_ - left;
      starved_ = said == std::size_t(-1) && errno == EINVAL;
      check(said != std::size_t(-1) || errno != EILSEQ, "{}: byte {} is not {}", path_.string(), done_, encoding_);
    }
    return size - room;
  }

 private:
  // False at the end.
  bool refill() {
    if (at_ < held_ && !starved_) return true;
    std::memmove(input_.data(), input_.data() + at_, held_ - at_);
    held_ -= at_, at_ = 0;
    const std::size_t got = from_->read(input_.data() + held_, input_.size() - held_);
    check(got > 0 || held_ == 0, "{}: byte {} is not {}", path_.string(), done_, encoding_);
    held_ += got;
    return held_ > 0;
  }

  std::unique_ptr<ByteSource> from_;
  std::filesystem::path path_;
  std::string encoding_;
  iconv_t state_;
  std::array<char, 65536> input_;
  std::size_t at_ = 0, held_ = 0, done_ = 0;
  bool starved_ = false;  // what is left is the beginning of a character
};

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path) {
  auto plain = std::make_unique<Plain>(path);
  unsigned char first[2] = {};
  const std::size_t got = plain->read(reinterpret_cast<char*>(first), 2);
  plain->back_to_start();
  if (got == 2 && first[0] == 0x1f && first[1] == 0x8b) return std::make_unique<Unpacked>(std::move(plain), path);
  return plain;
}

std::unique_ptr<ByteSource> open_text(const std::filesystem::path& path, const std::string& encoding) {
  auto bytes = open_bytes(path);
  if (encoding.empty()) return bytes;
  return std::make_unique<Converted>(std::move(bytes), path, encoding);
}

bool could_be(std::string_view bytes, const char* encoding) {
  const iconv_t state = ::iconv_open("UTF-8", encoding);
  if (state == iconv_t(-1)) return false;
  char out[4096];
  char* in = const_cast<char*>(bytes.data());
  std::size_t left = bytes.size();
  bool good = true;
  while (good && left > 0) {
    char* to = out;
    std::size_t room = sizeof out;
    if (::iconv(state, &in, &left, &to, &room) != std::size_t(-1)) break;
    if (errno == EINVAL) break;
    good = errno == E2BIG;
  }
  ::iconv_close(state);
  return good;
}

}  // namespace maru::data
