#pragma once
// How the elements of each stored type lie on disk; the names and sizes of both file formats.
#include <cstdint>
#include <optional>
#include <string_view>

namespace maru::io {

struct StoredType {
  std::string_view name;
  int gguf_id;          // -1: only safetensors has it
  bool safetensors;     // false: only GGUF has it
  std::uint64_t block;  // elements per block
  std::uint64_t bytes;  // bytes per block
};

// Null when there is none. Ids 4, 5, 31–33 and 36–38 were taken out of GGUF and are unknown.
const StoredType* type_by_name(std::string_view name);
const StoredType* type_by_gguf_id(std::uint32_t id);

// Nothing when `count` does not fill whole blocks or the bytes do not fit into 63 bits.
std::optional<std::uint64_t> bytes_of(const StoredType& type, std::uint64_t count);

// a*b and a+b for numbers from a file: nothing when the result does not fit into 63 bits.
std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b);
std::optional<std::uint64_t> sum(std::uint64_t a, std::uint64_t b);

}  // namespace maru::io
