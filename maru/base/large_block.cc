// Large pages are asked for, never demanded: a system without them gives small ones, and all works as before.
#include "maru/base/large_block.h"

#include <sys/mman.h>

#include <cstdint>
#include <mutex>
#include <new>
#include <utility>

namespace maru {
namespace {

constexpr std::size_t kShared = 8 * kLargePage;  // of blocks side by side: so much a lone survivor may keep

std::size_t rounded(std::size_t bytes, std::size_t to) {
  if (bytes > SIZE_MAX - 2 * to) throw std::bad_alloc();
  return (bytes + to - 1) / to * to;
}

}  // namespace

LargeBlock::LargeBlock(std::size_t bytes) : size_(rounded(bytes > 0 ? bytes : 1, kLargePage)) {
  // One large page more than needed, so that an aligned part is in it; what lies around that goes back.
  const std::size_t mapped = size_ + kLargePage;
  void* const start = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  auto* const first = static_cast<std::byte*>(start);
  const std::size_t before = (kLargePage - reinterpret_cast<std::uintptr_t>(first) % kLargePage) % kLargePage;
  const std::size_t after = mapped - before - size_;
  data_ = first + before;
  if (before > 0) ::munmap(first, before);
  if (after > 0) ::munmap(data_ + size_, after);
#if defined(MADV_HUGEPAGE)
  ::madvise(data_, size_, MADV_HUGEPAGE);
#endif
}

LargeBlock::LargeBlock(LargeBlock&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

LargeBlock::~LargeBlock() {
  if (data_) ::munmap(data_, size_);
}

std::shared_ptr<std::byte[]> lasting_bytes(std::size_t bytes) {
  static std::mutex mutex;  // guards the two below
  static std::weak_ptr<LargeBlock> open;
  static std::size_t used = 0;
  bytes = rounded(bytes > 0 ? bytes : 1, 64);
  if (bytes > kShared / 4) {
    const auto own = std::make_shared<LargeBlock>(bytes);
    return {own, own->data()};
  }
  const std::lock_guard lock(mutex);
  std::shared_ptr<LargeBlock> block = open.lock();
  if (!block || block->size() - used < bytes) {
    block = std::make_shared<LargeBlock>(kShared);
    open = block;
    used = 0;
  }
  return {block, block->data() + std::exchange(used, used + bytes)};
}

}  // namespace maru
