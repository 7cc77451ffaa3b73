#pragma once
// How long work reports itself. The library calls it; only the command line prints.
#include <cstdint>
#include <functional>
#include <string_view>

namespace maru {

struct Progress {
  std::string_view what;      // "embedding", "reading", "downloading"
  std::uint64_t done = 0;
  std::uint64_t total = 0;    // 0 when unknown
  std::string_view unit;      // "bytes", "chunks", "files"
};
using OnProgress = std::function<void(const Progress&)>;  // may be empty

}  // namespace maru
