// Pages are taken as the sequence grows; context length is a property of a request and reserves nothing.
#include "maru/ops/kv_cache.h"

#include <algorithm>

#include "maru/kernels/kernels.h"

namespace maru::ops {

using kernels::kPage;

KvCache::KvCache(int layers, std::int64_t kv_heads, std::int64_t head)
    : kv_heads_(kv_heads), head_(head), width_((head + 15) / 16 * 16), kv_stride_(head * kPage + width_ * kPage), layers_(std::size_t(layers)) {}

void KvCache::write(int layer, const float* k, const float* v, std::int64_t n) {
  Layer& l = layers_.at(std::size_t(layer));
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t position = length_ + i, slot = position % kPage;
    while (std::int64_t(l.pages.size()) <= position / kPage) {
      l.pages.push_back(std::make_unique<float[]>(std::size_t(kv_heads_ * kv_stride_)));  // zeroed: unseen keys stay finite
      l.data.push_back(l.pages.back().get());
    }
    float* page = l.pages[std::size_t(position / kPage)].get();
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
