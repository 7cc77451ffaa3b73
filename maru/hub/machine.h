#pragma once
// What this machine has to offer a model now: memory that can still be had, room on the disk, and how fast memory is read.
#include <cstdint>
#include <filesystem>

namespace maru::hub {

struct Machine {
  std::uint64_t memory_available = 0;  // bytes
  std::uint64_t disk_free = 0;         // bytes, where the store lies
  double bytes_per_second = 0;         // streamed from memory by all threads; 0 when not measured
};
// Measures the speed of memory once per process, for at most 50 ms.
Machine this_machine(const std::filesystem::path& store);

// MemAvailable, or less where a control group (v2 and its parents, or v1) leaves less; its file cache counts as free.
std::uint64_t available_memory(const std::filesystem::path& proc = "/proc", const std::filesystem::path& cgroup = "/sys/fs/cgroup");
double memory_speed();  // bytes per second

}  // namespace maru::hub
