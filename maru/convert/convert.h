#pragma once
// Models from one kind of file to the other: a folder of safetensors to a GGUF and back, by the tables of each architecture.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"

namespace maru::convert {

struct Options {
  // What weights become: "F32", "F16" or "BF16"; empty: they stay as they are, and what safetensors cannot hold becomes F32.
  std::string type;
  OnProgress progress = {};
  const Cancel* cancel = nullptr;
};

struct Report {
  std::string architecture;
  std::size_t tensors = 0;
  std::uint64_t bytes = 0;           // of what was written
  std::vector<Phrase> notes;         // what the other kind of file cannot say
};

// What is written is run beside the original on a few ids before it appears; a difference of more than rounding is an Error.

// A folder of safetensors with config.json and tokenizer.json -> a GGUF that llama.cpp opens. Vectors (norms, biases) are F32 there.
// Throws Error for a family that GGUF does not know, a tensor without a name there, a tokenizer of another kind than byte-level BPE or
// WordPiece.
Report to_gguf(const std::filesystem::path& folder, const std::filesystem::path& out, const Options& options = {});

// A GGUF -> a new folder with config.json, model.safetensors, tokenizer.json and tokenizer_config.json. Throws Error when the folder is there.
Report to_safetensors(const std::filesystem::path& gguf, const std::filesystem::path& folder, const Options& options = {});

// A folder with pytorch_model.bin (or its shards) -> a new one with the same tensors in model.safetensors and the files around them. Throws Error
// when the folder is there.
Report torch_to_safetensors(const std::filesystem::path& folder, const std::filesystem::path& out, const Options& options = {});

}  // namespace maru::convert
