// Which format a picture is in, its size, and which way is up.
#include "maru/io/image.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::io {
namespace {

bool begins(std::span<const std::byte> bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// Numbers of a TIFF block, in its own byte order; 0 past its end.
struct Tiff {
  std::span<const std::byte> bytes;
  bool little;
  std::uint32_t number(std::size_t at, int size) const {
    std::uint32_t value = 0;
    if (at > bytes.size() || bytes.size() - at < std::size_t(size)) return 0;
    for (int i = 0; i < size; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + std::size_t(little ? size - 1 - i : i)]);
    return value;
  }
};

}  // namespace

void check_image_size(std::int64_t width, std::int64_t height, std::string_view where) {
  check(width > 0 && height > 0, "{}: a picture of {} by {} pixels", where, width, height);
  if (width > kMostPixels / height)
    fail(ErrorKind::limit, "{}: a picture of {} by {} pixels is more than {} million, the most that this program opens", where, width,
         height, kMostPixels >> 20);
}

// EXIF 2.3, section 4.6.4: the tag 0x0112 of the first directory.
int exif_orientation(std::span<const std::byte> bytes) {
  const bool little = begins(bytes, std::string_view("II*\0", 4));
  if (!little && !begins(bytes, std::string_view("MM\0*", 4))) return 1;
  const Tiff tiff{bytes, little};
  const std::size_t directory = tiff.number(4, 4);
  const std::uint32_t entries = tiff.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t(i) * 12;
    if (entry + 12 > bytes.size()) break;
    if (tiff.number(entry, 2) != 0x0112) continue;
    const std::uint32_t value = tiff.number(entry + 2, 2) == 3 ? tiff.number(entry + 8, 2) : 1;  // type 3: a number of two bytes
    return value >= 1 && value <= 8 ? int(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation <= 1) return image;
  const std::int64_t w = image.width, h = image.height;
  const bool lies = orientation >= 5;
  Image out{lies ? h : w, lies ? w : h, std::vector<std::uint8_t>(image.pixels.size())};
  const auto from = [&](std::int64_t x, std::int64_t y) -> std::pair<std::int64_t, std::int64_t> {
    switch (orientation) {
      case 2: return {w - 1 - x, y};
      case 3: return {w - 1 - x, h - 1 - y};
      case 4: return {x, h - 1 - y};
      case 5: return {y, x};
      case 6: return {y, h - 1 - x};
      case 7: return {w - 1 - y, h - 1 - x};
      default: return {w - 1 - y, x};
    }
  };
  std::uint8_t* to = out.pixels.data();
  for (std::int64_t y = 0; y < out.height; ++y)
    for (std::int64_t x = 0; x < out.width; ++x) {
      const auto [from_x, from_y] = from(x, y);
      to = std::copy_n(image.pixels.data() + (from_y * w + from_x) * 3, 3, to);
    }
  return out;
}

Image decode_image(std::span<const std::byte> bytes, std::string_view where) {
  if (bytes.size() > kMostImageBytes)
    fail(ErrorKind::limit, "{}: {} bytes; a picture may have at most {}", where, bytes.size(), kMostImageBytes);
  if (begins(bytes, "\x89PNG\r\n\x1a\n")) return decode_png(bytes, where);
  if (begins(bytes, "\xff\xd8\xff")) return decode_jpeg(bytes, where);
  using Known = std::pair<std::string_view, std::string_view>;
  for (const auto& [magic, name] : {Known{"GIF8", "GIF"}, {"BM", "BMP"}, {"RIFF", "WebP"}, {"II*", "TIFF"}, {"MM", "TIFF"}})
    if (begins(bytes, magic)) fail(ErrorKind::invalid, "{}: looks like {}; this program reads PNG and JPEG", where, name);
  fail(ErrorKind::invalid, "{}: is no picture; this program reads PNG and JPEG", where);
}

Image read_image(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, kMostImageBytes);
  return decode_image(std::as_bytes(std::span(bytes)), path.string());
}

}  // namespace maru::io
