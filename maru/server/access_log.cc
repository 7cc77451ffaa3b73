// One line of plain text each: time, id, method, route, status, milliseconds, bytes, key, address.
#include "maru/server/access_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <utility>

#include "maru/base/unicode.h"

namespace maru::server {

AccessLog::AccessLog(std::function<void(std::string_view)> write, bool requests) : write_(std::move(write)), requests_(requests) {}

std::string printable(std::string_view text) {
  std::size_t replaced = 0;
  std::string out;
  for (const char c : unicode::repaired(text, replaced)) {
    const auto code = static_cast<unsigned char>(c);
    out += code < 0x20 || code == 0x7f ? fmt::format("\\x{:02x}", code) : std::string(1, c);
  }
  return out;
}

void AccessLog::request(const Entry& one) {
  const bool wrong = !one.problem.empty();
  if (!requests_ && !wrong) return;
  const double ms = std::chrono::duration<double, std::milli>(one.took).count();
  const std::string method = printable(one.method.substr(0, 16));
  const std::string_view key = one.key.empty() ? "-" : one.key;
  std::string line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {} {} {} {} {:.1f}ms {}B key={} from={}", fmt::gmtime(std::time(nullptr)),
                                 printable(one.id), method, one.pattern, one.status, ms, one.bytes, key, one.peer);
  if (wrong) line += " problem=" + printable(one.problem.substr(0, 1000));
  say(std::move(line));
}

void AccessLog::say(std::string line) {
  const std::size_t lost = lost_.exchange(0);
  const bool kept = thread_.add([this, lost, line = std::move(line)] {
    if (lost > 0) write_(fmt::format("{} lines were not written: the log took them too slowly", lost));
    write_(line);
  });
  if (!kept) lost_ += lost + 1;
}

}  // namespace maru::server
