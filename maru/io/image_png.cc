// PNG through libpng. Its errors jump (setjmp), so that whatever has a destructor lives outside the function that they may leave.
#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <string>

#include "maru/base/error.h"
#include "maru/io/image.h"

namespace maru::io {
namespace {

// Deflate packs at most 1032 bytes into one: a picture that claims more than that of its file is cut off, or lies.
constexpr std::uint64_t kMostPacking = 1032;
constexpr png_alloc_size_t kMostChunk = 8 << 20;  // of what comes beside the pixels, packed or not

struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> rest;
  Image image;
  std::vector<png_bytep> rows;
  char message[200] = {};
  bool cut_off = false;
  int orientation = 1;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* const decoder = static_cast<Decoder*>(png_get_error_ptr(png));
  std::snprintf(decoder->message, sizeof decoder->message, "%s", message);
  std::longjmp(png_jmpbuf(png), 1);
}
void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, std::size_t count) {
  auto* const decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (count > decoder->rest.size()) {
    decoder->cut_off = true;
    png_error(png, "the file ends too early");
  }
  std::memcpy(to, decoder->rest.data(), count);
  decoder->rest = decoder->rest.subspan(count);
}

// Everything up to the pixels.
bool read_header(Decoder& d) {
  if (setjmp(png_jmpbuf(d.png))) return false;
  png_read_info(d.png, d.info);
  return true;
}

bool read_pixels(Decoder& d) {
  if (setjmp(png_jmpbuf(d.png))) return false;
  png_set_strip_16(d.png);
  png_set_packing(d.png);
  if (png_get_color_type(d.png, d.info) == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(d.png);
  else png_set_expand_gray_1_2_4_to_8(d.png);
  png_set_gray_to_rgb(d.png);
  png_set_strip_alpha(d.png);
  png_set_interlace_handling(d.png);
  png_read_update_info(d.png, d.info);
  if (png_get_rowbytes(d.png, d.info) != std::size_t(d.image.width) * 3) png_error(d.png, "rows of an unexpected size");
  png_read_image(d.png, d.rows.data());
  png_read_end(d.png, d.info);
  png_bytep exif = nullptr;
  png_uint_32 size = 0;
  if (png_get_eXIf_1(d.png, d.info, &size, &exif)) d.orientation = exif_orientation(std::as_bytes(std::span(exif, size)));
  return true;
}

[[noreturn]] void refuse(const Decoder& d, std::string_view where) {
  if (d.cut_off) fail(ErrorKind::invalid, "{}: the PNG is cut off: its file ends before the picture does", where);
  fail(ErrorKind::invalid, "{}: the PNG is damaged: {}", where, d.message);
}

// Whether every piece up to the last lies within the file: libpng takes memory for some by what they claim.
bool whole(std::span<const std::byte> bytes) {
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    if (length > bytes.size() - at - 12) return false;
    if (std::memcmp(bytes.data() + at + 4, "IEND", 4) == 0) return true;
    at += std::size_t(length) + 12;
  }
  return false;
}

}  // namespace

Image decode_png(std::span<const std::byte> bytes, std::string_view where) {
  Decoder d;
  d.cut_off = !whole(bytes);
  if (d.cut_off) refuse(d, where);
  d.rest = bytes;
  d.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &d, on_error, on_warning);
  d.info = d.png ? png_create_info_struct(d.png) : nullptr;
  if (!d.info) fail(ErrorKind::internal, "libpng could not be started");
  png_set_read_fn(d.png, &d, on_read);
  png_set_chunk_malloc_max(d.png, kMostChunk);
  if (!read_header(d)) refuse(d, where);
  d.image.width = png_get_image_width(d.png, d.info);
  d.image.height = png_get_image_height(d.png, d.info);
  check_image_size(d.image.width, d.image.height, where);
  const std::uint64_t unpacked = std::uint64_t(png_get_rowbytes(d.png, d.info)) * std::uint64_t(d.image.height);
  check(unpacked <= kMostPacking * (std::uint64_t(bytes.size()) + 64),
        "{}: the PNG says {} by {} pixels, but its {} bytes cannot hold that many", where, d.image.width, d.image.height, bytes.size());
  d.image.pixels.resize(std::size_t(d.image.width * d.image.height) * 3);
  for (std::int64_t y = 0; y < d.image.height; ++y) d.rows.push_back(d.image.pixels.data() + y * d.image.width * 3);
  if (!read_pixels(d)) refuse(d, where);
  return upright(std::move(d.image), d.orientation);
}

}  // namespace maru::io
