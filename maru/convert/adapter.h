#pragma once
// Low-rank adapters, read and held against the model they change: W + (alpha / r) · B · A.  Hu et al. 2021.
// Two kinds of files: PEFT's folder (adapter_config.json with adapter_model.safetensors) and llama.cpp's GGUF of general.type "adapter".
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "maru/base/phrase.h"
#include "maru/io/model_file.h"

namespace maru::convert {

// One change of one matrix of the model: row r of the tensor, as the model's file has it, grows by
// scale · left[source_row(r)] · right.
struct LowRank {
  struct Factor {
    io::StoredTensor tensor;
    bool transposed = false;         // as stored it lies the other way round
  };
  std::string tensor;                // of the model's file
  Factor left, right;                // [rows, rank], [rank, width]
  std::int64_t rows = 0, rank = 0, width = 0;
  float scale = 1;
  std::function<std::int64_t(std::int64_t row)> source_row = {};   // empty: the same
  // A factor's values, row by row as it is used.
  static std::vector<float> values(const Factor& factor);
};

struct Adapter {
  std::filesystem::path path;
  std::vector<LowRank> changes;
  std::vector<Phrase> notes;
};

// A factor more than this times the product of A and B is no training's outcome but a damaged file.
inline constexpr double kLargestScale = 1e4;

// `path`: PEFT's folder or a GGUF. Every number of it is looked at. Throws Error (invalid) naming file and tensor: a rank of 0 or other
// than the configuration says, shapes that do not multiply or do not fit the model, a tensor that the model does not have, another family,
// NaN or infinity, a scale over kLargestScale, what is no LoRA (DoRA, biases, whole tensors).
Adapter read_adapter(const std::filesystem::path& path, const io::ModelFile& model);

}  // namespace maru::convert
