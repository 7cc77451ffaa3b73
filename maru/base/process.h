#pragma once
// A child process with limits. No shell is involved: arguments go to execvp as they are.
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "maru/base/cancel.h"

namespace maru {

struct ProcessLimits {
  std::chrono::milliseconds time{30'000};
  std::size_t memory_bytes = std::size_t{1} << 30;   // RLIMIT_AS; 0 means none
  std::size_t output_bytes = std::size_t{512} << 20; // of standard output
  std::size_t data_bytes = 0;                        // RLIMIT_DATA: private memory that can be written; 0 means none
  std::size_t file_bytes = 0;                        // RLIMIT_FSIZE, of any file it writes; 0 means none
  // For code that is not trusted: no sockets, no further processes (threads are), no looking into other processes. By seccomp, and by
  // a network namespace of its own where the system lets it; see ProcessResult::network.
  bool alone = false;
  std::string folder{};                              // where it starts; empty: where we are
  std::vector<std::pair<std::string, std::string>> environment{};  // set beside what we have
};
struct ProcessResult {
  int exit_code = -1;       // 128 + signal when a signal ended it
  bool timed_out = false;
  bool output_cut = false;  // more than output_bytes came: the child was ended
  std::string output, errors;  // errors: at most 64 KiB
  std::string network;         // when alone, what keeps the network away: "namespace and filter", "filter", "namespace" or "nothing"
};
// Runs and waits; the child is ended when the limits or the cancel say so. `tick` is called about ten times a second.
// Throws Error (not_found) when the program is not on the PATH.
ProcessResult run_process(const std::vector<std::string>& command, const ProcessLimits& limits = {},
                          const Cancel* cancel = nullptr, const std::function<void()>& tick = {});

// Where a program of the PATH lies, or the path as given. Throws Error (not_found).
std::string program_path(const std::string& program);

}  // namespace maru
