// The few keys of a GGUF's head that decide about memory. Reads a cut file as far as it goes: io's reader wants it whole and checks all of
// it. Format: ggml docs/gguf.md.
#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "maru/hub/fit.h"

namespace maru::hub {
namespace {

// Takes numbers and texts off the front; `cut` once there is too little.
class Head {
 public:
  explicit Head(std::span<const std::byte> bytes) : rest_(bytes) {}
  bool cut() const { return cut_; }
  template <class T>
  T number() {
    T value{};
    if (const auto bytes = take(sizeof(T)); bytes.size() == sizeof(T)) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  std::string_view text() {
    const auto bytes = take(number<std::uint64_t>());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::span<const std::byte> take(std::uint64_t size) {
    cut_ = cut_ || size > rest_.size();
    if (cut_) return {};
    const auto part = rest_.first(size);
    rest_ = rest_.subspan(size);
    return part;
  }

 private:
  std::span<const std::byte> rest_;
  bool cut_ = false;
};

constexpr std::uint32_t kText = 8, kList = 9;

std::uint64_t size_of(std::uint32_t type) {
  constexpr std::uint64_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type < std::size(kSizes) ? kSizes[type] : 0;
}

std::int64_t integer(Head& head, std::uint32_t type) {
  switch (type) {
    case 0: return head.number<std::uint8_t>();
    case 1: return head.number<std::int8_t>();
    case 2: return head.number<std::uint16_t>();
    case 3: return head.number<std::int16_t>();
    case 4: return head.number<std::uint32_t>();
    case 5: return head.number<std::int32_t>();
    case 10:
    case 11: return head.number<std::int64_t>();
    default: head.take(size_of(type)); return 0;
  }
}

// Numbers by key without the architecture in front: "block_count". A list counts as its greatest number: heads of each layer.
struct Keys {
  std::string_view architecture;
  std::map<std::string_view, std::int64_t> numbers;
  std::int64_t at(std::string_view key) const {
    const auto found = numbers.find(key);
    return found != numbers.end() && found->second > 0 && found->second < (std::int64_t{1} << 32) ? found->second : 0;
  }
};

void read_value(Head& head, std::string_view key, Keys& keys) {
  const auto type = head.number<std::uint32_t>();
  const std::string_view last = key.substr(std::min(key.find('.') + 1, key.size()));
  if (type == kText) {
    const std::string_view text = head.text();
    if (key == "general.architecture") keys.architecture = text;
    return;
  }
  if (type != kList) {
    if (size_of(type) == 0) head.take(~std::uint64_t{0});  // an unknown type: its length is unknown as well
    else keys.numbers[last] = integer(head, type);
    return;
  }
  const auto inner = head.number<std::uint32_t>();
  const auto count = head.number<std::uint64_t>();
  if (inner == kText) {
    if (last == "tokens") keys.numbers["vocab_size"] = std::int64_t(std::min<std::uint64_t>(count, 1u << 31));
    for (std::uint64_t i = 0; i < count && !head.cut(); ++i) head.text();
  } else if (count <= 4096 && size_of(inner) > 0) {
    std::int64_t greatest = 0;
    for (std::uint64_t i = 0; i < count; ++i) greatest = std::max(greatest, integer(head, inner));
    keys.numbers[last] = greatest;
  } else {
    const bool fits = size_of(inner) > 0 && count < (std::uint64_t{1} << 40);
    head.take(fits ? count * size_of(inner) : ~std::uint64_t{0});
  }
}

}  // namespace

std::optional<Shape> shape_of_gguf(std::span<const std::byte> bytes, std::uint64_t weight_bytes) {
  if (bytes.size() < 24 || std::memcmp(bytes.data(), "GGUF", 4) != 0) return std::nullopt;
  Head head(bytes.subspan(8));
  head.number<std::uint64_t>();  // tensors
  const auto count = head.number<std::uint64_t>();
  Keys keys;
  for (std::uint64_t i = 0; i < count && !head.cut(); ++i) {
    const std::string_view key = head.text();
    if (!head.cut()) read_value(head, key, keys);
  }
  Shape shape{.weight_bytes = weight_bytes};
  const std::int64_t heads = keys.at("attention.head_count"), hidden = keys.at("embedding_length");
  shape.generates = keys.architecture.find("bert") == std::string_view::npos;
  shape.layers = keys.at("block_count");
  shape.kv_heads = keys.at("attention.head_count_kv") > 0 ? keys.at("attention.head_count_kv") : heads;
  shape.head = keys.at("attention.key_length");
  if (shape.head == 0 && heads > 0) shape.head = hidden / heads;
  shape.context = keys.at("context_length");
  const std::int64_t width = keys.at("expert_feed_forward_length");
  shape.active = active_part(double(hidden), double(shape.layers), double(keys.at("expert_count")), double(keys.at("expert_used_count")),
                             double(width > 0 ? width : keys.at("feed_forward_length")), double(keys.at("vocab_size")));
  return shape;
}

}  // namespace maru::hub
