// Reading forgives, writing does not: an event is on the disk when append_event returns.
#include "maru/learn/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <random>
#include <unordered_set>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::learn {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kBegin = "{\"t\":";
constexpr std::size_t kMostLine = 1 << 20;

bool read_event(std::string_view line, Event& event) {
  if (line.size() > kMostLine) return false;
  event.all = Json::parse(line, nullptr, false);
  if (!event.all.is_object()) return false;
  for (const char* field : {"t", "node", "event"})
    if (!event.all.contains(field) || !event.all[field].is_string()) return false;
  event.time = seconds_of(event.all["t"].get<std::string>());
  event.node = event.all["node"].get<std::string>();
  event.event = event.all["event"].get<std::string>();
  return event.time >= 0;
}

class File {
 public:
  explicit File(const fs::path& path) : path_(path) {
    std::error_code code;
    if (path.has_parent_path()) fs::create_directories(path.parent_path(), code);
    number_ = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (number_ < 0) refused(phrase("open it for appending"));
    while (::flock(number_, LOCK_EX) != 0)
      if (errno != EINTR) break;  // a file system without locks: one write is still one write
  }
  ~File() { ::close(number_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ends_in_a_line() const {
    struct stat status {};
    char last = '\n';
    if (::fstat(number_, &status) != 0 || status.st_size == 0) return true;
    return ::pread(number_, &last, 1, status.st_size - 1) != 1 || last == '\n';
  }
  void append(const std::string& text) {
    const ssize_t written = ::write(number_, text.data(), text.size());
    if (written < 0) refused(phrase("write it"));
    if (std::size_t(written) != text.size()) {
      errno = ENOSPC;
      refused(phrase("write all of it"));
    }
    if (::fsync(number_) != 0 && errno != EINVAL) refused(phrase("sync it"));
  }

 private:
  [[noreturn]] void refused(const Phrase& action) const {
    fail(ErrorKind::io, "{}: progress is not kept: could not {}: {}", path_.string(), action, system_reason(errno));
  }
  fs::path path_;
  int number_ = -1;
};

}  // namespace

std::string time_text(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
      parts.tm_min,
                     parts.tm_sec);
}

std::int64_t seconds_of(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return end && !*end ? std::int64_t(::timegm(&parts)) : -1;
}

std::int64_t now() {
  if (const char* fixed = std::getenv("MARU_NOW"); fixed && *fixed)
    if (const std::int64_t time = seconds_of(fixed); time >= 0) return time;
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Journal parse_journal(std::string_view text, const std::string& name) {
  Journal journal;
  std::unordered_set<std::string_view> seen;
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    const bool last = end == text.size();
    text.remove_prefix(std::min(text.size(), end + 1));
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos || !seen.insert(line).second) continue;
    Event event;
    if (!read_event(line, event)) {
      // Two files put together where the first one's end is torn: the second event is whole.
      const std::size_t again = line.rfind(kBegin);
      const bool saved = again != line.npos && again > 0 && read_event(line.substr(again), event);
      journal.notes.push_back(last && !saved
          ? phrase("{}:{}: the last line is torn (the program was ended while it wrote); the rest stands", name, number)
                                             : phrase("{}:{}: this line is no event and is skipped", name, number));
      if (!saved) continue;
    }
    journal.events.push_back(std::move(event));
  }
  std::stable_sort(journal.events.begin(), journal.events.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
  return journal;
}

Journal read_journal(const fs::path& path) {
  std::error_code code;
  if (!fs::exists(path, code)) return {};
  return parse_journal(read_file(path), path.string());
}

void append_event(const fs::path& path, Json event) {
  Json line = {{"t", event.contains("t") ? event["t"] : Json(time_text(now()))}};
  for (auto& [key, value] : event.items())
    if (key != "t") line[key] = std::move(value);
  line["key"] = fmt::format("{:08x}", std::random_device{}());  // the same thing twice within a second is two events
  File file(path);
  file.append((file.ends_in_a_line() ? "" : "\n") + dump(line) + "\n");
}

}  // namespace maru::learn
