#pragma once
// Threads that run routes, and a bounded queue in front of them.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace maru::server {

class Workers {
 public:
  Workers(std::size_t threads, std::size_t queue);
  ~Workers();                                    // as stop()
  // False when the queue is full or after stop(). What the work throws is its own affair: it is caught and lost.
  bool add(std::function<void()> work);
  // Runs what is queued, then ends the threads.
  void stop();
  std::size_t waiting() const;

 private:
  void work();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::size_t longest_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace maru::server
