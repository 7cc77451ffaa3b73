// Shapes, tensors, and the pool their activations come from.
#include "maru/tensor/tensor.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <map>
#include <new>

namespace maru {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::int64_t kMostElements = std::int64_t{1} << 50;

// Freed blocks by size class. A mutex, because a tensor may be freed by another thread than the one that made it.
class Pool {
 public:
  std::shared_ptr<Storage> take(std::size_t size) {
    const std::size_t rounded = std::max<std::size_t>(256, size <= 65536 ? std::bit_ceil(size) : (size + 65535) / 65536 * 65536);
    std::byte* block = nullptr;
    {
      const std::lock_guard lock(mutex_);
      auto at = free_.find(rounded);
      if (at != free_.end() && !at->second.empty()) {
        block = at->second.back();
        at->second.pop_back();
        held_ -= rounded;
      }
    }
    if (!block) block = static_cast<std::byte*>(::operator new(rounded, kAlignment));
    std::shared_ptr<const void> owner(block, [this, rounded](const void* p) { give(static_cast<std::byte*>(const_cast<void*>(p)), rounded); });
    return std::make_shared<Storage>(block, size, std::move(owner));
  }
  PoolState state() {
    const std::lock_guard lock(mutex_);
    return {held_, kCap};
  }

 private:
  void give(std::byte* block, std::size_t size) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (held_ + size <= kCap) {
        free_[size].push_back(block);
        held_ += size;
        return;
      }
    }
    ::operator delete(block, kAlignment);
  }
  static constexpr std::size_t kCap = std::size_t{128} << 20;
  std::mutex mutex_;
  std::map<std::size_t, std::vector<std::byte*>> free_;
  std::size_t held_ = 0;
};

// Never destroyed: tensors of static storage may outlive it otherwise.
Pool& pool() {
  static Pool* instance = new Pool;
  return *instance;
}

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> id{1};
  return id.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Shape::Shape(std::initializer_list<std::int64_t> dims) : Shape(std::span<const std::int64_t>(dims.begin(), dims.size())) {}
Shape::Shape(std::span<const std::int64_t> dims) : rank_(int(dims.size())) {
  check(dims.size() <= 4, "shape: at most four dimensions, got {}", dims.size());
  std::ranges::copy(dims, dims_.begin());
  // Checked once, here: size() and the bytes that are taken for it never overflow.
  std::int64_t size = 1;
  for (const std::int64_t dim : dims) {
    check(dim >= 0, "shape {}: a dimension below 0", text());
    check(!__builtin_mul_overflow(size, std::max<std::int64_t>(dim, 1), &size) && size <= kMostElements,
          "shape {}: more than {} numbers, which no memory holds", text(), kMostElements);
  }
}
std::int64_t Shape::size() const {
  std::int64_t n = 1;
  for (int i = 0; i < rank_; ++i) n *= dims_[std::size_t(i)];
  return n;
}
std::string Shape::text() const { return fmt::format("[{}]", fmt::join(dims_.begin(), dims_.begin() + rank_, ", ")); }

Tensor::Tensor(Shape shape) : storage_(pool().take(std::size_t(shape.size()) * sizeof(float))), shape_(shape), id_(next_id()) {}

Tensor Tensor::zeros(Shape shape) {
  Tensor t(shape);
  std::ranges::fill(t.values(), 0.0f);
  return t;
}

Tensor Tensor::of(Shape shape, std::span<const float> values) {
  check(std::size_t(shape.size()) == values.size(), "tensor {}: got {} values", shape.text(), values.size());
  Tensor t(shape);
  std::ranges::copy(values, t.values().begin());
  return t;
}

Tensor Tensor::view(Shape shape, const quant::Format* format, std::span<const std::byte> bytes, std::shared_ptr<const MappedFile> file) {
  const std::size_t count = std::size_t(shape.size());
  const std::size_t block = format ? std::size_t(format->block) : 1, block_bytes = format ? format->bytes : sizeof(float);
  check(count % block == 0 && count / block * block_bytes == bytes.size(), "tensor {} as {}: expected {} bytes, got {}", shape.text(),
        format ? format->name : "F32", count / block * block_bytes, bytes.size());
  Tensor t;
  t.storage_ = std::make_shared<Storage>(const_cast<std::byte*>(bytes.data()), bytes.size(), nullptr, std::move(file));
  t.shape_ = shape;
  t.format_ = format;
  t.id_ = next_id();
  return t;
}

float* Tensor::data() const {
  // Asked for every number in some loops: what the message would say is written only when it is said.
  if (!(!format_)) [[unlikely]] fail(ErrorKind::invalid, "tensor {}: numbers of format {} are packed; decode them first", shape_.text(), format_ ? format_->name : "");
  return reinterpret_cast<float*>(storage_->data() + offset_);
}

Tensor Tensor::reshape(Shape shape) const {
  check(shape.size() == size(), "reshape {} to {}: the sizes differ", shape_.text(), shape.text());
  Tensor t = *this;
  t.shape_ = shape;
  return t;
}

Tensor Tensor::rows(std::int64_t begin, std::int64_t end) const {
  check(0 <= begin && begin <= end && end <= dim(0), "rows [{}, {}) of a tensor {}", begin, end, shape_.text());
  const std::int64_t row = dim(0) ? size() / dim(0) : 0;
  Tensor t = *this;
  std::array<std::int64_t, 4> dims{};
  for (int i = 0; i < shape_.rank(); ++i) dims[std::size_t(i)] = shape_[i];
  dims[0] = end - begin;
  t.shape_ = Shape(std::span<const std::int64_t>(dims.data(), std::size_t(shape_.rank())));
  const std::int64_t block = format_ ? format_->block : 1;
  check(row % block == 0, "rows of {}: a row of {} does not fill blocks of {}", shape_.text(), row, block);
  t.offset_ += std::size_t(begin * row / block) * (format_ ? format_->bytes : sizeof(float));
  t.id_ = next_id();
  return t;
}

Tensor Tensor::decoded() const {
  if (!format_) return *this;
  Tensor t(shape_);
  format_->decode(bytes(), t.values());
  return t;
}

Tensor Tensor::encoded(const quant::Format& format) const {
  check(format.encode && size() % format.block == 0, "tensor {} to {}: the format cannot be written, or {} values do not fill blocks of {}",
        shape_.text(), format.name, size(), format.block);
  Tensor t;
  t.storage_ = pool().take(std::size_t(size() / format.block) * format.bytes);
  t.shape_ = shape_;
  t.format_ = &format;
  t.id_ = next_id();
  format.encode(values(), t.storage_->data());
  return t;
}

PoolState buffer_pool() { return pool().state(); }

}  // namespace maru
