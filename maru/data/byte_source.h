#pragma once
// The bytes of a text file in the order they come: plain or gzip'd, in UTF-8 or in an encoding that iconv knows. Never more than a few
// blocks in memory.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace maru::data {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills at most `size` bytes; 0 only at the end.
  virtual std::size_t read(char* into, std::size_t size) = 0;
};

// A regular file, unpacked when its first bytes say gzip. Throws Error: not_found, io, invalid (damaged gzip).
std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path);
// The same as UTF-8. Throws Error: usage for an encoding that iconv does not know, invalid for bytes that it does not allow.
std::unique_ptr<ByteSource> open_text(const std::filesystem::path& path, const std::string& encoding);

// Whether all of it could be text of that encoding. A sequence cut off at the end does no harm.
bool could_be(std::string_view bytes, const char* encoding);

}  // namespace maru::data
