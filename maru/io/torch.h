#pragma once
// Dictionaries of tensors that torch.save wrote (pytorch_model.bin, .pt, .pth), of any version since torch 0.2. Nothing of them is run: every
// name in their pickle outside a short list is an Error. open_file() opens them too; this is for those who want to know more.
#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "maru/io/model_file.h"

namespace maru::io {

// A file with config.json beside it, or a folder with pytorch_model.bin or pytorch_model.bin.index.json. `notes`, where given, is told what was
// renamed or left out on reading. Throws Error naming file and tensor.
ModelFile open_torch(const std::filesystem::path& file_or_folder, std::vector<Phrase>* notes = nullptr);

bool is_torch(std::span<const std::byte> bytes);          // a zip file, torch's older format, or a tar file of before that
bool holds_torch(const std::filesystem::path& folder);    // pytorch_model.bin or its index, and no safetensors

}  // namespace maru::io
