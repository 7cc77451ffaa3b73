#pragma once
// Pictures from outside, PNG and JPEG, as plain rows of red, green and blue; nothing is believed of their sizes before it is checked.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace maru::io {

struct Image {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> pixels;        // [height, width, 3]
};

constexpr std::int64_t kMostPixels = std::int64_t{64} << 20;
constexpr std::size_t kMostImageBytes = std::size_t{256} << 20;

// As the reference library opens a picture (Pillow): turned upright as its EXIF data says, a transparent one without its transparency,
// gray and palettes as colours, 16 bits cut to 8 (where Pillow makes a gray picture of 16 bits white, this does not). Throws Error naming
// `where`: not a picture that this program reads, damaged, cut off, (limit) more pixels than kMostPixels or bytes than kMostImageBytes.
Image decode_image(std::span<const std::byte> bytes, std::string_view where);
Image read_image(const std::filesystem::path& path);

// Resampling as Pillow does it: a filter as wide as the shrinking asks for (so that nothing aliases), along rows and along columns, with
// whole numbers of 22 bits, rounded to bytes after each.
enum class Filter { bilinear, bicubic };
Image resized(const Image& image, std::int64_t width, std::int64_t height, Filter filter);

// ---- what the two formats share

// The EXIF orientation, 1 to 8, in a block of TIFF data ("II*\0" or "MM\0*" first); 1 where there is none that makes sense.
int exif_orientation(std::span<const std::byte> tiff);
Image upright(Image image, int orientation);
void check_image_size(std::int64_t width, std::int64_t height, std::string_view where);
Image decode_png(std::span<const std::byte> bytes, std::string_view where);
Image decode_jpeg(std::span<const std::byte> bytes, std::string_view where);

}  // namespace maru::io
