#pragma once
// The plainest files of images: PGM and PPM, binary (P5, P6) with 8 bits a sample.  Netpbm's format pages.
#include <cstdint>
#include <filesystem>
#include <vector>

namespace maru::io {

struct Image {
  std::int64_t height = 0, width = 0, channels = 0;
  std::vector<std::uint8_t> samples;   // [height, width, channels]
};

// Throws Error for another kind of file, a header that does not fit its bytes, or more than 64 million samples.
Image read_pixmap(const std::filesystem::path& path);

}  // namespace maru::io
