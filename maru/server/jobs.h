#pragma once
// Threads for long work, few at once: pulls, conversions, removals.
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace maru::server {

class Jobs {
 public:
  explicit Jobs(std::size_t most = 8) : most_(most) {}
  ~Jobs();                                       // waits for all; what they do must see that it is cancelled
  // The work must catch what it throws. Throws Error (busy) with the number that runs already.
  void start(std::function<void()> work);
  std::size_t running() const;

 private:
  struct Job {
    bool over = false;
    std::jthread thread;
  };
  std::size_t most_;
  mutable std::mutex mutex_;
  std::list<Job> jobs_;
};

}  // namespace maru::server
