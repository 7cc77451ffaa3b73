#pragma once
// The Arrow module, maru_arrow.so: Parquet and Arrow IPC files as streams of rows. It is loaded when the first such file is opened, because
// linking the Arrow library into the program would make every start 7 ms slower, and because the program works without it.
#include <cstdint>
#include <filesystem>
#include <memory>

#include "maru/data/data.h"

namespace maru::data {

// What both sides must have been built with alike; a module of another build is refused instead of misread.
constexpr std::uint64_t kArrowModuleLayout =
    1'000'000'000 + sizeof(Field) * 1'000'000 + sizeof(Column) * 10'000 + sizeof(Batch) * 1'000 + sizeof(ReadOptions);

struct ArrowModule {
  std::unique_ptr<Stream> (*parquet)(const std::filesystem::path& path, const ReadOptions& options);
  std::unique_ptr<Stream> (*ipc)(const std::filesystem::path& path, const ReadOptions& options);
};
// The module's only symbol: nothing when the layouts differ.
using ArrowModuleEntry = const ArrowModule* (*)(std::uint64_t layout);
constexpr const char* kArrowModuleEntry = "maru_arrow_module";

// Loads the module from the program's folder or from ../lib/maru beside it. Throws Error (not_found) saying what is missing and how to get
// it, naming `path`, the file that somebody wants to read.
const ArrowModule& arrow_module(const std::filesystem::path& path);

}  // namespace maru::data
