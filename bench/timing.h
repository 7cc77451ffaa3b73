#pragma once
// What the benches share: repeated timing of one call, and one JSON line a figure.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/kernels/kernels.h"

namespace maru::bench {

// Seconds of each of `runs` calls, after one that is not counted.
template <class F>
std::vector<double> seconds(int runs, F&& call) {
  std::vector<double> all;
  for (int i = 0; i <= runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (i > 0) all.push_back(took.count());
  }
  std::ranges::sort(all);
  return all;
}

// One line: `count` things per call as min, median and max per second.
inline void report(std::string_view what, int threads, double count, const std::vector<double>& sorted_seconds) {
  const Json line = {{"bench", what}, {"threads", threads}, {"isa", kernels::isa_name()}, {"runs", sorted_seconds.size()},
                     {"min", count / sorted_seconds.back()}, {"median", count / sorted_seconds[sorted_seconds.size() / 2]},
                     {"max", count / sorted_seconds.front()}};
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

}  // namespace maru::bench
