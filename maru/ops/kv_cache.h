#pragma once
// Keys and values of one sequence, by layer, in pages of sixteen positions laid out as the attention kernel reads them.
// It lies here and not in nn/, because attention writes and reads it.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "maru/base/error.h"
#include "maru/kernels/kernels.h"
#include "maru/ops/page_pool.h"

namespace maru::ops {

using kernels::KvType;   // f32, f16, q8_0: how a page stores numbers. Attention reads what was stored, inside a fresh chunk too.
std::string_view name_of(KvType type);
std::optional<KvType> kv_type_named(std::string_view name);

class KvCache {
 public:
  // Without a pool the pages come from one of its own, without a budget, which forks share. Throws Error when the pool's pages have
  // another size than page_bytes().
  KvCache(int layers, std::int64_t kv_heads, std::int64_t head, KvType type = KvType::f32);
  KvCache(int layers, std::int64_t kv_heads, std::int64_t head, KvType type, PagePool pool);
  KvCache(KvCache&&) = default;
  KvCache& operator=(KvCache&&) = default;
  // Bytes of one page: sixteen positions of one layer.
  static std::size_t page_bytes(std::int64_t kv_heads, std::int64_t head, KvType type);

  std::int64_t length() const { return length_; }              // positions that every layer holds
  void advance(std::int64_t positions) { length_ += positions; }
  // Forgets what comes after, and lets go of the pages that hold nothing else.
  void truncate(std::int64_t length);
  // The same past for another continuation. Nothing is copied now: both share the pages, and who writes to one first takes a copy of it.
  KvCache fork() const { return *this; }
  // Writes keys and values [n, kv_heads, head] of a layer behind length(), which advance() then moves. Throws Error (limit) when the pool
  // has no page left; length() and the positions before it then are as they were.
  void write(int layer, const float* k, const float* v, std::int64_t n);
  // The pages that hold positions [16 i, 16 i + 16), one a layer, all written: for others to read. And such pages of another cache of this
  // shape behind length(), which is a multiple of 16 and moves on by 16.
  std::vector<PagePool::Page> block(std::int64_t i) const;
  void append_block(std::span<const PagePool::Page> pages);
  // Pages that the next n positions take from the pool, over all layers, copies of shared pages counted. Fewer are taken when another
  // holder lets go first, never more.
  std::size_t pages_needed(std::int64_t n) const;

  const std::byte* const* pages(int layer) const { return layers_[std::size_t(layer)].data.data(); }
  std::int64_t k_offset(std::int64_t kv_head) const { return kv_head * kv_stride_; }                // bytes
  std::int64_t v_offset(std::int64_t kv_head) const { return kv_head * kv_stride_ + k_bytes_; }
  std::size_t bytes() const;                                   // of the pages it holds, shared ones too
  std::int64_t head() const { return head_; }
  std::int64_t kv_heads() const { return kv_heads_; }
  KvType type() const { return type_; }

 private:
  KvCache(const KvCache&) = default;
  void make_writable(int layer, std::int64_t n);
  struct Layer {
    std::vector<PagePool::Page> pages;
    std::vector<const std::byte*> data;
  };
  KvType type_;
  std::int64_t kv_heads_, head_, k_bytes_, kv_stride_;         // bytes of one head's keys in a page, and of its keys and values
  std::int64_t length_ = 0;
  PagePool pool_;
  std::vector<Layer> layers_;
};

}  // namespace maru::ops
