#pragma once
// Pictures as a model that sees wants them: its size, its scale, as preprocessor_config.json says. How they lie in files is not known here.
#include <array>
#include <filesystem>
#include <span>

#include "maru/io/image.h"
#include "maru/models/models.h"

namespace maru::engine {

struct ImageInput {
  bool resize = true, rescale = true, normalise = true;
  std::int64_t width = 224, height = 224;
  io::Filter filter = io::Filter::bilinear;
  double factor = 1.0 / 255;                                 // rescale: byte * factor
  std::array<float, 3> mean{0.5f, 0.5f, 0.5f}, deviation{0.5f, 0.5f, 0.5f};  // normalise: (value - mean) / deviation

  // -> [images, 3, height, width]. Throws Error for pictures of several sizes that are not to be resized.
  Tensor operator()(std::span<const io::Image> images) const;
};

// Reads preprocessor_config.json of a model's folder. Throws Error (not_found) where there is none, (invalid) naming a key that asks for
// what this program does not do.
ImageInput image_input(const std::filesystem::path& folder);

}  // namespace maru::engine
