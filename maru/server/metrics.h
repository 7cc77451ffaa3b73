#pragma once
// Counters of the server, read by /metrics in Prometheus' text form. Thread safe; counting takes no lock that a reader could hold long.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace maru::server {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  void request(std::string_view route, int status, std::chrono::nanoseconds took);   // route: its pattern, never the path as sent
  void connection(int change);                       // +1 opened, -1 closed
  void dropped(std::string_view why);                // "slow reader", "rate limit" …
  // Of one generation, when it ends.
  void generated(std::string_view model, std::size_t prompt, std::size_t cached, std::size_t tokens, std::chrono::nanoseconds first_token,
                 std::chrono::nanoseconds queued, std::chrono::nanoseconds decode);
  void embedded(std::string_view model, std::size_t texts, std::size_t tokens);
  // Lines of Prometheus' text format, version 0.0.4, with HELP and TYPE.
  std::string text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace maru::server
