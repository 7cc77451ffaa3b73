// The compiler calls __sanitizer_cov_trace_pc at every branch of the tested code; this file is compiled without it.
#include "tests/fuzz/coverage.h"

#include <bitset>
#include <cstdint>

namespace {
constexpr std::size_t kPlaces = std::size_t{1} << 18;
std::bitset<kPlaces> seen;
bool fresh = false;
}  // namespace

extern "C" void __sanitizer_cov_trace_pc() {
  // Relative to this program's own code, so that runs can be compared wherever it is loaded.
  const auto place = std::uintptr_t(__builtin_return_address(0)) - std::uintptr_t(&__sanitizer_cov_trace_pc);
  const std::size_t slot = (place * 0x9E3779B97F4A7C15u) >> 46;
  if (seen[slot]) return;
  seen[slot] = true;
  fresh = true;
}

namespace maru::fuzz {
bool reached_something_new() {
  const bool was = fresh;
  fresh = false;
  return was;
}
std::size_t places_reached() { return seen.count(); }
}  // namespace maru::fuzz
