#pragma once
// A tensor is a dense, row-major block of numbers with a shape. Copying one copies the handle. There are no strides: views slice the
// first axis, and reshape is free. A weight is a tensor whose format may be packed; everything else is f32.
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/quant/quant.h"

namespace maru {

// Up to four dimensions.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims);
  explicit Shape(std::span<const std::int64_t> dims);
  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return dims_[std::size_t(axis < 0 ? axis + rank_ : axis)]; }
  std::int64_t size() const;                                     // 1 for rank 0
  std::int64_t rows() const { return rank_ ? size() / dims_[std::size_t(rank_ - 1)] : 1; }
  std::string text() const;                                      // "[7, 384]"
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::int64_t, 4> dims_{};
  int rank_ = 0;
};

// The bytes behind tensors, and what was derived from them once: packed panels of a weight, quantised rows of an activation.
class Storage {
 public:
  Storage(std::byte* data, std::size_t size, std::shared_ptr<const void> owner, std::shared_ptr<const MappedFile> file = {})
      : data_(data), size_(size), owner_(std::move(owner)), file_(std::move(file)) {}
  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  // Makes what is derived from the bytes at `offset` on the first call; later calls, also from other threads, get the same.
  template <class T, class Make>
  std::shared_ptr<const T> derived(std::size_t offset, std::size_t size, Make make) const {
    const std::lock_guard lock(mutex_);
    for (const Derived& d : derived_)
      if (d.offset == offset && d.size == size) return std::static_pointer_cast<const T>(d.value);
    derived_.push_back({offset, size, std::shared_ptr<const T>(make())});
    return std::static_pointer_cast<const T>(derived_.back().value);
  }
  // Gives a mapped file's pages back to the system: a packed copy is read from now on.
  void forget_pages() const {
    if (file_) file_->forget({data_, size_});
  }

 private:
  std::byte* data_;
  std::size_t size_;
  struct Derived {
    std::size_t offset, size;
    std::shared_ptr<const void> value;
  };
  std::shared_ptr<const void> owner_;                            // the pool's block, or whoever keeps the bytes
  std::shared_ptr<const MappedFile> file_;                       // where the bytes are mapped from, if they are
  mutable std::mutex mutex_;
  mutable std::vector<Derived> derived_;
};

class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(Shape shape);                                  // f32, uninitialised, from the buffer pool
  static Tensor zeros(Shape shape);
  static Tensor of(Shape shape, std::span<const float> values);
  // Bytes of a format (null: f32) as they lie in a mapped file. Throws when the size is not what the shape needs.
  static Tensor view(Shape shape, const quant::Format* format, std::span<const std::byte> bytes, std::shared_ptr<const MappedFile> file);
  // Packed by this program: the tensor's values in another format. Throws when the format cannot be written.
  Tensor encoded(const quant::Format& format) const;

  const Shape& shape() const { return shape_; }
  std::int64_t dim(int axis) const { return shape_[axis]; }
  std::int64_t size() const { return shape_.size(); }
  const quant::Format* format() const { return format_; }        // null means f32
  float* data() const;                                           // f32 only
  std::span<float> values() const { return {data(), std::size_t(size())}; }
  const std::byte* bytes() const { return storage_->data() + offset_; }
  const Storage& storage() const { return *storage_; }
  template <class T, class Make>
  std::shared_ptr<const T> derived(Make make) const { return storage_->derived<T>(offset_, std::size_t(size()), make); }

  Tensor reshape(Shape shape) const;                             // same size; the same value to the tape
  Tensor rows(std::int64_t begin, std::int64_t end) const;       // first axis, no copy, not recorded: ops::slice records
  Tensor decoded() const;                                        // f32 copy of a packed tensor; itself when f32

  std::uint64_t id() const { return id_; }                       // gradients are kept by this, never by address
  bool trainable() const { return trainable_; }
  Tensor& set_trainable(bool on) { trainable_ = on; return *this; }
  explicit operator bool() const { return bool(storage_); }

 private:
  std::shared_ptr<const Storage> storage_;
  std::size_t offset_ = 0;
  Shape shape_;
  const quant::Format* format_ = nullptr;
  std::uint64_t id_ = 0;
  bool trainable_ = false;
};

// Freed activations wait for the next of their size; above the cap they go back to the system. Weights and KV are never pooled.
struct PoolState {
  std::size_t held_bytes, cap_bytes;
};
PoolState buffer_pool();

}  // namespace maru
