// Go's durations, which Ollama's clients send: "5m", "1h30m", "-1s", or seconds as a number.
#include <charconv>
#include <cmath>

#include "maru/server/model_host.h"

namespace maru::server {
namespace {

using std::chrono::nanoseconds;

constexpr double kLongest = 100.0 * 365 * 24 * 3600;  // seconds; beyond it is for ever

KeepAlive of_seconds(double seconds) {
  check(std::isfinite(seconds), "keep_alive: expected a finite number of seconds");
  if (seconds < 0 || seconds > kLongest) return {std::nullopt};
  return {nanoseconds(std::int64_t(seconds * 1e9))};
}

double unit_seconds(std::string_view unit) {
  if (unit == "h") return 3600;
  if (unit == "m") return 60;
  if (unit == "s") return 1;
  if (unit == "ms") return 1e-3;
  if (unit == "us" || unit == "µs" || unit == "μs") return 1e-6;
  if (unit == "ns") return 1e-9;
  return 0;
}

}  // namespace

KeepAlive parse_keep_alive(const Json& value) {
  if (value.is_number()) return of_seconds(value.get<double>());
  check(value.is_string(), "keep_alive: expected a duration such as \"5m\" or a number of seconds, got {}", kind_of(value));
  const auto text = value.get<std::string>();
  const auto refuse = [&] { fail(ErrorKind::invalid, "keep_alive: {:?} is no duration; expected one such as \"5m\", \"1h30m\" or \"-1s\"", text); };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty()) refuse();
  double seconds = 0;
  if (rest.find_first_not_of("0123456789.") == std::string_view::npos) {
    // A bare number as a text: seconds, as in OLLAMA_KEEP_ALIVE.
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), seconds);
    if (code != std::errc{} || end != rest.data() + rest.size()) refuse();
    return of_seconds(negative ? -seconds : seconds);
  }
  while (!rest.empty()) {
    double number = 0;
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (code != std::errc{} || end == rest.data()) refuse();
    rest.remove_prefix(std::size_t(end - rest.data()));
    const std::size_t letters = std::min(rest.find_first_of("0123456789."), rest.size());
    const double unit = unit_seconds(rest.substr(0, letters));
    if (unit == 0) refuse();
    seconds += number * unit;
    rest.remove_prefix(letters);
  }
  return of_seconds(negative && seconds > 0 ? -seconds : seconds);
}

}  // namespace maru::server
