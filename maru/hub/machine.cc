// Reads Linux's own accounts of memory, and times a streaming read.
#include "maru/hub/machine.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

#include "maru/base/file.h"
#include "maru/base/pool.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

// The number behind a key in a file of lines "KEY value"; files of /proc have no size, so they are read as streams.
std::optional<std::uint64_t> number_after(const fs::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = line.find_first_of("0123456789", key.size());
    std::uint64_t value = 0;
    if (begin != std::string::npos && std::from_chars(line.data() + begin, line.data() + line.size(), value).ec == std::errc()) return value;
  }
  return std::nullopt;
}

// What is left below the limit of one control group; nothing where it sets none ("max").
std::optional<std::uint64_t> left_in(const fs::path& group, const char* limit_name, const char* used_name, const char* cache_key) {
  const auto limit = number_after(group / limit_name, ""), used = number_after(group / used_name, "");
  if (!limit || !used || *limit > (std::uint64_t{1} << 60)) return std::nullopt;
  const std::uint64_t cached = number_after(group / "memory.stat", cache_key).value_or(0);
  const std::uint64_t held = *used - std::min(*used, cached);
  return *limit - std::min(*limit, held);
}

// A process's own groups: "0::/a/b" for v2, "4:memory:/a/b" for v1.
std::uint64_t left_by_groups(const fs::path& proc, const fs::path& cgroup) {
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();
  std::ifstream file(proc / "self" / "cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool newer = controllers.empty(), older = controllers.find("memory") != std::string::npos;
    if (!newer && !older) continue;
    const fs::path root = newer ? cgroup : cgroup / "memory";
    fs::path inside = fs::path(line.substr(second + 1)).relative_path();
    while (true) {
      const auto one = newer ? left_in(root / inside, "memory.max", "memory.current", "inactive_file ")
                             : left_in(root / inside, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ");
      if (one) left = std::min(left, *one);
      if (inside.empty()) break;
      inside = inside.parent_path();
    }
  }
  return left;
}

// Memory that was written once, so that reading it goes past the shared page of zeros.
class Field {
 public:
  explicit Field(std::size_t bytes) : bytes_(bytes) {
    void* got = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    data_ = got == MAP_FAILED ? nullptr : static_cast<std::byte*>(got);
    if (data_ != nullptr) (void)::madvise(data_, bytes, MADV_HUGEPAGE);
  }
  ~Field() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
  }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;
  std::byte* data() const { return data_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_;
};

std::uint64_t sum_of(const std::byte* bytes, std::size_t size) {
  std::uint64_t sums[8] = {};
  const auto* numbers = reinterpret_cast<const std::uint64_t*>(bytes);
  for (std::size_t i = 0; i + 8 <= size / sizeof(std::uint64_t); i += 8)
    for (int j = 0; j < 8; ++j) sums[j] += numbers[i + std::size_t(j)];
  std::uint64_t sum = 0;
  for (const std::uint64_t one : sums) sum += one;
  return sum;
}

// As much memory as can be written in half of the time, then read as often as the other half allows; the fastest pass counts.
double measure() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const auto seconds = [&begin] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  constexpr std::size_t kMost = std::size_t{128} << 20, kStep = std::size_t{2} << 20;
  const Field field(kMost);
  if (field.data() == nullptr) return 0;
  std::size_t size = 0;
  while (size < kMost && seconds() < 0.025) {
    for (std::size_t at = size; at < size + kStep; at += 4096) field.data()[at] = std::byte{1};
    size += kStep;
  }
  const auto pieces = std::int64_t(size / kStep);
  std::atomic<std::uint64_t> sink{0};
  double best = 0;
  do {
    const double start = seconds();
    parallel(pieces, [&](std::int64_t piece) { sink += sum_of(field.data() + std::size_t(piece) * kStep, kStep); });
    best = std::max(best, double(size) / std::max(seconds() - start, 1e-6));
  } while (seconds() < 0.045);
  return best;
}

}  // namespace

std::uint64_t available_memory(const fs::path& proc, const fs::path& cgroup) {
  const std::uint64_t system = number_after(proc / "meminfo", "MemAvailable:").value_or(0) * 1024;
  return std::min(system, left_by_groups(proc, cgroup));
}

double memory_speed() {
  static const double speed = measure();
  return speed;
}

Machine this_machine(const fs::path& store) {
  return {.memory_available = available_memory(), .disk_free = free_space(store), .bytes_per_second = memory_speed()};
}

}  // namespace maru::hub
