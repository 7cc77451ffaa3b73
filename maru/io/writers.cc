// GGUF and safetensors on their way out. Sizes are known before the first byte, so that a full disk is told at once.
#include "maru/io/writers.h"

#include <cstring>
#include <set>

#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/io/types.h"

namespace maru::io {
namespace {

constexpr std::uint64_t kAlignment = 32;
constexpr std::size_t kMostNameBytes = 63;

template <class T>
void put_number(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, std::uint64_t(text.size()));
  out += text;
}

// The kinds of values by the numbers that the format gives them.
enum Kind : std::uint32_t { u8 = 0, u32 = 4, i32 = 5, f32 = 6, boolean = 7, text = 8, list = 9 };

template <class T>
GgufEntry scalar(std::string_view key, Kind kind, T value) {
  GgufEntry entry{std::string(key), {}};
  put_number(entry.stored, std::uint32_t(kind));
  put_number(entry.stored, value);
  return entry;
}

template <class T>
GgufEntry numbers(std::string_view key, Kind kind, std::span<const T> values) {
  GgufEntry entry{std::string(key), {}};
  put_number(entry.stored, std::uint32_t(list));
  put_number(entry.stored, std::uint32_t(kind));
  put_number(entry.stored, std::uint64_t(values.size()));
  entry.stored.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return entry;
}

std::uint64_t padded(std::uint64_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

// The bytes of each tensor.
std::vector<std::uint64_t> sizes_of(const std::filesystem::path& path, std::span<const NewTensor> tensors, bool gguf) {
  std::vector<std::uint64_t> sizes;
  std::set<std::string_view> names;
  for (const NewTensor& t : tensors) {
    check(names.insert(t.name).second, "{}: the tensor {} stands twice", path.string(), t.name);
    const StoredType* const type = type_by_name(t.type);
    check(type && (gguf ? type->gguf_id >= 0 : type->safetensors), "{}: tensor {}: {} files know no type {}", path.string(), t.name,
          gguf ? "GGUF" : "safetensors", t.type);
    check(!gguf || (t.name.size() <= kMostNameBytes && !t.shape.empty() && t.shape.size() <= 4),
          "{}: tensor {}: GGUF takes names of up to {} bytes and 1 to 4 dimensions, got {} bytes and {} dimensions", path.string(), t.name,
          kMostNameBytes, t.name.size(), t.shape.size());
    std::optional<std::uint64_t> count = 1;
    for (const std::int64_t dim : t.shape) count = count && dim >= 0 ? product(*count, std::uint64_t(dim)) : std::nullopt;
    check(count && (t.shape.empty() || std::uint64_t(t.shape.back()) % type->block == 0), "{}: tensor {}: rows of {} elements do not fill blocks of {} ({})",
          path.string(), t.name, t.shape.empty() ? 1 : t.shape.back(), type->block, type->name);
    const auto size = bytes_of(*type, *count);
    check(size.has_value(), "{}: tensor {}: takes more than 2^63 - 1 bytes", path.string(), t.name);
    sizes.push_back(*size);
  }
  return sizes;
}

void check_room(const std::filesystem::path& path, std::uint64_t size) {
  const std::uint64_t room = free_space(path);
  check(size <= room, "{}: takes {} MB, but only {} MB are free there; make room or write to another disk", path.string(), size / 1'000'000 + 1,
        room / 1'000'000);
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

void write_tensors(NewFile& file, const std::filesystem::path& path, std::span<const NewTensor> tensors, std::span<const std::uint64_t> sizes, bool pad,
                   std::uint64_t total, const WriteOptions& options) {
  const std::string zeros(kAlignment, '\0');
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::uint64_t given = 0;
    tensors[i].fill([&](std::span<const std::byte> piece) {
      if (options.cancel) options.cancel->check();
      given += piece.size();
      check(given <= sizes[i], "{}: tensor {}: got {} bytes or more, expected {}", path.string(), tensors[i].name, given, sizes[i]);
      file.append(piece);
      if (options.progress) options.progress({.what = "writing", .done = file.size(), .total = total, .unit = "bytes"});
    });
    check(given == sizes[i], "{}: tensor {}: got {} bytes, expected {}", path.string(), tensors[i].name, given, sizes[i]);
    if (pad) file.append(bytes_of(std::string_view(zeros).substr(0, padded(given) - given)));
  }
  file.publish();
}

}  // namespace

GgufEntry gguf_u32(std::string_view key, std::uint32_t value) { return scalar(key, u32, value); }
GgufEntry gguf_f32(std::string_view key, float value) { return scalar(key, f32, value); }
GgufEntry gguf_boolean(std::string_view key, bool value) { return scalar(key, boolean, std::uint8_t(value)); }
GgufEntry gguf_i32s(std::string_view key, std::span<const std::int32_t> values) { return numbers(key, i32, values); }
GgufEntry gguf_f32s(std::string_view key, std::span<const float> values) { return numbers(key, f32, values); }
GgufEntry gguf_bytes(std::string_view key, std::span<const std::byte> values) { return numbers(key, u8, values); }

GgufEntry gguf_text(std::string_view key, std::string_view value) {
  GgufEntry entry{std::string(key), {}};
  put_number(entry.stored, std::uint32_t(text));
  put_text(entry.stored, value);
  return entry;
}

GgufEntry gguf_texts(std::string_view key, std::span<const std::string> values) {
  GgufEntry entry{std::string(key), {}};
  put_number(entry.stored, std::uint32_t(list));
  put_number(entry.stored, std::uint32_t(text));
  put_number(entry.stored, std::uint64_t(values.size()));
  for (const std::string& value : values) put_text(entry.stored, value);
  return entry;
}

void write_gguf(const std::filesystem::path& path, std::span<const GgufEntry> entries, std::span<const NewTensor> tensors, const WriteOptions& options) {
  const std::vector<std::uint64_t> sizes = sizes_of(path, tensors, true);
  std::string header = "GGUF";
  put_number(header, std::uint32_t{3});
  put_number(header, std::uint64_t(tensors.size()));
  put_number(header, std::uint64_t(entries.size()));
  std::set<std::string_view> keys;
  for (const GgufEntry& entry : entries) {
    check(keys.insert(entry.key).second, "{}: the key {} stands twice", path.string(), entry.key);
    put_text(header, entry.key);
    header += entry.stored;
  }
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    put_text(header, tensors[i].name);
    put_number(header, std::uint32_t(tensors[i].shape.size()));
    for (auto dim = tensors[i].shape.rbegin(); dim != tensors[i].shape.rend(); ++dim) put_number(header, std::uint64_t(*dim));
    put_number(header, std::uint32_t(type_by_name(tensors[i].type)->gguf_id));
    put_number(header, offset);
    offset += padded(sizes[i]);
  }
  header.resize(padded(header.size()));
  check_room(path, header.size() + offset);
  NewFile file(path);
  file.append(bytes_of(header));
  write_tensors(file, path, tensors, sizes, true, header.size() + offset, options);
}

void write_safetensors(const std::filesystem::path& path, std::span<const NewTensor> tensors, const std::map<std::string, std::string>& metadata,
                       const WriteOptions& options) {
  const std::vector<std::uint64_t> sizes = sizes_of(path, tensors, false);
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    header[tensors[i].name] = {{"dtype", tensors[i].type}, {"shape", tensors[i].shape}, {"data_offsets", {offset, offset + sizes[i]}}};
    offset += sizes[i];
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data lies on a multiple of eight
  std::string start;
  put_number(start, std::uint64_t(text.size()));
  start += text;
  check_room(path, start.size() + offset);
  NewFile file(path);
  file.append(bytes_of(start));
  write_tensors(file, path, tensors, sizes, false, start.size() + offset, options);
}

std::function<void(const Put&)> whole(std::span<const std::byte> bytes) {
  return [bytes](const Put& put) {
    constexpr std::size_t piece = std::size_t{8} << 20;  // so that progress moves and Ctrl-C is heard
    for (std::size_t at = 0; at < bytes.size(); at += piece) put(bytes.subspan(at, std::min(piece, bytes.size() - at)));
  };
}

}  // namespace maru::io
