// The thread pool: every piece runs once, whoever takes it, and nothing is left running.
#include "maru/base/pool.h"

#include <doctest/doctest.h>

#include <stdlib.h>

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "maru/base/process.h"
#include "tests/scratch.h"

using namespace maru;

namespace {

// Gives the count back that was there before.
struct Threads {
  int before = thread_count();
  explicit Threads(int count) { set_thread_count(count); }
  ~Threads() { set_thread_count(before); }
};

}  // namespace

TEST_CASE("every piece runs exactly once, for any number of threads") {
  for (const int threads : {1, 2, 3, 8, 33}) {
    const Threads scope(threads);
    for (const std::int64_t pieces : {0, 1, 2, 3, 7, 64, 1'000}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(pieces));
      parallel(pieces, [&](std::int64_t i) { ++runs[std::size_t(i)]; });
      for (const auto& count : runs) CHECK(count == 1);
    }
  }
}

TEST_CASE("many short calls one after the other") {
  const Threads scope(4);
  std::atomic<std::int64_t> sum{0};
  for (int call = 0; call < 20'000; ++call) parallel(3, [&](std::int64_t i) { sum += i + call; });
  CHECK(sum == 3 * (20'000LL * 19'999 / 2) + 3 * 20'000);
}

TEST_CASE("what pieces wrote is there when the call returns, also after the workers slept") {
  const Threads scope(4);
  for (int round = 0; round < 20; ++round) {
    std::vector<int> values(500, 0);
    parallel(500, [&](std::int64_t i) { values[std::size_t(i)] = int(i); });
    CHECK(std::accumulate(values.begin(), values.end(), 0) == 500 * 499 / 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // longer than a worker stays awake
  }
}

TEST_CASE("an exception of a piece arrives here, and the pool goes on working") {
  const Threads scope(4);
  for (int round = 0; round < 100; ++round) {
    CHECK_THROWS_AS(parallel(50, [](std::int64_t i) { if (i == 17) throw std::runtime_error("seventeen"); }), std::runtime_error);
    std::atomic<int> count{0};
    parallel(50, [&](std::int64_t) { ++count; });
    CHECK(count == 50);
  }
}

TEST_CASE("a call inside a piece runs in place") {
  const Threads scope(4);
  std::atomic<int> count{0}, elsewhere{0};
  parallel(8, [&](std::int64_t) {
    const auto here = std::this_thread::get_id();
    parallel(8, [&](std::int64_t) {
      ++count;
      elsewhere += std::this_thread::get_id() != here;
    });
  });
  CHECK(count == 64);
  CHECK(elsewhere == 0);
}

TEST_CASE("two threads may call at once") {
  const Threads scope(3);
  std::atomic<int> count{0};
  {
    const auto caller = [&] {
      for (int i = 0; i < 500; ++i) parallel(10, [&](std::int64_t) { ++count; });
    };
    const std::jthread a(caller), b(caller), c(caller);
  }
  CHECK(count == 15'000);
}

TEST_CASE("the number of threads has limits") {
  CHECK(testing::refuses(ErrorKind::usage, [] { set_thread_count(0); }));
  CHECK(testing::refuses(ErrorKind::usage, [] { set_thread_count(1'025); }));
  CHECK(thread_count() >= 1);
}

TEST_CASE("MARU_THREADS has to be a number within the limits") {
  // Read once per process, so each value needs a process of its own: this one again, with the test below.
  const std::string before = ::getenv("MARU_THREADS") ? ::getenv("MARU_THREADS") : "";
  const auto said = [](const char* value) {
    ::setenv("MARU_THREADS", value, 1);
    return run_process({"/proc/self/exe", "--no-skip", "-s", "-tc=the number of threads of this process"}, {.memory_bytes = 0}).output;
  };
  CHECK(said("3").contains("threads: 3"));
  for (const char* wrong : {"0", "-1", "1025", "two", "2x", " 2", "1.5", "99999999999"}) {
    CAPTURE(wrong);
    CHECK(said(wrong).contains("MARU_THREADS: expected a number from 1 to 1024"));
  }
  if (before.empty()) ::unsetenv("MARU_THREADS");
  else ::setenv("MARU_THREADS", before.c_str(), 1);
}

TEST_CASE("the number of threads of this process" * doctest::skip()) { MESSAGE("threads: " << thread_count()); }
