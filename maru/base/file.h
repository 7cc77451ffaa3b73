#pragma once
// Files: mapped for reading, written whole or not at all.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace maru {

// A regular file mapped read-only. Directories, fifos, sockets and devices are refused with an error, never opened for reading.
class MappedFile {
 public:
  // Throws Error: not_found, or invalid when the path is not a regular file.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const std::filesystem::path& path() const { return path_; }
  // Gives the pages of a part back to the system; they are read again from the file when touched.
  void forget(std::span<const std::byte> part) const;

 private:
  MappedFile() = default;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::filesystem::path path_;
};

// The whole of a regular file. Throws Error (limit) when it is larger than max_bytes, before any memory is taken.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes = std::size_t{256} << 20);

// A file that is written piece by piece under a temporary name beside its own. It appears, whole, with publish(); before that, and when
// something fails, nothing is left behind and the old file stays.
class NewFile {
 public:
  // Throws Error: not_found when the folder does not exist, io when it cannot be written.
  explicit NewFile(const std::filesystem::path& path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  void append(std::span<const std::byte> bytes);
  std::uint64_t size() const { return size_; }
  void publish();                                  // fsync, rename, fsync of the folder

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::filesystem::path path_;
  std::uint64_t size_ = 0;
};

// The whole of a file at once, by NewFile.
void write_file(const std::filesystem::path& path, std::string_view content);

// Makes a finished temporary file the file at `to`: fsync, rename, fsync of the folder.
void publish(const std::filesystem::path& temporary, const std::filesystem::path& to);

// Hex sha256 of a file or of bytes.  FIPS 180-4, by OpenSSL.
std::string sha256(std::span<const std::byte> bytes);
std::string sha256_file(const std::filesystem::path& path);

// Bytes that can still be written where `path` lies (the nearest folder that exists).
std::uint64_t free_space(const std::filesystem::path& path);

// $MARU_HOME, else ~/.maru. Throws Error when neither MARU_HOME nor HOME is set.
std::filesystem::path home();

}  // namespace maru
