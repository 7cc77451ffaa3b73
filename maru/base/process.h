#pragma once
// A child process with limits. No shell is involved: arguments go to execvp as they are.
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "maru/base/cancel.h"

namespace maru {

struct ProcessLimits {
  std::chrono::milliseconds time{30'000};
  std::size_t memory_bytes = std::size_t{1} << 30;   // RLIMIT_AS; 0 means none
  std::size_t output_bytes = std::size_t{512} << 20; // of standard output
};
struct ProcessResult {
  int exit_code = -1;       // 128 + signal when a signal ended it
  bool timed_out = false;
  bool output_cut = false;  // more than output_bytes came: the child was ended
  std::string output, errors;  // errors: at most 64 KiB
};
// Runs and waits; the child is ended when the limits or the cancel say so. `tick` is called about ten times a second.
// Throws Error (not_found) when the program is not on the PATH.
ProcessResult run_process(const std::vector<std::string>& command, const ProcessLimits& limits = {},
                          const Cancel* cancel = nullptr, const std::function<void()>& tick = {});

}  // namespace maru
