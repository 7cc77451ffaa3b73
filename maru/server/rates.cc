// A leaking bucket for each who asks.
#include "maru/server/rates.h"

#include <algorithm>
#include <cmath>

namespace maru::server {

std::optional<std::chrono::seconds> Rates::count(const std::string& who, int per_minute, Clock::time_point now) {
  if (per_minute <= 0) return {};
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(who);
  if (found != places_.end()) {
    order_.splice(order_.begin(), order_, found->second);
  } else {
    if (places_.size() >= remembered_) {
      places_.erase(order_.back().who);
      order_.pop_back();
    }
    order_.push_front({who, 0, now});
    places_[who] = order_.begin();
  }
  One& one = order_.front();
  const double per_second = per_minute / 60.0;
  one.used = std::max(0.0, one.used - per_second * std::chrono::duration<double>(now - one.seen).count());
  one.seen = now;
  if (one.used + 1 > per_minute) return std::chrono::seconds(std::max(1L, long(std::ceil((one.used + 1 - per_minute) / per_second))));
  one.used += 1;
  return {};
}

std::size_t Rates::size() const {
  const std::lock_guard lock(mutex_);
  return places_.size();
}

}  // namespace maru::server
