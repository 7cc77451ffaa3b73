// Pages are taken as the sequence grows; context length is a property of a request and reserves nothing.
#include "maru/ops/kv_cache.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace maru::ops {

using kernels::kPage;

KvCache::KvCache(int layers, std::int64_t kv_heads, std::int64_t head, KvType type)
    : KvCache(layers, kv_heads, head, type, PagePool(page_bytes(kv_heads, head, type))) {}

KvCache::KvCache(int layers, std::int64_t kv_heads, std::int64_t head, KvType type, PagePool pool)
    : type_(type),
      kv_heads_(kv_heads),
      head_(head),
      k_bytes_(kernels::page_keys_bytes(type, head)),
      kv_stride_(k_bytes_ + kernels::page_values_bytes(type, head)),
      pool_(std::move(pool)),
      layers_(std::size_t(layers)) {
  const std::size_t expected = page_bytes(kv_heads, head, type), got = pool_.counts().page_bytes;
  check(got == expected, "KV cache: {} heads of {} in {} take pages of {} bytes, the pool's have {}", kv_heads, head, name_of(type), expected, got);
}

std::size_t KvCache::page_bytes(std::int64_t kv_heads, std::int64_t head, KvType type) {
  return std::size_t(kv_heads * (kernels::page_keys_bytes(type, head) + kernels::page_values_bytes(type, head)));
}

void KvCache::truncate(std::int64_t length) {
  length_ = length;
  const std::size_t kept = std::size_t((length + kPage - 1) / kPage);
  for (Layer& l : layers_)
    if (l.pages.size() > kept) {
      l.pages.resize(kept);
      l.data.resize(kept);
    }
}

void KvCache::make_writable(int layer, std::int64_t n) {
  Layer& l = layers_.at(std::size_t(layer));
  for (std::int64_t page = length_ / kPage; page * kPage < length_ + n; ++page) {
    if (std::int64_t(l.pages.size()) == page) {
      l.data.resize(l.pages.size() + 1);
      l.pages.push_back(pool_.take(PagePool::Fill::zeros));  // unseen keys stay finite
      l.data.back() = l.pages.back().get();
    }
    PagePool::Page& held = l.pages[std::size_t(page)];
    if (held.use_count() > 1) {
      PagePool::Page copy = pool_.take(PagePool::Fill::none);
      std::copy_n(held.get(), page_bytes(kv_heads_, head_, type_), copy.get());
      held = std::move(copy);
      l.data[std::size_t(page)] = held.get();
    }
  }
  // The last other holder may have let go on another thread just now, having read the page: what it read comes before what is written.
  std::atomic_thread_fence(std::memory_order_acquire);
}

void KvCache::write(int layer, const float* k, const float* v, std::int64_t n) {
  make_writable(layer, n);  // all pages before the first number, so that running out of them leaves nothing half done
  const auto& write_page = kernels::table().write_page;
  const Layer& l = layers_[std::size_t(layer)];
  for (std::int64_t i = 0; i < n;) {
    const std::int64_t position = length_ + i, slot = position % kPage, count = std::min(n - i, kPage - slot);
    std::byte* page = l.pages[std::size_t(position / kPage)].get();
    for (std::int64_t h = 0; h < kv_heads_; ++h) {
      const std::int64_t from = (i * kv_heads_ + h) * head_;
      write_page({.type = type_, .k = k + from, .v = v + from, .stride = kv_heads_ * head_, .n = count, .head = head_, .slot = int(slot),
                  .keys = page + k_offset(h), .values = page + v_offset(h)});
    }
    i += count;
  }
}

std::vector<PagePool::Page> KvCache::block(std::int64_t i) const {
  check(i >= 0 && (i + 1) * kPage <= length_, "KV cache: block {} of a sequence of {} positions is not complete", i, length_);
  std::vector<PagePool::Page> pages;
  for (const Layer& l : layers_) pages.push_back(l.pages[std::size_t(i)]);
  return pages;
}

void KvCache::append_block(std::span<const PagePool::Page> pages) {
  check(length_ % kPage == 0 && pages.size() == layers_.size(), "KV cache: {} pages behind {} positions, expected {} behind a multiple of {}", pages.size(),
        length_, layers_.size(), kPage);
  truncate(length_);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    layers_[i].data.push_back(pages[i].get());
    layers_[i].pages.push_back(pages[i]);
  }
  length_ += kPage;
}

std::size_t KvCache::pages_needed(std::int64_t n) const {
  if (n <= 0) return 0;
  std::size_t needed = 0;
  for (const Layer& l : layers_)
    for (std::int64_t page = length_ / kPage; page * kPage < length_ + n; ++page)
      needed += page >= std::int64_t(l.pages.size()) || l.pages[std::size_t(page)].use_count() > 1;
  return needed;
}

std::size_t KvCache::bytes() const {
  std::size_t pages = 0;
  for (const Layer& l : layers_) pages += l.pages.size();
  return pages * page_bytes(kv_heads_, head_, type_);
}

namespace {
constexpr std::pair<std::string_view, KvType> kTypes[] = {{"f32", KvType::f32}, {"f16", KvType::f16}, {"q8_0", KvType::q8_0}};
}

std::string_view name_of(KvType type) { return kTypes[int(type)].first; }

std::optional<KvType> kv_type_named(std::string_view name) {
  for (const auto& [known, type] : kTypes)
    if (known == name) return type;
  return std::nullopt;
}

}  // namespace maru::ops
