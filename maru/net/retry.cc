// When a request is worth repeating, and how long to wait before.
#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <thread>

#include "maru/base/error.h"
#include "maru/net/http.h"

namespace maru::net {
namespace {

constexpr int kAttempts = 5;
constexpr std::int64_t kLongest = 60;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc::result_out_of_range) return kLongest;
  if (problem != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Seconds, or a date.
std::optional<std::int64_t> retry_after(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto number = whole_number(text)) return number;
  const std::time_t date = curl_getdate(std::string(text).c_str(), nullptr);
  if (date == -1) return std::nullopt;
  return std::max<std::int64_t>(0, date - std::time(nullptr));
}

// RateLimit: "resolvers";r=0;t=120 (draft-ietf-httpapi-ratelimit-headers): t is the seconds until there is more.
std::optional<std::int64_t> rate_limit(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(";,"), text.size());
    std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (part.starts_with("t=")) return whole_number(part.substr(2));
  }
  return std::nullopt;
}

}  // namespace

bool may_pass(int status) {
  return status == 408 || status == 425 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::chrono::milliseconds pause_before(int attempt, const Answer* refused, std::chrono::milliseconds unit) {
  std::int64_t seconds = std::int64_t{1} << std::clamp(attempt - 1, 0, 3);
  if (refused != nullptr) {
    std::optional<std::int64_t> asked = retry_after(refused->header("retry-after"));
    if (!asked) asked = rate_limit(refused->header("ratelimit"));
    if (asked) seconds = *asked;
  }
  return unit * std::min(seconds, kLongest);
}

void wait(std::chrono::milliseconds time, const Cancel* cancel) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    if (cancel != nullptr) cancel->check();
    const auto left = end - std::chrono::steady_clock::now();
    if (left <= left.zero()) return;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(50)));
  }
}

Response send_patiently(Client& client, const Request& request, const Cancel* cancel) {
  for (int attempt = 1;; ++attempt) {
    std::optional<Response> response;
    try {
      response = client.send(request, cancel);
      if (!may_pass(response->status) || attempt == kAttempts) return std::move(*response);
    } catch (const Error& error) {
      // An upload is used up by the attempt that failed; offline stays offline.
      if (error.kind() != ErrorKind::io || attempt == kAttempts || request.upload || client.settings().offline) throw;
    }
    if (request.upload) return std::move(*response);
    wait(pause_before(attempt, response ? &*response : nullptr, client.settings().pause_unit), cancel);
  }
}

}  // namespace maru::net
