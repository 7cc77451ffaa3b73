// From bytes to a tensor, in the order of the reference's image processors: resize, rescale, normalise.
#include "maru/engine/image_input.h"

#include <cmath>

#include "maru/base/file.h"
#include "maru/base/json.h"

namespace maru::engine {
namespace {

struct Reader {
  const Json& json;
  std::string where;
  const Json* find(std::string_view key) const {
    const auto at = json.find(key);
    return at == json.end() || at->is_null() ? nullptr : &*at;
  }
  double number(const Json& value, std::string_view key) const {
    check(value.is_number() && std::isfinite(value.get<double>()), "{}: {}: expected a number, got {}", where, key, kind_of(value));
    return value.get<double>();
  }
  bool boolean(std::string_view key, bool otherwise) const {
    const Json* v = find(key);
    if (!v) return otherwise;
    check(v->is_boolean(), "{}: {}: expected true or false, got {}", where, key, kind_of(*v));
    return v->get<bool>();
  }
  std::int64_t pixels(const Json& value, std::string_view key) const {
    const double v = number(value, key);
    check(v >= 1 && v <= 16384 && v == std::floor(v), "{}: {} is {}, expected {} to {}", where, key, v, 1, 16384);
    return std::int64_t(v);
  }
  void channels(std::string_view key, std::array<float, 3>& to) const {
    const Json* v = find(key);
    if (!v) return;
    check(v->is_array() && v->size() == 3, "{}: {}: expected three numbers, one for each colour", where, key);
    for (std::size_t i = 0; i < 3; ++i) to[i] = float(number((*v)[i], key));
  }
};

void read_size(const Reader& r, ImageInput& to) {
  const Json* size = r.find("size");
  if (!size) return;
  if (size->is_number()) {
    to.width = to.height = r.pixels(*size, "size");
    return;
  }
  check(size->is_object() && size->contains("height") && size->contains("width"),
        "{}: size: expected a number, or height and width; got {}", r.where, dump(*size));
  to.height = r.pixels((*size)["height"], "size.height");
  to.width = r.pixels((*size)["width"], "size.width");
}

}  // namespace

Tensor ImageInput::operator()(std::span<const io::Image> images) const {
  check(!images.empty(), "no picture was given");
  const std::int64_t w = resize ? width : images[0].width, h = resize ? height : images[0].height;
  Tensor out({std::int64_t(images.size()), 3, h, w});
  for (std::size_t i = 0; i < images.size(); ++i) {
    const io::Image image = resize ? io::resized(images[i], w, h, filter) : images[i];
    check(image.width == w && image.height == h,
          "picture {} has {} by {} pixels, the first {} by {}; without resizing they must be alike", i + 1, image.width, image.height, w,
          h);
    float* const to = out.data() + std::int64_t(i) * 3 * h * w;
    for (std::int64_t p = 0; p < h * w; ++p)
      for (std::int64_t channel = 0; channel < 3; ++channel) {
        const double byte = image.pixels[std::size_t(p * 3 + channel)];
        const float value = float(rescale ? byte * factor : byte);
        to[channel * h * w + p] = normalise ? (value - mean[std::size_t(channel)]) / deviation[std::size_t(channel)] : value;
      }
  }
  return out;
}

ImageInput image_input(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "preprocessor_config.json";
  if (!std::filesystem::exists(path))
    fail(ErrorKind::not_found, "{}: no preprocessor_config.json, which says how pictures are prepared for the model", folder.string());
  const Json json = parse_json(read_file(path, std::size_t{1} << 20), path.string());
  check(json.is_object(), "{}: expected an object", path.string());
  const Reader r{json, path.string()};
  ImageInput to;
  to.resize = r.boolean("do_resize", true);
  to.rescale = r.boolean("do_rescale", true);
  to.normalise = r.boolean("do_normalize", true);
  for (const std::string_view key : {"do_center_crop", "do_pad", "crop_pct"})
    check(!r.find(key) || *r.find(key) == false, "{}: {} is set, which this program does not do", r.where, key);
  read_size(r, to);
  if (const Json* v = r.find("resample")) {
    const double kind = r.number(*v, "resample");
    check(kind == 2 || kind == 3, "{}: resample is {}; this program knows 2 (bilinear) and 3 (bicubic)", r.where, kind);
    to.filter = kind == 2 ? io::Filter::bilinear : io::Filter::bicubic;
  }
  if (const Json* v = r.find("rescale_factor")) to.factor = r.number(*v, "rescale_factor");
  r.channels("image_mean", to.mean);
  r.channels("image_std", to.deviation);
  for (const float v : to.deviation) check(v > 0, "{}: image_std: {} is no deviation; expected numbers above 0", r.where, v);
  return to;
}

}  // namespace maru::engine
