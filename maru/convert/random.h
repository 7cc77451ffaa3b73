#pragma once
// LLaMA-shaped models with random weights: to learn what a size costs on this machine before a download, and to train from nothing.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"

namespace maru::convert {

struct Shape {
  std::string_view name;           // "7b"
  std::int64_t layers, width, hidden, heads, kv_heads, vocabulary, context;
};
std::span<const Shape> shapes();
const Shape* find_shape(std::string_view name);  // null when there is none

struct RandomOptions {
  std::uint64_t seed = 0;
  OnProgress progress = {};
  const Cancel* cancel = nullptr;
};

// A GGUF whose weights are normal numbers of deviation 0.02, in the formats that the recipe `type` of mixtures.h gives each of them. A
// million numbers are drawn and encoded for each format, and tensors are pieces of them in random order: the file says as much of time and
// memory as a trained one, and writes nonsense. Its tokens are the 256 bytes, an end of text, and names without use up to the vocabulary.
// The same seed gives the same file. Throws Error for an unknown type or one that cannot be written.
void write_random(const std::filesystem::path& path, const Shape& shape, std::string_view type, const RandomOptions& options = {});

}  // namespace maru::convert
