// Fuzzes pictures: PNG, JPEG with EXIF data, and what is done with a picture once it is open.
#include "maru/io/image.h"
#include "tests/fuzz/fuzz.h"

#include <cstdint>

#include "maru/base/file.h"

namespace maru::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const char* name : {"palette.png", "interlaced.png", "gamma_turned.png", "rgb16.png", "two_bits.png", "turned_6.jpg",
                           "progressive.jpg", "gray.jpg"})
    all.push_back(read_file(std::filesystem::path(MARU_TESTS "/golden/images") / name));
  return all;
}

std::vector<std::string> words() {
  return {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "eXIf", std::string("Exif\0\0", 6), std::string("II*\0", 4), std::string("MM\0*", 4),
          "\xff\xc0", "\xff\xc2", "\xff\xda", "\xff\xd9", "\xff\xd0", "\xff\xff\xff\xff", std::string("\0\0\0\0", 4)};
}

void attempt(std::string_view input) {
  const io::Image image = io::decode_image(std::as_bytes(std::span(input)), "picture");
  claim(image.width > 0 && image.height > 0 && std::int64_t(image.pixels.size()) == image.width * image.height * 3,
        "pixels do not fit the size");
  if (image.width * image.height > 1 << 16) return;
  const io::Image small = io::resized(image, 7, 5, io::Filter::bicubic);
  claim(small.pixels.size() == 7 * 5 * 3, "a resized picture of another size");
}

}  // namespace maru::fuzz
