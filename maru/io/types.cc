// The table of stored types.  ggml ggml-common.h (block sizes); safetensors README (dtypes).
#include "maru/io/types.h"

#include <algorithm>
#include <array>
#include <limits>

namespace maru::io {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();

constexpr std::array kTypes = std::to_array<StoredType>({
    {"F32", 0, true, 1, 4},          {"F16", 1, true, 1, 2},          {"Q4_0", 2, false, 32, 18},      {"Q4_1", 3, false, 32, 20},
    {"Q5_0", 6, false, 32, 22},      {"Q5_1", 7, false, 32, 24},      {"Q8_0", 8, false, 32, 34},      {"Q8_1", 9, false, 32, 36},
    {"Q2_K", 10, false, 256, 84},    {"Q3_K", 11, false, 256, 110},   {"Q4_K", 12, false, 256, 144},   {"Q5_K", 13, false, 256, 176},
    {"Q6_K", 14, false, 256, 210},   {"Q8_K", 15, false, 256, 292},   {"IQ2_XXS", 16, false, 256, 66}, {"IQ2_XS", 17, false, 256, 74},
    {"IQ3_XXS", 18, false, 256, 98}, {"IQ1_S", 19, false, 256, 50},   {"IQ4_NL", 20, false, 32, 18},   {"IQ3_S", 21, false, 256, 110},
    {"IQ2_S", 22, false, 256, 82},   {"IQ4_XS", 23, false, 256, 136}, {"I8", 24, true, 1, 1},          {"I16", 25, true, 1, 2},
    {"I32", 26, true, 1, 4},         {"I64", 27, true, 1, 8},         {"F64", 28, true, 1, 8},         {"IQ1_M", 29, false, 256, 56},
    {"BF16", 30, true, 1, 2},        {"TQ1_0", 34, false, 256, 54},   {"TQ2_0", 35, false, 256, 66},   {"MXFP4", 39, false, 32, 17},
    {"BOOL", -1, true, 1, 1},        {"U8", -1, true, 1, 1},          {"U16", -1, true, 1, 2},         {"U32", -1, true, 1, 4},
    {"U64", -1, true, 1, 8},         {"C64", -1, true, 1, 8},         {"F8_E4M3", -1, true, 1, 1},     {"F8_E5M2", -1, true, 1, 1},
    {"F8_E8M0", -1, true, 1, 1},     {"F6_E2M3", -1, true, 4, 3},     {"F6_E3M2", -1, true, 4, 3},     {"F4", -1, true, 2, 1},
});

const StoredType* found(auto claim) {
  const auto at = std::find_if(kTypes.begin(), kTypes.end(), claim);
  return at == kTypes.end() ? nullptr : &*at;
}

}  // namespace

const StoredType* type_by_name(std::string_view name) {
  return found([name](const StoredType& type) { return type.name == name; });
}

const StoredType* type_by_gguf_id(std::uint32_t id) {
  return found([id](const StoredType& type) { return type.gguf_id >= 0 && std::uint32_t(type.gguf_id) == id; });
}

std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result) || result > kMost) return std::nullopt;
  return result;
}

std::optional<std::uint64_t> sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_add_overflow(a, b, &result) || result > kMost) return std::nullopt;
  return result;
}

std::optional<std::uint64_t> bytes_of(const StoredType& type, std::uint64_t count) {
  if (count % type.block != 0) return std::nullopt;
  return product(count / type.block, type.bytes);
}

}  // namespace maru::io
