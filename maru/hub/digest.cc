// Reads files a piece at a time and hashes them; copies hash the bytes they write, in the same pass.
#include "maru/hub/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "maru/base/error.h"

namespace maru::hub {
namespace fs = std::filesystem;

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(Hash hash) : state_(std::make_unique<State>()) {
  if (state_->context == nullptr || EVP_DigestInit_ex(state_->context, hash == Hash::sha1 ? EVP_sha1() : EVP_sha256(), nullptr) != 1) {
    fail(ErrorKind::internal, "hashing: OpenSSL cannot start a digest");
  }
}
Digest::~Digest() = default;

void Digest::add(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) != 1) {
    fail(ErrorKind::internal, "hashing: OpenSSL refused {} bytes", bytes.size());
  }
}

std::string Digest::hex() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(state_->context, raw, &size) != 1) fail(ErrorKind::internal, "hashing: OpenSSL cannot finish the digest");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", raw[i]);
  return text;
}

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

File open_for_reading(const fs::path& path) {
  std::error_code problem;
  const fs::file_status status = fs::status(path, problem);
  if (status.type() == fs::file_type::not_found) fail(ErrorKind::not_found, "{}: no such file", path.string());
  // A fifo would block for ever: its kind is asked before it is opened.
  check(status.type() == fs::file_type::regular, "{}: expected a regular file", path.string());
  File file(std::fopen(path.c_str(), "rb"));
  if (!file) fail(ErrorKind::io, "{}: cannot be read: {}", path.string(), system_reason(errno));
  return file;
}

// Reads to the end, giving every piece to `take`.
template <class Take>
void each_piece(const fs::path& path, Take&& take) {
  const File file = open_for_reading(path);
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  while (true) {
    const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (got > 0) take(std::span<const std::byte>(buffer.data(), got));
    if (got < buffer.size()) break;
  }
  if (std::ferror(file.get()) != 0) fail(ErrorKind::io, "{}: cannot be read: {}", path.string(), system_reason(errno));
}

}  // namespace

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string hash_file(const fs::path& from, const OnBytes& on_bytes) {
  Digest digest;
  each_piece(from, [&](std::span<const std::byte> piece) {
    digest.add(piece);
    if (on_bytes) on_bytes(piece.size());
  });
  return digest.hex();
}

std::string copy_file_hashed(const fs::path& from, const fs::path& to, const OnBytes& on_bytes) {
  Digest digest;
  const auto refuse = [&] {
    if (errno == ENOSPC || errno == EDQUOT)
      fail(ErrorKind::io, "{}: the disk is full; make room or set MARU_HOME to another disk", to.parent_path().string());
    fail(ErrorKind::io, "{}: cannot be written: {}", to.string(), system_reason(errno));
  };
  File out(std::fopen(to.c_str(), "wb"));
  if (!out) refuse();
  try {
    each_piece(from, [&](std::span<const std::byte> piece) {
      digest.add(piece);
      if (std::fwrite(piece.data(), 1, piece.size(), out.get()) != piece.size()) refuse();
      if (on_bytes) on_bytes(piece.size());
    });
    // The last buffered bytes are written here: a full disk may only show now.
    if (std::fflush(out.get()) != 0) refuse();
  } catch (...) {
    out.reset();
    std::error_code ignored;
    fs::remove(to, ignored);
    throw;
  }
  return digest.hex();
}

}  // namespace maru::hub
