#pragma once
// Lines about requests, written by a thread of their own: a log that blocks holds nobody up. What cannot be kept is counted and said.
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "maru/server/workers.h"

namespace maru::server {

struct Entry {
  std::string_view id, method, pattern;          // pattern: of the route, never the path as sent
  int status = 0;
  std::chrono::nanoseconds took{};
  std::uint64_t bytes = 0;                       // of the answer's body
  std::string_view key, peer;
  std::string_view problem;                      // what went wrong inside
};

class AccessLog {
 public:
  // requests: whether lines about requests are wanted; problems are written in any case.
  AccessLog(std::function<void(std::string_view)> write, bool requests);
  void request(const Entry& entry);
  void say(std::string line);                    // of the server itself

 private:
  std::function<void(std::string_view)> write_;
  bool requests_;
  std::atomic<std::size_t> lost_{0};
  Workers thread_{1, 4096};
};

// Without control characters and line ends: a client's words cannot make lines of their own.
std::string printable(std::string_view text);

}  // namespace maru::server
