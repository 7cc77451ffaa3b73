// Pictures made larger or smaller, byte for byte as Pillow's resize() makes them.
#include <algorithm>
#include <cmath>

#include "maru/base/error.h"
#include "maru/io/image.h"

namespace maru::io {
namespace {

constexpr int kBits = 22;  // behind the point of a weight

double bilinear(double x) { return std::max(0.0, 1 - std::abs(x)); }

// Keys 1981, with a = -1/2.
double bicubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

// What one new pixel is made of: old ones from `first` on, each with its weight.
struct Taps {
  std::int64_t first;
  std::vector<std::int32_t> weights;
};

std::vector<Taps> taps_of(std::int64_t from, std::int64_t to, Filter filter) {
  const double scale = double(from) / double(to), wide = std::max(scale, 1.0), reach = (filter == Filter::bilinear ? 1.0 : 2.0) * wide;
  std::vector<Taps> all;
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (double(i) + 0.5) * scale;
    const std::int64_t first = std::max<std::int64_t>(std::int64_t(centre - reach + 0.5), 0);
    const std::int64_t end = std::min(std::int64_t(centre + reach + 0.5), from);
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t x = first; x < end; ++x) {
      const double at = (double(x) - centre + 0.5) * (1 / wide);
      weights.push_back(filter == Filter::bilinear ? bilinear(at) : bicubic(at));
      sum += weights.back();
    }
    Taps taps{first, {}};
    for (const double w : weights) {
      const double share = (sum != 0 ? w / sum : w) * double(1 << kBits);
      taps.weights.push_back(std::int32_t(share + (share < 0 ? -0.5 : 0.5)));
    }
    all.push_back(std::move(taps));
  }
  return all;
}

std::uint8_t weighed(const std::uint8_t* from, std::int64_t step, const Taps& taps) {
  std::int64_t sum = 1 << (kBits - 1);
  for (const std::int32_t w : taps.weights) {
    sum += std::int64_t(*from) * w;
    from += step;
  }
  return std::uint8_t(std::clamp<std::int64_t>(sum >> kBits, 0, 255));
}

Image along_rows(const Image& image, std::int64_t width, Filter filter) {
  Image out{width, image.height, std::vector<std::uint8_t>(std::size_t(width * image.height) * 3)};
  const std::vector<Taps> taps = taps_of(image.width, width, filter);
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t channel = 0; channel < 3; ++channel)
        out.pixels[std::size_t((y * width + x) * 3 + channel)] =
            weighed(image.pixels.data() + (y * image.width + taps[std::size_t(x)].first) * 3 + channel, 3, taps[std::size_t(x)]);
  return out;
}

Image along_columns(const Image& image, std::int64_t height, Filter filter) {
  Image out{image.width, height, std::vector<std::uint8_t>(std::size_t(image.width * height) * 3)};
  const std::vector<Taps> taps = taps_of(image.height, height, filter);
  const std::int64_t line = image.width * 3;
  for (std::int64_t y = 0; y < height; ++y) {
    const Taps& t = taps[std::size_t(y)];
    const std::uint8_t* const from = image.pixels.data() + t.first * line;
    for (std::int64_t x = 0; x < line; ++x) out.pixels[std::size_t(y * line + x)] = weighed(from + x, line, t);
  }
  return out;
}

}  // namespace

Image resized(const Image& image, std::int64_t width, std::int64_t height, Filter filter) {
  check_image_size(width, height, "resize");
  if (height == image.height) return width == image.width ? image : along_rows(image, width, filter);
  if (width == image.width) return along_columns(image, height, filter);
  // Each pass rounds, so the order shows. Pillow 13 goes along columns first where that takes away many more lines than columns.
  const bool columns_first = height < image.height && image.height - height > 2 * (image.width - width);
  if (columns_first) return along_rows(along_columns(image, height, filter), width, filter);
  return along_columns(along_rows(image, width, filter), height, filter);
}

}  // namespace maru::io
