// Pages are taken as the sequence grows; context length is a property of a request and reserves nothing.
#include "maru/ops/kv_cache.h"

#include <algorithm>
#include <atomic>

#include "maru/kernels/kernels.h"

namespace maru::ops {

using kernels::kPage;

KvCache::KvCache(int layers, std::int64_t kv_heads, std::int64_t head)
    : kv_heads_(kv_heads), head_(head), width_((head + 15) / 16 * 16), kv_stride_(head * kPage + width_ * kPage), layers_(std::size_t(layers)) {}

float* KvCache::writable_page(int layer, std::int64_t page) {
  Layer& l = layers_.at(std::size_t(layer));
  const std::size_t size = std::size_t(kv_heads_ * kv_stride_);
  while (std::int64_t(l.pages.size()) <= page) {
    l.pages.push_back(std::make_shared<float[]>(size));  // zeroed: unseen keys stay finite
    l.data.push_back(l.pages.back().get());
  }
  std::shared_ptr<float[]>& held = l.pages[std::size_t(page)];
  if (held.use_count() > 1) {
    auto copy = std::make_shared_for_overwrite<float[]>(size);
    std::copy_n(held.get(), size, copy.get());
    held = std::move(copy);
    l.data[std::size_t(page)] = held.get();
  }
  // The last other holder may have let go on another thread just now, having read the page: what it read comes before what is written.
  std::atomic_thread_fence(std::memory_order_acquire);
  return held.get();
}

void KvCache::write(int layer, const float* k, const float* v, std::int64_t n) {
  float* page = nullptr;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t position = length_ + i, slot = position % kPage;
    if (!page || slot == 0) page = writable_page(layer, position / kPage);
    for (std::int64_t h = 0; h < kv_heads_; ++h) {
      float* keys = page + k_offset(h);
      const float* from = k + (i * kv_heads_ + h) * head_;
      for (std::int64_t d = 0; d < head_; ++d) keys[d * kPage + slot] = from[d];
      std::copy_n(v + (i * kv_heads_ + h) * head_, head_, page + v_offset(h) + slot * width_);
    }
  }
}

std::size_t KvCache::bytes() const {
  std::size_t n = 0;
  for (const Layer& l : layers_) n += l.pages.size() * std::size_t(kv_heads_ * kv_stride_) * sizeof(float);
  return n;
}

}  // namespace maru::ops
