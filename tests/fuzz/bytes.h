#pragma once
// Writes small GGUF and safetensors files for seeds.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace maru::fuzz {

struct Bytes {
  std::string out;
  template <class T>
    requires std::is_arithmetic_v<T>
  Bytes& number(T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Bytes& text(std::string_view value) {  // with its length before it, as GGUF does
    number(std::uint64_t(value.size()));
    out += value;
    return *this;
  }
  void pad(std::size_t multiple) { out.resize((out.size() + multiple - 1) / multiple * multiple, '\0'); }
};

}  // namespace maru::fuzz
