#pragma once
// How often each of many has asked in the last minute, in a table of bounded size: who has not asked for longest is forgotten first.
#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace maru::server {

class Rates {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Rates(std::size_t remembered = 4096) : remembered_(remembered) {}
  // Counts one more. Beyond `per_minute` (0: no limit) returns how long to wait. A bucket of per_minute drops that fills in a minute.
  std::optional<std::chrono::seconds> count(const std::string& who, int per_minute, Clock::time_point now = Clock::now());
  std::size_t size() const;

 private:
  struct One {
    std::string who;
    double used = 0;
    Clock::time_point seen;
  };
  mutable std::mutex mutex_;
  const std::size_t remembered_;
  std::list<One> order_;                         // the last to ask first
  std::unordered_map<std::string, std::list<One>::iterator> places_;
};

}  // namespace maru::server
