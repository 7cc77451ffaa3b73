// Pictures in the forms of PNG and JPEG, opened, turned and resized as Pillow does it (tools/golden_images.py); and pictures that lie.
#include "maru/io/image.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <random>

#include "maru/base/file.h"
#include "maru/io/model_file.h"
#include "tests/scratch.h"

namespace maru::io {
namespace {

const std::filesystem::path kFolder = MARU_TESTS "/golden/images";

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// The largest difference between two pictures' bytes; 999 when their sizes differ.
int difference(const Image& image, const StoredTensor& expected) {
  if (std::vector<std::int64_t>{image.height, image.width, 3} != expected.shape) return 999;
  int most = 0;
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    most = std::max(most, std::abs(int(image.pixels[i]) - std::to_integer<int>(expected.bytes[i])));
  return most;
}

std::string whole(std::string_view name) { return read_file(kFolder / name); }

std::string error_of(const std::string& bytes) {
  return testing::error_of([&] { decode_image(bytes_of(bytes), "x"); });
}

// IHDR with other sizes and its checksum made right again.
std::string resized_header(std::string png, std::uint32_t width, std::uint32_t height) {
  for (int i = 0; i < 4; ++i) {
    png[std::size_t(16 + i)] = char(width >> (24 - 8 * i));
    png[std::size_t(20 + i)] = char(height >> (24 - 8 * i));
  }
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= std::uint8_t(png[i]);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  for (int i = 0; i < 4; ++i) png[std::size_t(29 + i)] = char(~crc >> (24 - 8 * i));
  return png;
}

}  // namespace

TEST_CASE("pictures are opened, and turned upright, as Pillow does it") {
  int opened = 0;
  for (const StoredTensor& expected : open_safetensors(kFolder / "golden.safetensors").tensors) {
    if (!std::filesystem::exists(kFolder / expected.name) || expected.type != "U8") continue;
    CAPTURE(expected.name);
    const Image image = read_image(kFolder / expected.name);
    CHECK(difference(image, expected) == 0);
    ++opened;
  }
  CHECK(opened == 21);
}

TEST_CASE("pictures are resized byte for byte as Pillow does it") {
  int compared = 0;
  for (const StoredTensor& expected : open_safetensors(kFolder / "golden.safetensors").tensors)
    for (const auto& [name, filter] : {std::pair<std::string_view, Filter>{".bilinear.", Filter::bilinear}, {".bicubic.", Filter::bicubic}})
      if (const std::size_t at = expected.name.find(name); at != std::string::npos) {
        CAPTURE(expected.name);
        const Image image = read_image(kFolder / expected.name.substr(0, at));
        CHECK(difference(resized(image, expected.shape[1], expected.shape[0], filter), expected) == 0);
        ++compared;
      }
  CHECK(compared == 24);
}

TEST_CASE("a picture that is cut off says so, wherever it is cut") {
  for (const std::string_view name : {"rgb.png", "interlaced.png", "palette.png", "subsampled.jpg", "progressive.jpg"}) {
    const std::string bytes = whole(name);
    for (std::size_t length = 0; length + 2 < bytes.size(); length += 1 + length / 16) {
      CAPTURE(name);
      CAPTURE(length);
      const std::string error = error_of(bytes.substr(0, length));
      CHECK(!error.empty());
    }
    CHECK(error_of(bytes.substr(0, bytes.size() / 2)).contains("is cut off"));
  }
}

TEST_CASE("a picture that claims more than it can hold, or than this program opens, is refused before memory is taken") {
  const std::string png = whole("rgb.png");
  CHECK(error_of(resized_header(png, 8000, 8000)).contains("8000 by 8000 pixels, but its 404 bytes cannot hold that many"));
  CHECK(error_of(resized_header(png, 100000, 100000)).contains("100000 by 100000 pixels is more than 64 million"));
  CHECK(!error_of(resized_header(png, 0, 11)).empty());
  CHECK(!error_of(resized_header(png, 0xffffffff, 1)).empty());
  std::string jpeg = whole("baseline.jpg");
  const std::size_t frame = jpeg.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  const auto say = [&](char high, char low) { jpeg[frame + 5] = jpeg[frame + 7] = high, jpeg[frame + 6] = jpeg[frame + 8] = low; };
  say('\x7f', '\xff');
  CHECK(error_of(jpeg).contains("32767 by 32767 pixels is more than 64 million"));
  say('\xff', '\xff');
  CHECK(error_of(jpeg).contains("is damaged"));
  say('\x10', '\xff');  // allowed, and not there
  CHECK(error_of(jpeg).contains("premature end"));
}

TEST_CASE("bytes turned over anywhere end in a picture or in words, never elsewhere") {
  std::mt19937 random(3);
  for (const std::string_view name : {"rgb.png", "palette.png", "gamma_turned.png", "turned_6.jpg", "progressive.jpg"}) {
    const std::string bytes = whole(name);
    for (int round = 0; round < 150; ++round) {
      std::string damaged = bytes;
      for (int i = 0; i < 3; ++i) damaged[random() % damaged.size()] = char(random());
      try {
        const Image image = decode_image(bytes_of(damaged), "x");
        CHECK(std::int64_t(image.pixels.size()) == image.width * image.height * 3);
      } catch (const Error& error) {
        CHECK(std::string_view(error.what()).starts_with("x: "));
      }
    }
  }
}

TEST_CASE("what is no PNG and no JPEG is named") {
  CHECK(error_of("GIF89a...").contains("looks like GIF; this program reads PNG and JPEG"));
  CHECK(error_of("").contains("is no picture"));
  CHECK(error_of("<svg/>").contains("is no picture"));
  CHECK(error_of(whole("cmyk.jpg")).contains("colours for print"));
  CHECK(exif_orientation({}) == 1);
  const std::string loop("II*\0\xff\xff\xff\xff", 8);
  CHECK(exif_orientation(bytes_of(loop)) == 1);
}

}  // namespace maru::io
