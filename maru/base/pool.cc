// The thread pool: workers take numbered pieces from one counter. They wait awake for a moment, because a model calls hundreds of
// times per token and waking a thread costs more than many a piece, and asleep after that.
#include "maru/base/pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "maru/base/error.h"
#include "maru/base/file.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace maru {
namespace {

constexpr int kMostThreads = 1024;
constexpr std::chrono::microseconds kAwake{50};

thread_local bool inside_piece = false;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Asks until the claim holds or the moment is over.
template <class Claim>
bool soon(Claim claim) {
  const auto end = std::chrono::steady_clock::now() + kAwake;
  do {
    for (int i = 0; i < 32; ++i) {
      if (claim()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

class Pool {
 public:
  ~Pool() { end_workers(); }

  void run(int threads, std::int64_t pieces, void (*piece)(void*, std::int64_t), void* context) {
    const std::lock_guard one_at_a_time(mutex_);
    resize(threads - 1);
    run_ = piece;
    context_ = context;
    pieces_ = pieces;
    failed_.store(false, std::memory_order_relaxed);
    unfinished_.store(pieces, std::memory_order_relaxed);
    // A worker reads the fields above only after it has taken a piece, and they stay until every piece is finished.
    left_.store(pieces);
    if (asleep_.load() > 0) {
      alarm_.fetch_add(1);
      alarm_.notify_all();
    }
    while (take_piece()) {}
    wait_until_finished();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  void resize(int workers) {
    if (int(workers_.size()) == workers) return;
    end_workers();
    workers_.reserve(std::size_t(workers));
    for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { work(); });
  }

  void end_workers() {
    ending_.store(true);
    alarm_.fetch_add(1);
    alarm_.notify_all();
    workers_.clear();  // joins
    ending_.store(false);
  }

  void work() {
    const auto called = [this] { return left_.load() > 0 || ending_.load(); };
    for (;;) {
      while (take_piece()) {}
      if (soon(called)) {
        if (ending_.load()) return;
        continue;
      }
      // The order matters: run() stores the pieces before it asks who sleeps, a worker says that it sleeps before it looks once more.
      const int alarm = alarm_.load();
      asleep_.fetch_add(1);
      if (!called()) alarm_.wait(alarm);
      asleep_.fetch_sub(1);
      if (ending_.load()) return;
    }
  }

  // Takes the next piece and runs it; false when none is left.
  bool take_piece() {
    std::int64_t left = left_.load();
    do {
      if (left <= 0) return false;
    } while (!left_.compare_exchange_weak(left, left - 1));
    if (!failed_.load(std::memory_order_relaxed)) {
      inside_piece = true;
      try {
        run_(context_, pieces_ - left);
      } catch (...) {
        if (!failed_.exchange(true)) error_ = std::current_exception();
      }
      inside_piece = false;
    }
    if (unfinished_.fetch_sub(1) == 1 && caller_asleep_.load()) unfinished_.notify_all();
    return true;
  }

  void wait_until_finished() {
    if (soon([this] { return unfinished_.load() == 0; })) return;
    caller_asleep_.store(true);
    for (std::int64_t now = unfinished_.load(); now != 0; now = unfinished_.load()) unfinished_.wait(now);
    caller_asleep_.store(false);
  }

  std::mutex mutex_;  // one call at a time; the rest is shared with the workers
  void (*run_)(void*, std::int64_t) = nullptr;
  void* context_ = nullptr;
  std::int64_t pieces_ = 0;
  std::exception_ptr error_;  // written by the one piece that sets failed_
  std::atomic<bool> failed_{false}, ending_{false}, caller_asleep_{false};
  std::atomic<int> alarm_{0}, asleep_{0};
  // Apart, so that taking and finishing do not fight for one cache line.
  alignas(64) std::atomic<std::int64_t> left_{0};
  alignas(64) std::atomic<std::int64_t> unfinished_{0};
  std::vector<std::jthread> workers_;  // last: they end before the members they use
};

std::optional<long> number_in(std::string_view text) {
  long value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::optional<std::string> text_of(const std::filesystem::path& path) {
  try {
    return read_file(path, 1 << 20);
  } catch (const Error&) {
    return std::nullopt;  // absence is normal: not every kernel and container shows these files
  }
}

std::vector<int> allowed_cpus() {
  for (int room = 1024; room <= 1 << 20; room *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> cpus(CPU_ALLOC(room), [](cpu_set_t* set) { CPU_FREE(set); });
    const std::size_t size = CPU_ALLOC_SIZE(room);
    if (!cpus || sched_getaffinity(0, size, cpus.get()) != 0) continue;
    std::vector<int> allowed;
    for (int cpu = 0; cpu < room; ++cpu) {
      if (CPU_ISSET_S(cpu, size, cpus.get())) allowed.push_back(cpu);
    }
    return allowed;
  }
  return {};
}

// Two hyperthreads share one core's arithmetic, so a second one only adds waiting.
int physical_cores() {
  const std::vector<int> cpus = allowed_cpus();
  std::set<std::string> cores;
  for (const int cpu : cpus) {
    const auto folder = std::filesystem::path("/sys/devices/system/cpu") / ("cpu" + std::to_string(cpu)) / "topology";
    const auto siblings = text_of(folder / "thread_siblings_list");
    cores.insert(siblings ? *siblings : std::to_string(cpu));
  }
  return std::max(1, int(cores.size()));
}

// Cores that the quotas of one control group and those above it allow.
double quota_above(const std::filesystem::path& root, std::string_view group, bool second_version) {
  double cores = kMostThreads;
  auto folder = root / std::filesystem::path(group).relative_path();
  for (;; folder = folder.parent_path()) {
    std::optional<long> quota, period;
    if (second_version) {
      const std::string limit = text_of(folder / "cpu.max").value_or("");
      quota = number_in(limit);  // "max" is no number and no limit
      const auto space = limit.find(' ');
      if (space != limit.npos) period = number_in(std::string_view(limit).substr(space + 1));
    } else {
      quota = number_in(text_of(folder / "cpu.cfs_quota_us").value_or(""));
      period = number_in(text_of(folder / "cpu.cfs_period_us").value_or(""));
    }
    if (quota && period && *quota > 0 && *period > 0) cores = std::min(cores, double(*quota) / double(*period));
    if (folder == root || !folder.has_relative_path()) return cores;
  }
}

// Inside a container the listed path is often not mounted; the walk up then still meets the root, which is the container's own.
int quota_cores() {
  double cores = kMostThreads;
  const std::string groups = text_of("/proc/self/cgroup").value_or("");
  for (std::size_t at = 0; at < groups.size();) {
    const std::size_t end = std::min(groups.find('\n', at), groups.size());
    const std::string_view line = std::string_view(groups).substr(at, end - at);  // number:controllers:path
    at = end + 1;
    const auto first = line.find(':');
    const auto second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    if (controllers == ",,") cores = std::min(cores, quota_above("/sys/fs/cgroup", line.substr(second + 1), true));
    if (controllers.contains(",cpu,")) {
      cores = std::min(cores, quota_above("/sys/fs/cgroup/cpu", line.substr(second + 1), false));
    }
  }
  return std::max(1, int(std::floor(cores + 1e-6)));
}

int default_thread_count() {
  if (const char* text = std::getenv("MARU_THREADS"); text && *text) {
    const std::string_view wanted = text;
    int count = 0;
    const auto [end, code] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
    if (code != std::errc() || end != wanted.data() + wanted.size() || count < 1 || count > kMostThreads) {
      fail(ErrorKind::usage, "MARU_THREADS: expected a number from 1 to {}, got \"{}\"", kMostThreads, wanted);
    }
    return count;
  }
  return std::min({physical_cores(), quota_cores(), kMostThreads});
}

std::atomic<int> chosen_count{0};  // 0: nobody has chosen

}  // namespace

int thread_count() {
  if (const int chosen = chosen_count.load(std::memory_order_relaxed)) return chosen;
  static const int count = default_thread_count();
  return count;
}

void set_thread_count(int count) {
  if (count < 1 || count > kMostThreads) fail(ErrorKind::usage, "threads: expected 1 to {}, got {}", kMostThreads, count);
  chosen_count.store(count);
}

void detail::parallel(std::int64_t pieces, void (*run)(void*, std::int64_t), void* context) {
  const int threads = thread_count();
  // A single piece does not count as being inside one: what it calls may still use every thread.
  if (pieces <= 1 || threads == 1 || inside_piece) {
    for (std::int64_t i = 0; i < pieces; ++i) run(context, i);
    return;
  }
  static Pool pool;
  pool.run(threads, pieces, run, context);
}

}  // namespace maru
