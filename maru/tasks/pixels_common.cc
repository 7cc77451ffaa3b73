// Resizing in whole numbers, then scaling in f32.
#include "maru/tasks/pixels_common.h"

#include <algorithm>
#include <cmath>

namespace maru::tasks {
namespace {

constexpr int kBits = 22;              // of a weight: what 32 bits leave beside a sample

// The samples that one output place is made of, and their weights.
struct Window {
  std::int64_t first = 0;
  std::vector<std::int32_t> weights = {};
};

std::vector<Window> windows(std::int64_t in, std::int64_t out) {
  const double scale = double(in) / double(out), support = std::max(scale, 1.0);
  std::vector<Window> all;
  for (std::int64_t i = 0; i < out; ++i) {
    const double centre = (double(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, std::int64_t(centre - support + 0.5)), last = std::min<std::int64_t>(in, std::int64_t(centre + support + 0.5));
    std::vector<double> shares;
    double total = 0;
    for (std::int64_t x = first; x < last; ++x) {
      shares.push_back(std::max(0.0, 1 - std::abs((double(x) - centre + 0.5) / support)));
      total += shares.back();
    }
    Window window{.first = first};
    for (const double share : shares) window.weights.push_back(std::int32_t(share / total * (1 << kBits) + 0.5));
    all.push_back(std::move(window));
  }
  return all;
}

// Along one axis: `step` samples lie between neighbours.
std::uint8_t sample(const std::uint8_t* from, std::int64_t step, const Window& window) {
  std::int32_t sum = 1 << (kBits - 1);
  for (std::size_t i = 0; i < window.weights.size(); ++i) sum += window.weights[i] * from[(window.first + std::int64_t(i)) * step];
  return std::uint8_t(std::clamp(sum >> kBits, 0, 255));
}

struct Settings {
  bool resize = true, rescale = true, normalise = true;
  std::int64_t height = 0, width = 0;
  double factor = 1.0 / 255;
  std::vector<double> mean, deviation;
};

Settings settings_of(const engine::Pretrained& model) {
  const models::Info& info = model.info();
  const Json config = model.beside("preprocessor_config.json");
  const std::string where = (model.folder() / "preprocessor_config.json").string();
  const auto flag = [&](const char* key) {
    if (!config.contains(key) || config[key].is_null()) return true;
    check(config[key].is_boolean(), "{}: {}: expected true or false, found {}", where, key, kind_of(config[key]));
    return config[key].get<bool>();
  };
  const auto three = [&](const char* key) {
    std::vector<double> out(std::size_t(info.channels), 0.5);
    if (!config.contains(key) || config[key].is_null()) return out;
    check(config[key].is_array() && config[key].size() == out.size(), "{}: {}: expected {} numbers, found {}", where, key, out.size(), dump(config[key]));
    for (std::size_t i = 0; i < out.size(); ++i) {
      check(config[key][i].is_number(), "{}: {}: expected {} numbers, found {}", where, key, out.size(), dump(config[key]));
      out[i] = config[key][i].get<double>();
    }
    return out;
  };
  Settings s{.resize = flag("do_resize"), .rescale = flag("do_rescale"), .normalise = flag("do_normalize"), .height = info.image_size,
             .width = info.image_size, .mean = three("image_mean"), .deviation = three("image_std")};
  if (config.contains("rescale_factor") && config["rescale_factor"].is_number()) s.factor = config["rescale_factor"].get<double>();
  constexpr int kBilinear = 2;
  check(!config.contains("resample") || config["resample"].is_null() || config["resample"] == kBilinear,
        "{}: resample: only bilinear (2) is known, found {}", where, config.contains("resample") ? dump(config["resample"]) : std::string());
  if (const auto at = config.find("size"); at != config.end() && at->is_object())
    for (const char* key : {"height", "width"})
      check(at->contains(key) && (*at)[key] == info.image_size, "{}: size.{}: expected the model's {}, found {}", where, key, info.image_size, dump(*at));
  for (const double d : s.deviation) check(d > 0, "{}: image_std: expected numbers above 0", where);
  return s;
}

}  // namespace

io::Image resized(const io::Image& image, std::int64_t height, std::int64_t width) {
  io::Image across{.height = image.height, .width = width, .channels = image.channels, .samples = {}};
  across.samples.resize(std::size_t(across.height * width * image.channels));
  const std::vector<Window> columns = windows(image.width, width), rows = windows(image.height, height);
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < image.channels; ++c)
        across.samples[std::size_t((y * width + x) * image.channels + c)] =
            sample(image.samples.data() + y * image.width * image.channels + c, image.channels, columns[std::size_t(x)]);
  io::Image out{.height = height, .width = width, .channels = image.channels, .samples = {}};
  out.samples.resize(std::size_t(height * width * image.channels));
  const std::int64_t line = width * image.channels;
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t i = 0; i < line; ++i) out.samples[std::size_t(y * line + i)] = sample(across.samples.data() + i, line, rows[std::size_t(y)]);
  return out;
}

Tensor pixels(const engine::Pretrained& model, const io::Image& image) {
  const models::Info& info = model.info();
  const Settings s = settings_of(model);
  check(image.channels == info.channels, "an image of {} channels, but the model sees {}", image.channels, info.channels);
  const bool fits = image.height == s.height && image.width == s.width;
  check(fits || s.resize, "an image of {} by {}, but the model sees {} by {} and its files say not to resize", image.height, image.width, s.height, s.width);
  const io::Image seen = fits ? image : resized(image, s.height, s.width);
  Tensor out({1, info.channels, s.height, s.width});
  for (std::int64_t c = 0; c < info.channels; ++c)
    for (std::int64_t i = 0; i < s.height * s.width; ++i) {
      double value = seen.samples[std::size_t(i * info.channels + c)];
      if (s.rescale) value *= s.factor;
      if (s.normalise) value = (value - s.mean[std::size_t(c)]) / s.deviation[std::size_t(c)];
      out.data()[c * s.height * s.width + i] = float(value);
    }
  return out;
}

}  // namespace maru::tasks
