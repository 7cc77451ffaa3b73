// A list of free pages behind one mutex. A page is taken once in sixteen positions and layer, so that nobody waits for it.
#include "maru/ops/page_pool.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <new>
#include <vector>

#include "maru/base/error.h"
#include "maru/base/large_block.h"

namespace maru::ops {

namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kSmall = std::size_t(1) << 20;   // bytes that are made page by page: a short text takes no large block
constexpr std::size_t kBlock = 4 * kLargePage;

// Memory for pages side by side.
struct Piece {
  std::shared_ptr<std::byte[]> memory;
  std::size_t pages;
};

Piece small_piece(std::size_t bytes) {
  return {std::shared_ptr<std::byte[]>(static_cast<std::byte*>(::operator new(bytes, kAlignment)), [](std::byte* p) { ::operator delete(p, kAlignment); }), 1};
}

Piece large_piece(std::size_t page_bytes, std::size_t pages) {
  const auto block = std::make_shared<LargeBlock>(pages * page_bytes);
  return {{block, block->data()}, pages};
}

}  // namespace

struct PagePool::State {
  const std::size_t page_bytes, most;
  std::mutex mutex;                 // guards what follows
  std::vector<Piece> pieces;
  std::vector<std::byte*> free;     // always has room for every page, so that giving back cannot fail
  std::size_t in_use = 0, peak = 0;

  State(std::size_t bytes, std::size_t pages) : page_bytes(bytes), most(pages) {}

  void make_pages() {
    const std::size_t count = in_use * page_bytes < kSmall ? 1 : std::clamp<std::size_t>(kBlock / page_bytes, 1, most - in_use);
    if (free.capacity() < in_use + count) free.reserve(2 * (in_use + count));
    pieces.push_back(count == 1 ? small_piece(page_bytes) : large_piece(page_bytes, count));
    for (std::size_t i = count; i-- > 0;) free.push_back(pieces.back().memory.get() + i * page_bytes);  // the last in is the first out
  }

  std::byte* take() {
    const std::lock_guard lock(mutex);
    if (in_use >= most)
      fail(ErrorKind::limit, "page pool: all {} pages of {} bytes ({:.1f} MiB) are in use; end or shorten a sequence, or give the pool more memory", most,
           page_bytes, double(most) * double(page_bytes) / (1 << 20));
    if (free.empty()) make_pages();
    std::byte* const page = free.back();
    free.pop_back();
    peak = std::max(peak, ++in_use);
    return page;
  }

  void give_back(std::byte* page) noexcept {
    const std::lock_guard lock(mutex);
    free.push_back(page);
    --in_use;
  }

  // Memory goes back where every page of a piece is free.
  void trim() {
    std::ranges::sort(free, std::less{});
    std::erase_if(pieces, [this](const Piece& piece) {
      const auto first = std::ranges::lower_bound(free, piece.memory.get(), std::less{});
      const auto last = std::ranges::lower_bound(free, piece.memory.get() + piece.pages * page_bytes, std::less{});
      if (std::size_t(last - first) != piece.pages) return false;
      free.erase(first, last);
      return true;
    });
  }
};

PagePool::PagePool(std::size_t page_bytes, std::size_t budget_bytes)
    : state_(std::make_shared<State>(page_bytes, budget_bytes == kUnbounded ? kUnbounded : budget_bytes / std::max<std::size_t>(page_bytes, 1))) {
  check(page_bytes > 0, "page pool: a page has no bytes");
}

PagePool::Page PagePool::take(Fill fill) const {
  std::byte* const page = state_->take();
  // Should the shared pointer find no memory for its count, it calls the deleter itself.
  Page held(page, [state = state_](std::byte* p) { state->give_back(p); });
  if (fill == Fill::zeros) std::fill_n(page, state_->page_bytes, std::byte{0});
  return held;
}

void PagePool::trim() const {
  const std::lock_guard lock(state_->mutex);
  state_->trim();
}

PagePool::Counts PagePool::counts() const {
  const std::lock_guard lock(state_->mutex);
  return {.page_bytes = state_->page_bytes, .most = state_->most, .in_use = state_->in_use, .free = state_->free.size(), .peak = state_->peak};
}

}  // namespace maru::ops
