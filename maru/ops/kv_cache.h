#pragma once
// Keys and values of one sequence, by layer, in pages of sixteen positions laid out as the attention kernel reads them.
// It lies here and not in nn/, because attention writes and reads it.
#include <cstdint>
#include <memory>
#include <vector>

#include "maru/base/error.h"

namespace maru::ops {

class KvCache {
 public:
  KvCache(int layers, std::int64_t kv_heads, std::int64_t head);
  KvCache(KvCache&&) = default;
  KvCache& operator=(KvCache&&) = default;
  std::int64_t length() const { return length_; }              // positions that every layer holds
  void advance(std::int64_t positions) { length_ += positions; }
  void truncate(std::int64_t length) { length_ = length; }     // forgets what comes after; pages stay
  // The same past for another continuation. Nothing is copied now: both share the pages, and who writes to one first takes a copy of it.
  KvCache fork() const { return *this; }
  // Writes keys and values [n, kv_heads, head] of a layer behind length(), which advance() then moves.
  void write(int layer, const float* k, const float* v, std::int64_t n);
  const float* const* pages(int layer) const { return layers_[std::size_t(layer)].data.data(); }
  std::int64_t k_offset(std::int64_t kv_head) const { return kv_head * kv_stride_; }
  std::int64_t v_offset(std::int64_t kv_head) const { return kv_head * kv_stride_ + head_ * 16; }
  std::size_t bytes() const;
  std::int64_t head() const { return head_; }
  std::int64_t kv_heads() const { return kv_heads_; }

 private:
  KvCache(const KvCache&) = default;
  float* writable_page(int layer, std::int64_t page);
  struct Layer {
    std::vector<std::shared_ptr<float[]>> pages;
    std::vector<const float*> data;
  };
  std::int64_t kv_heads_, head_, width_, kv_stride_;           // width_: head rounded up to 16
  std::int64_t length_ = 0;
  std::vector<Layer> layers_;
};

}  // namespace maru::ops
