// The header is three numbers between white space and comments; one white space ends it.
#include "maru/io/pixmap.h"

#include <string>
#include <string_view>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::io {
namespace {

constexpr std::size_t kMostBytes = std::size_t{256} << 20;
constexpr std::int64_t kMostSide = 1 << 16, kMostSamples = 64'000'000;

class Header {
 public:
  Header(const std::string& bytes, const std::string& where) : bytes_(bytes), where_(where) {}
  std::int64_t number(std::string_view what, std::int64_t most) {
    skip_blanks();
    std::int64_t value = 0;
    const std::size_t begin = at;
    for (; at < bytes_.size() && bytes_[at] >= '0' && bytes_[at] <= '9' && value <= most; ++at) value = value * 10 + (bytes_[at] - '0');
    check(at > begin && value >= 1 && value <= most, "{}: {}: expected a number from 1 to {} in the header", where_, what, most);
    return value;
  }
  std::size_t at = 2;

 private:
  void skip_blanks() {
    for (; at < bytes_.size(); ++at) {
      if (bytes_[at] == '#') at = std::min(bytes_.find('\n', at), bytes_.size() - 1);
      else if (!std::string_view(" \t\r\n").contains(bytes_[at])) return;
    }
  }
  const std::string& bytes_;
  const std::string& where_;
};

}  // namespace

Image read_pixmap(const std::filesystem::path& path) {
  const std::string where = path.string(), bytes = read_file(path, kMostBytes);
  check(bytes.starts_with("P5") || bytes.starts_with("P6"),
        "{}: expected a PGM or PPM image (it begins with P5 or P6); convert it, as with: convert IMAGE out.ppm", where);
  Image image{.channels = bytes[1] == '6' ? 3 : 1, .samples = {}};
  Header header(bytes, where);
  image.width = header.number("width", kMostSide);
  image.height = header.number("height", kMostSide);
  const std::int64_t most = header.number("maxval", 65535), samples = image.width * image.height * image.channels;
  check(most == 255, "{}: its samples go up to {}; only images of 8 bits (255) are read", where, most);
  check(samples <= kMostSamples, "{}: an image of {} by {} is too large", where, image.width, image.height);
  const std::size_t begin = header.at + 1;
  check(bytes.size() >= begin + std::size_t(samples), "{}: the header says {} bytes of samples, the file holds {}", where, samples,
        bytes.size() > begin ? bytes.size() - begin : 0);
  image.samples.assign(bytes.begin() + std::ptrdiff_t(begin), bytes.begin() + std::ptrdiff_t(begin) + samples);
  return image;
}

}  // namespace maru::io
