#pragma once
// Memory for keys and values in pages of one size, within a budget, shared by every cache of a model. It knows nothing of what a page
// holds, nor of who waits for one.
#include <cstddef>
#include <limits>
#include <memory>

namespace maru::ops {

// A handle: copies are the same pool, and any thread may use it. Pages may outlive every handle.
class PagePool {
 public:
  // Shared by the caches that hold it; the last one to let go, on whatever thread, gives it back to the pool. Aligned to 64 bytes.
  using Page = std::shared_ptr<std::byte[]>;
  enum class Fill { zeros, none };
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

  // Nothing is reserved: memory is taken as pages are asked for, from a megabyte on in blocks of 8 MiB on the system's large pages, and
  // kept for the next to ask. `budget_bytes` is rounded down to whole pages.
  explicit PagePool(std::size_t page_bytes, std::size_t budget_bytes = kUnbounded);
  // Throws Error (limit) with numbers when the budget holds no further page.
  Page take(Fill fill) const;
  // Gives the memory of free pages back to the system, as far as they lie side by side.
  void trim() const;

  struct Counts {
    std::size_t page_bytes;
    std::size_t most;      // pages that the budget holds; kUnbounded without one
    std::size_t in_use;    // pages that somebody holds, a shared page once
    std::size_t free;      // pages given back, whose memory is kept
    std::size_t peak;      // the most that were ever in use at once
    std::size_t bytes() const { return (in_use + free) * page_bytes; }
    std::size_t available() const { return most - in_use; }   // pages that take() still gives
  };
  Counts counts() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace maru::ops
