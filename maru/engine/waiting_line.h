#pragma once
// Who comes next: keys take turns, and within a key first come, first served. It knows nothing of what waits but its key.
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "maru/engine/sequence.h"

namespace maru::engine {

class WaitingLine {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void add(std::shared_ptr<Asked> asked);
  // The next one, which stays until it is taken.
  const std::shared_ptr<Asked>& next() const { return lines_.at(turns_.front()).front(); }
  std::shared_ptr<Asked> take();
  // Takes out all that the claim holds for.
  template <class Claim>
  std::vector<std::shared_ptr<Asked>> take_if(Claim claim);

 private:
  std::map<std::string, std::deque<std::shared_ptr<Asked>>, std::less<>> lines_;  // none is empty
  std::list<std::string> turns_;               // keys of lines_, the next one first
  std::size_t size_ = 0;
};

inline void WaitingLine::add(std::shared_ptr<Asked> asked) {
  const std::string& key = asked->request.key;
  if (!lines_.contains(key)) turns_.push_back(key);
  lines_[key].push_back(std::move(asked));
  ++size_;
}

inline std::shared_ptr<Asked> WaitingLine::take() {
  const auto line = lines_.find(turns_.front());
  std::shared_ptr<Asked> first = std::move(line->second.front());
  line->second.pop_front();
  --size_;
  if (line->second.empty()) {
    lines_.erase(line);
    turns_.pop_front();
  } else {
    turns_.splice(turns_.end(), turns_, turns_.begin());
  }
  return first;
}

template <class Claim>
std::vector<std::shared_ptr<Asked>> WaitingLine::take_if(Claim claim) {
  std::vector<std::shared_ptr<Asked>> taken;
  for (auto turn = turns_.begin(); turn != turns_.end();) {
    auto& line = lines_.at(*turn);
    std::erase_if(line, [&](const std::shared_ptr<Asked>& asked) { return claim(*asked) && (taken.push_back(asked), true); });
    if (line.empty()) {
      lines_.erase(*turn);
      turn = turns_.erase(turn);
    } else {
      ++turn;
    }
  }
  size_ -= taken.size();
  return taken;
}

}  // namespace maru::engine
