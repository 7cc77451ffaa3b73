#pragma once
// A GGUF again in other number formats: metadata as it is, weights decoded and encoded a few rows at a time on every thread.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/phrase.h"
#include "maru/base/progress.h"

namespace maru::convert {

struct QuantiseOptions {
  bool overwrite = false;            // a file at `out` may be replaced
  OnProgress progress = {};          // "quantising", in bytes of the new file
  const Cancel* cancel = nullptr;
};

struct QuantisedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::string from, wanted, to;      // formats; `wanted` differs from `to` where rows do not fill the blocks of `wanted`
  std::uint64_t bytes_before = 0, bytes = 0;
  double error = 0;                  // root mean square of the differences, over that of the values; 0 when copied
};

struct QuantiseReport {
  std::vector<QuantisedTensor> tensors;
  std::uint64_t weights = 0;         // numbers in all tensors
  std::uint64_t bytes_before = 0, bytes = 0;  // of the files
  std::vector<Phrase> notes;         // rows that did not fit, weights that were quantised before
};

// `type`: a recipe of mixtures.h. Throws Error before anything is written for a file that is no GGUF, an unknown type, a tensor that this
// program cannot decode, an `out` that is there or is the file itself; later for a weight that is not a finite number or too large for
// its format. The file appears only when it is whole.
QuantiseReport quantise(const std::filesystem::path& in, const std::filesystem::path& out, std::string_view type,
    const QuantiseOptions& options = {});

}  // namespace maru::convert
