// Tries mutated inputs for a few seconds and keeps those that reach new code. Usage: fuzz_x [seconds], or fuzz_x files… to
// try those again. What breaks is written to a file that the report names.
#include <sanitizer/common_interface_defs.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "maru/base/error.h"
#include "tests/fuzz/coverage.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/mutation.h"

namespace maru::fuzz {
namespace {
using Clock = std::chrono::steady_clock;
constexpr std::size_t kMostAttempts = 200'000;
constexpr std::chrono::seconds kSlow{5};  // a single input may not take longer
constexpr std::uint64_t kSeed = 20'260'401;

std::string current;  // what is being tried, for the report

std::filesystem::path folder() {
  static const std::filesystem::path path = [] {
    // In memory where there is such a place: an input is written thousands of times a second.
    std::error_code code;
    const bool memory = std::filesystem::is_directory("/dev/shm", code) && ::access("/dev/shm", W_OK) == 0;
    std::string name =
        ((memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path()) / "maru-fuzz-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw Broken("no temporary folder");
    return std::filesystem::path(name);
  }();
  return path;
}

void keep_input() {
  const auto path = std::filesystem::temp_directory_path() / ("maru-fuzz-broken-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary).write(current.data(), std::streamsize(current.size()));
  std::fprintf(stderr, "the input of %zu bytes is kept in %s; give that as argument to try it again\n", current.size(), path.c_str());
}

// True when all is well.
bool tried(std::string input) {
  current = std::move(input);
  const auto begun = Clock::now();
  try {
    attempt(current);
  } catch (const Error&) {
  } catch (const std::exception& error) {
    std::fprintf(stderr, "another exception than maru::Error: %s\n", error.what());
    keep_input();
    return false;
  }
  if (Clock::now() - begun < kSlow) return true;
  std::fprintf(stderr, "one input takes more than %d seconds\n", int(kSlow.count()));
  keep_input();
  return false;
}

bool fuzzed(int seconds) {
  std::vector<std::string> corpus = seeds();
  for (const std::string& seed : corpus)
    if (!tried(seed)) return false;
  reached_something_new();
  const std::size_t first = places_reached(), given = corpus.size();
  Mutator mutator(kSeed, words());
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  std::size_t attempts = 0;
  for (; attempts < kMostAttempts && Clock::now() < end; ++attempts) {
    if (!tried(mutator.mutated(mutator.choice(corpus), corpus))) return false;
    if (reached_something_new()) corpus.push_back(current);
  }
  std::printf("%zu inputs; places reached: %zu by the %zu seeds, %zu in the end\n", attempts, first, given, places_reached());
  return true;
}

bool replayed(int count, char** paths) {
  for (int i = 0; i < count; ++i) {
    std::ifstream in(paths[i], std::ios::binary);
    if (!tried(std::string(std::istreambuf_iterator<char>(in), {}))) return false;
  }
  return true;
}
}  // namespace

std::filesystem::path file(std::string_view name, std::string_view content) {
  const auto path = folder() / name;
  std::ofstream(path, std::ios::binary).write(content.data(), std::streamsize(content.size()));
  return path;
}
}  // namespace maru::fuzz

// Memory asked for because an input says so, and not because it holds so much, is a fault as well.
extern "C" const char* __asan_default_options() { return "max_allocation_size_mb=1024:hard_rss_limit_mb=4096"; }
extern "C" const char* __ubsan_default_options() { return "print_stacktrace=1"; }

int main(int count, char** arguments) {
  using namespace maru::fuzz;
  __sanitizer_set_death_callback(keep_input);
  char* rest = nullptr;
  const long seconds = count == 2 ? std::strtol(arguments[1], &rest, 10) : 3;
  const bool again = count > 2 || (rest && *rest);
  const bool well = again ? replayed(count - 1, arguments + 1) : fuzzed(int(seconds));
  std::error_code code;
  std::filesystem::remove_all(folder(), code);
  return well ? 0 : 1;
}
