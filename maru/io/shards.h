#pragma once
// A model in several files, and the index that says which tensor lies in which. Knows nothing of how a file holds tensors.
// Format: Hugging Face's NAME.index.json, {"weight_map": {tensor: file}}.
#include <filesystem>
#include <functional>
#include <string_view>

#include "maru/io/model_file.h"

namespace maru::io {

constexpr std::size_t kMostTensorName = 1'024;
// 1 to kMostTensorName bytes without control characters.
bool is_tensor_name(std::string_view name);

// Opens a file and adds it and its tensors to the model.
using AddFile = std::function<void(const std::filesystem::path& file, ModelFile& model)>;

// Adds every file that the index names; their names end in `ending`. Throws Error where index and files differ.
void add_shards(const std::filesystem::path& index, std::string_view ending, const AddFile& add, ModelFile& model);

}  // namespace maru::io
