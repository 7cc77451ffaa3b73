#pragma once
// NumPy's file of one array: a header in text, then the numbers as they lie in memory.  NEP 1, version 1.0.
#include <cstdint>
#include <filesystem>
#include <span>

namespace maru::io {

// Little-endian f32 in C order. Throws Error (io).
void write_npy(const std::filesystem::path& path, std::span<const std::int64_t> shape, std::span<const float> values);

}  // namespace maru::io
