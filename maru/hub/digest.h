#pragma once
// SHA-256 and SHA-1 in pieces, so that hashing a large file can report progress and be stopped, and a copy is hashed as it is written.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace maru::hub {

enum class Hash {
  sha256,
  sha1,  // of git's objects only: it keeps nobody from making two files of one sum
};

// FIPS 180-4, by OpenSSL.
class Digest {
 public:
  explicit Digest(Hash hash = Hash::sha256);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  void add(std::span<const std::byte> bytes);
  std::string hex();  // lower-case, 64 digits of sha256, 40 of sha1; the digest is used up

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Whether a text is so many lower-case hex digits: 64 of a sha256, 40 of a sha1 or a commit.
bool is_hex(std::string_view text, std::size_t digits);

// Called with the bytes just read; throwing from it ends the work.
using OnBytes = std::function<void(std::uint64_t)>;

// Both throw Error naming the path: not_found or invalid when `from` is no regular file, io when the system refuses.
// A copy that fails leaves no file.
std::string hash_file(const std::filesystem::path& from, const OnBytes& on_bytes);
std::string copy_file_hashed(const std::filesystem::path& from, const std::filesystem::path& to, const OnBytes& on_bytes);

}  // namespace maru::hub
