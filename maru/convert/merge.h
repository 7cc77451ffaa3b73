#pragma once
// A model with low-rank adapters added to its weights, as a new file of the same kind: computed in f32 and stored in the weights' own
// types. A weight that was quantised becomes F16, since rounding to its old steps could lose the change; quantise() makes the file small
// again.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"

namespace maru::convert {

struct MergeOptions {
  OnProgress progress = {};          // "merging", in bytes of the new file
  const Cancel* cancel = nullptr;
};

struct MergeReport {
  std::size_t tensors = 0, changed = 0, widened = 0;   // of the file; that an adapter changes; of these, quantised ones that became F16
  std::uint64_t bytes_before = 0, bytes = 0;           // of the weights
  double change = 0;                 // root of the sum of squares of what was added, over that of the weights that were changed
  std::vector<Phrase> notes;
};

inline constexpr std::size_t kMostAdapters = 16;

// `model`: a GGUF -> `out`, a GGUF; a folder of safetensors -> `out`, a new folder with everything around the weights. Throws Error before
// anything is written for what read_adapter() refuses and for more than kMostAdapters; later for a sum that is not finite or too large for
// its type. `out` appears only when it is whole.
MergeReport merge(const std::filesystem::path& model, std::span<const std::filesystem::path> adapters, const std::filesystem::path& out,
                  const MergeOptions& options = {});

}  // namespace maru::convert
