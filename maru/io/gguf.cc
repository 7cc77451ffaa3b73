// GGUF versions 2 and 3: every count, length and offset is checked against the file before memory is taken for it. What a key
// means to a model is not known here.  Format: ggml docs/gguf.md.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "maru/base/unicode.h"
#include "maru/io/model_file.h"
#include "maru/io/types.h"

namespace maru::io {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied from the file as they lie");

constexpr std::uint64_t kMostKeys = 65'536, kMostTensors = 100'000;
constexpr std::uint64_t kSmallestKey = 13, kSmallestTensor = 25;  // bytes of the shortest possible entry
constexpr std::uint64_t kMostKeyBytes = 64 << 10, kMostTextBytes = 64 << 20, kMostMetadataBytes = 256 << 20;
constexpr std::uint64_t kMostNameBytes = 63, kMostDims = 4, kMostDim = std::uint64_t{1} << 40;
constexpr std::uint64_t kLeastAlignment = 8, kMostAlignment = 64 << 10, kUsualAlignment = 32;

enum class Kind : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, text, list, u64, i64, f64 };

std::uint64_t size_of(Kind kind) {
  switch (kind) {
    case Kind::u8:
    case Kind::i8:
    case Kind::boolean: return 1;
    case Kind::u16:
    case Kind::i16: return 2;
    case Kind::u32:
    case Kind::i32:
    case Kind::f32: return 4;
    default: return 8;  // a text begins with its length
  }
}

bool control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Text of the file as it may stand in an error: short, valid and without control characters.
std::string shown(std::string_view text) {
  std::size_t replaced = 0;
  std::string out = unicode::repaired(text.substr(0, 80), replaced);
  std::replace_if(out.begin(), out.end(), control, '?');
  return out;
}

class Reader {
 public:
  explicit Reader(std::shared_ptr<const MappedFile> file)
      : file_(std::move(file)), bytes_(file_->bytes()), where_(file_->path().string()) {}

  ModelFile read() {
    ModelFile model;
    model.path = file_->path();
    model.gguf = true;
    model.metadata = Metadata(where_);
    model.files = {file_};
    const auto [tensors, keys] = header();
    for (std::uint64_t i = 0; i < keys; ++i) key_value(model);
    check_vocabulary(model.metadata);
    check_whole(model.metadata);
    std::vector<std::uint64_t> offsets;
    model.tensors.reserve(tensors);
    offsets.reserve(tensors);
    for (std::uint64_t i = 0; i < tensors; ++i) model.tensors.push_back(tensor(i, offsets));
    place(model.tensors, offsets);
    return model;
  }

 private:
  struct Counts {
    std::uint64_t tensors, keys;
  };

  std::uint64_t remaining() const { return bytes_.size() - at_; }

  void need(std::uint64_t size, std::string_view field) const {
    check(size <= remaining(), "{}: {}: needs {} bytes at byte {}, but only {} are left; the file is cut short, bring it again",
          where_, field, size, at_, remaining());
  }

  template <class T>
  T number(std::string_view field) {
    need(sizeof(T), field);
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  std::string_view text(std::string_view field, std::uint64_t most) {
    const auto size = number<std::uint64_t>(field);
    check(size <= most, "{}: {}: a text of {} bytes, expected at most {}", where_, field, size, most);
    need(size, field);
    const std::string_view value(reinterpret_cast<const char*>(bytes_.data() + at_), size);
    at_ += size;
    return value;
  }

  std::string_view name(std::string_view field, std::uint64_t most) {
    const std::string_view value = text(field, most);
    const bool plain = !unicode::first_invalid(value) && std::none_of(value.begin(), value.end(), control);
    check(!value.empty() && plain, "{}: {}: expected a name in UTF-8 without control characters, got \"{}\"", where_, field, shown(value));
    return value;
  }

  Counts header() {
    check(bytes_.size() >= 24, "{}: is not a GGUF file: it has {} bytes, the header alone takes 24", where_, bytes_.size());
    check(std::memcmp(bytes_.data(), "GGUF", 4) == 0, "{}: is not a GGUF file: it does not begin with \"GGUF\"", where_);
    at_ = 4;
    const auto version = number<std::uint32_t>("version");
    check(version == 0 || (version & 0xFFFF) != 0,
          "{}: version {:#x}: the file is written for big-endian machines; bring the little-endian one", where_, version);
    check(version == 2 || version == 3, "{}: GGUF version {}: expected 2 or 3; convert the model again with a current tool", where_,
          version);
    const auto tensors = number<std::uint64_t>("tensor count"), keys = number<std::uint64_t>("key count");
    check(keys <= kMostKeys, "{}: key count: expected at most {}, got {}", where_, kMostKeys, keys);
    check(tensors <= kMostTensors, "{}: tensor count: expected at most {}, got {}", where_, kMostTensors, tensors);
    check(keys * kSmallestKey + tensors * kSmallestTensor <= remaining(),
          "{}: {} keys and {} tensors cannot stand in the {} bytes behind the header; the file is cut short, bring it again",
          where_, keys, tensors, remaining());
    return {tensors, keys};
  }

  Kind kind(std::string_view key) {
    const auto id = number<std::uint32_t>(key);
    check(id <= std::uint32_t(Kind::f64), "{}: {}: unknown value type {}", where_, key, id);
    return Kind(id);
  }

  void key_value(ModelFile& model) {
    Metadata& metadata = model.metadata;
    const std::string_view key = name("key", kMostKeyBytes);
    check(!metadata.has(key), "{}: the key {} stands twice", where_, key);
    charge(key, key.size() + sizeof(Value));
    const std::uint64_t begin = at_;
    const Kind type = kind(key);
    if (key == "general.alignment") {
      check(type == Kind::u32, "{}: {}: expected the type u32 (4), got {}", where_, key, std::uint32_t(type));
    }
    metadata.set(std::string(key), type == Kind::list ? list(key) : scalar(key, type));
    model.entries.emplace_back(key, bytes_.subspan(begin, at_ - begin));
    if (key == "general.alignment") set_alignment(std::uint64_t(metadata.integer(key, 0, std::numeric_limits<std::uint32_t>::max())));
  }

  void set_alignment(std::uint64_t alignment) {
    check(std::has_single_bit(alignment) && alignment >= kLeastAlignment && alignment <= kMostAlignment,
          "{}: general.alignment: expected a power of two from {} to {}, got {}", where_, kLeastAlignment, kMostAlignment, alignment);
    alignment_ = alignment;
  }

  // Memory that the metadata will take, asked for before it is taken.
  void charge(std::string_view key, std::uint64_t bytes) {
    check(bytes <= budget_, "{}: {}: the metadata would take more than {} bytes", where_, key, kMostMetadataBytes);
    budget_ -= bytes;
  }

  std::int64_t integer(std::string_view key, Kind type) {
    switch (type) {
      case Kind::u8: return number<std::uint8_t>(key);
      case Kind::i8: return number<std::int8_t>(key);
      case Kind::u16: return number<std::uint16_t>(key);
      case Kind::i16: return number<std::int16_t>(key);
      case Kind::u32: return number<std::uint32_t>(key);
      case Kind::i32: return number<std::int32_t>(key);
      case Kind::i64: return number<std::int64_t>(key);
      case Kind::boolean: return truth(key);
      default: break;
    }
    const auto value = number<std::uint64_t>(key);
    check(value <= std::uint64_t(std::numeric_limits<std::int64_t>::max()), "{}: {}: {} is beyond 2^63 - 1", where_, key, value);
    return std::int64_t(value);
  }

  bool truth(std::string_view key) {
    const auto value = number<std::uint8_t>(key);
    check(value <= 1, "{}: {}: a truth value is 0 or 1, got {}", where_, key, value);
    return value == 1;
  }

  double real(std::string_view key, Kind type) { return type == Kind::f32 ? double(number<float>(key)) : number<double>(key); }

  Value scalar(std::string_view key, Kind type) {
    if (type == Kind::text) return text(key, kMostTextBytes);
    if (type == Kind::f32 || type == Kind::f64) return real(key, type);
    if (type == Kind::boolean) return truth(key);
    return integer(key, type);
  }

  Value list(std::string_view key) {
    const Kind type = kind(key);
    check(type != Kind::list, "{}: {}: a list of lists is not allowed", where_, key);
    const auto count = number<std::uint64_t>(key);
    check(count <= remaining() / size_of(type),
          "{}: {}: a list of {} elements does not fit into the {} bytes left; the file is cut short, bring it again",
          where_, key, count, remaining());
    charge(key, count * (type == Kind::text ? sizeof(std::string_view) : sizeof(std::int64_t)));
    if (type == Kind::text) {
      return filled<std::string_view>(count, [&] {
        const std::string_view value = text(key, kMostTextBytes);
        charge(key, value.size());
        return value;
      });
    }
    if (type == Kind::f32 || type == Kind::f64) return filled<double>(count, [&] { return real(key, type); });
    return filled<std::int64_t>(count, [&] { return integer(key, type); });
  }

  template <class T>
  static std::vector<T> filled(std::uint64_t count, auto element) {
    std::vector<T> values;
    values.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) values.push_back(element());
    return values;
  }

  void check_vocabulary(const Metadata& metadata) const {
    if (!metadata.has("tokenizer.ggml.tokens")) return;
    const std::size_t tokens = metadata.strings("tokenizer.ggml.tokens").size();
    const auto same = [&](std::string_view key, std::size_t count) {
      check(count == tokens, "{}: {}: has {} entries, tokenizer.ggml.tokens has {}", where_, key, count, tokens);
    };
    if (constexpr std::string_view key = "tokenizer.ggml.scores"; metadata.has(key)) same(key, metadata.numbers(key).size());
    if (constexpr std::string_view key = "tokenizer.ggml.token_type"; metadata.has(key)) same(key, metadata.integers(key).size());
  }

  void check_whole(const Metadata& metadata) const {
    const auto parts = metadata.integer("split.count", 0, kMostKeys, 0);
    check(parts <= 1, "{}: is one of {} parts of a model; join them into one file (llama-gguf-split --merge) and use that", where_, parts);
  }

  StoredTensor tensor(std::uint64_t number_of_tensor, std::vector<std::uint64_t>& offsets) {
    const std::string_view name_view = name("tensor name", kMostNameBytes);
    check(names_.insert(name_view).second, "{}: the tensor {} stands twice", where_, name_view);
    StoredTensor tensor{.name = std::string(name_view), .shape = {}, .type = {}, .bytes = {}, .file = file_};
    const auto dims = number<std::uint32_t>(name_view);
    check(dims >= 1 && dims <= kMostDims, "{}: tensor {} (number {}): expected 1 to {} dimensions, got {}", where_, name_view,
          number_of_tensor, kMostDims, dims);
    std::uint64_t count = 1;
    for (std::uint32_t i = 0; i < dims; ++i) {
      const auto dim = number<std::uint64_t>(name_view);
      check(dim >= 1 && dim <= kMostDim, "{}: tensor {}: dimension {}: expected 1 to 2^40, got {}", where_, name_view, i, dim);
      const auto all = product(count, dim);
      check(all.has_value(), "{}: tensor {}: its dimensions multiply to more than 2^63 - 1", where_, name_view);
      count = *all;
      tensor.shape.insert(tensor.shape.begin(), std::int64_t(dim));
    }
    const auto id = number<std::uint32_t>(name_view);
    const StoredType* type = type_by_gguf_id(id);
    check(type != nullptr, "{}: tensor {}: unknown type {}", where_, name_view, id);
    const auto row = std::uint64_t(tensor.shape.back());
    check(row % type->block == 0, "{}: tensor {}: rows of {} elements do not fill blocks of {} ({})", where_, name_view, row, type->block,
          type->name);
    const auto size = bytes_of(*type, count);
    check(size.has_value(), "{}: tensor {}: takes more than 2^63 - 1 bytes", where_, name_view);
    tensor.type = type->name;
    sizes_.push_back(*size);
    offsets.push_back(number<std::uint64_t>(name_view));
    return tensor;
  }

  // The first multiple of the alignment at or behind `end`. Never overflows: `end` is below 2^63.
  std::uint64_t padded(std::uint64_t end) const { return (end + alignment_ - 1) & ~(alignment_ - 1); }

  void place(std::vector<StoredTensor>& tensors, const std::vector<std::uint64_t>& offsets) const {
    const std::uint64_t start = padded(at_);
    std::uint64_t expected = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      StoredTensor& tensor = tensors[i];
      check(offsets[i] % alignment_ == 0, "{}: tensor {}: offset {} is no multiple of the alignment {}", where_, tensor.name, offsets[i],
            alignment_);
      check(offsets[i] == expected, "{}: tensor {}: expected at offset {}, directly behind the one before, got {}", where_, tensor.name,
            expected, offsets[i]);
      const auto end = sum(start + expected, sizes_[i]);
      check(end && *end <= bytes_.size(),
            "{}: tensor {}: needs {} bytes at byte {}, but the file has {}; the file is cut short, bring it again", where_,
            tensor.name, sizes_[i], start + expected, bytes_.size());
      tensor.bytes = bytes_.subspan(start + expected, sizes_[i]);
      expected = padded(expected + sizes_[i]);
    }
  }

  std::shared_ptr<const MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string where_;
  std::uint64_t at_ = 0, budget_ = kMostMetadataBytes, alignment_ = kUsualAlignment;
  std::unordered_set<std::string_view> names_;
  std::vector<std::uint64_t> sizes_;
};

}  // namespace

ModelFile open_gguf(const std::filesystem::path& path) { return Reader(MappedFile::open(path)).read(); }

}  // namespace maru::io
