#pragma once
// Model files on their way out: GGUF and safetensors, written tensor by tensor, so that a file of any size takes the memory of one piece.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"

namespace maru::io {

using Put = std::function<void(std::span<const std::byte>)>;

// A tensor to be written. `fill` gives its bytes in order, in pieces of any size; together they must be what type and shape need.
struct NewTensor {
  std::string name;
  std::vector<std::int64_t> shape;   // outermost first
  std::string type;                  // "F32", "Q4_K" …
  std::function<void(const Put&)> fill;
};

// A key of a GGUF with its value as the file stores it: type and bytes. Files keep more kinds of numbers than Metadata tells apart, so
// what is copied from one file to another is copied in this form.
struct GgufEntry {
  std::string key;
  std::string stored;
};
GgufEntry gguf_u32(std::string_view key, std::uint32_t value);
GgufEntry gguf_f32(std::string_view key, float value);
GgufEntry gguf_boolean(std::string_view key, bool value);
GgufEntry gguf_text(std::string_view key, std::string_view value);
GgufEntry gguf_texts(std::string_view key, std::span<const std::string> values);
GgufEntry gguf_i32s(std::string_view key, std::span<const std::int32_t> values);
GgufEntry gguf_f32s(std::string_view key, std::span<const float> values);
GgufEntry gguf_bytes(std::string_view key, std::span<const std::byte> values);

struct WriteOptions {
  OnProgress progress = {};          // "writing", in bytes
  const Cancel* cancel = nullptr;
};

// Throw Error before the first byte when a name stands twice, a type is unknown or the disk has no room for the whole; later when `fill`
// gives more or less than it should. The file appears only when it is whole.
// GGUF v3: ggml docs/gguf.md; safetensors: its README.
void write_gguf(const std::filesystem::path& path, std::span<const GgufEntry> entries, std::span<const NewTensor> tensors, const WriteOptions& options = {});
void write_safetensors(const std::filesystem::path& path, std::span<const NewTensor> tensors, const std::map<std::string, std::string>& metadata = {},
                       const WriteOptions& options = {});

// Values that lie in memory, as `fill` takes them; the caller keeps them alive.
std::function<void(const Put&)> whole(std::span<const std::byte> bytes);

}  // namespace maru::io
