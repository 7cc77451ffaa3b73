#pragma once
// A model as it lies on disk: metadata and named tensors, mapped, nothing copied and nothing believed unchecked.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "maru/base/file.h"
#include "maru/io/metadata.h"

namespace maru::io {

struct StoredTensor {
  std::string name;
  std::vector<std::int64_t> shape;     // row-major, outermost first (GGUF's order is reversed on reading)
  std::string type;                    // "F32", "F16", "BF16", "Q4_1" …: a format's name
  std::span<const std::byte> bytes;
  std::shared_ptr<const MappedFile> file;
};

struct ModelFile {
  std::filesystem::path path;          // what the person named: a .gguf, a .safetensors, or a folder
  bool gguf = false;
  Metadata metadata;                   // GGUF key-values, or config.json with nested keys joined by dots
  std::vector<StoredTensor> tensors;
  std::vector<std::shared_ptr<const MappedFile>> files;
  // A GGUF's keys in the file's order, with type and value as stored: for a copy that loses nothing.
  std::vector<std::pair<std::string_view, std::span<const std::byte>>> entries;
  std::shared_ptr<const std::string> config;  // the text that metadata's string_views of a config.json point into
};

// A .gguf file, a .safetensors file with config.json beside it, or a folder that holds either (model.safetensors, or
// model.safetensors.index.json with its shards, or exactly one .gguf).
// Throws Error naming file and field.  GGUF v2/v3: ggml docs/gguf.md; safetensors: its README.
ModelFile open_file(const std::filesystem::path& path);

ModelFile open_gguf(const std::filesystem::path& path);
ModelFile open_safetensors(const std::filesystem::path& file_or_folder);

// Bytes that `count` elements of a type take, or 0 when the type is unknown or count does not fill its blocks.
std::uint64_t stored_bytes(std::string_view type, std::uint64_t count);

}  // namespace maru::io
