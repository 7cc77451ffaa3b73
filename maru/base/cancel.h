#pragma once
// A flag that a signal handler, a timer or a client's disconnect may raise; long work asks it between steps.
#include <atomic>

#include "maru/base/error.h"

namespace maru {

class Cancel {
 public:
  void raise() noexcept { raised_.store(true, std::memory_order_relaxed); }
  void clear() noexcept { raised_.store(false, std::memory_order_relaxed); }
  bool raised() const noexcept { return raised_.load(std::memory_order_relaxed); }
  // Throws Error (cancelled) when raised.
  void check() const {
    if (raised()) throw Error(ErrorKind::cancelled, phrase("stopped"));
  }

 private:
  std::atomic<bool> raised_{false};
};

}  // namespace maru
