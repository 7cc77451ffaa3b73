// Arrow IPC files and streams and Feather, recognised here and read by the Arrow module (maru/data/arrow/ipc.cc).
#include <cstdint>
#include <cstring>

#include "maru/data/arrow_module.h"
#include "maru/data/data.h"

namespace maru::data {
namespace {

// A stream has no magic number: it begins with the mark of a message and the length of the schema, a few kilobytes.  Arrow's format,
// "Encapsulated message format".
bool begins_as_stream(std::string_view bytes) {
  std::uint32_t mark = 0, length = 0;
  if (bytes.size() < 16) return false;
  std::memcpy(&mark, bytes.data(), 4);
  std::memcpy(&length, bytes.data() + 4, 4);
  return mark == 0xffffffffu && length >= 8 && length <= (64u << 20) && length % 8 == 0;
}

bool recognises(const std::filesystem::path&, std::string_view first_bytes) {
  return first_bytes.starts_with("ARROW1") || first_bytes.starts_with("FEA1") || begins_as_stream(first_bytes);
}

std::unique_ptr<Stream> open(const std::filesystem::path& path, const ReadOptions& options) {
  return arrow_module(path).ipc(path, options);
}

}  // namespace

Reader arrow_reader() {
  return {.name = "arrow",
          .about = "Arrow IPC files and streams, Feather version 2",
          .about_ko = "Arrow IPC 파일과 스트림, Feather 2판",
          .example = "train.arrow",
          .recognises = recognises,
          .open = open};
}

}  // namespace maru::data
