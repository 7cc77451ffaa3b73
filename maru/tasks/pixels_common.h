#pragma once
// From an image to what a model sees: resized, scaled and normalised as preprocessor_config.json says.
#include "maru/engine/pretrained.h"
#include "maru/io/pixmap.h"

namespace maru::tasks {

// -> [1, channels, height, width]. Throws Error naming a key of preprocessor_config.json that this program does not follow.
Tensor pixels(const engine::Pretrained& model, const io::Image& image);

// Bilinear with the support widened to the scale, in two passes of 8 bits each, as the reference's image library resizes.
io::Image resized(const io::Image& image, std::int64_t height, std::int64_t width);

}  // namespace maru::tasks
