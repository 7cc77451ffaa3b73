#pragma once
// The tensors of a dictionary that torch.save wrote, with their bytes.
#include <memory>

#include "maru/io/model_file.h"
#include "maru/io/torch_container.h"

namespace maru::io {

// The tensors of one file, in its order. What lies row by row is used in place, and shares its bytes with whoever shares its storage; a
// transposed view is copied into memory of its own. Notes say what was left out or renamed. Throws Error naming file and tensor.
std::vector<StoredTensor> torch_tensors(const std::shared_ptr<const MappedFile>& mapped, std::vector<Phrase>& notes);

}  // namespace maru::io
