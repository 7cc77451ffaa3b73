#pragma once
// What the tests of kernels share: random numbers, every instruction set in turn, and memory that ends where nothing may be read.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "maru/base/error.h"
#include "maru/kernels/kernels.h"

namespace maru::kernels {

using Floats = std::vector<float>;

constexpr std::int64_t kSizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 63, 100, 577};

// The last number lies at the end of the allocation, so that a sanitizer sees a load past it.
inline Floats numbers(std::int64_t n, unsigned seed, float spread = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, spread);
  Floats all(static_cast<std::size_t>(n));
  for (float& v : all) v = normal(random);
  return all;
}

template <class Run>
void on_every_isa(Run run) {
  for (const Table* table : tables()) {
    CAPTURE(table->isa);
    run(*table);
  }
}

inline double worst_of(const Floats& found, const std::vector<double>& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double off = std::abs(double(found[i]) - expected[i]) / (1 + std::abs(expected[i]));
    worst = std::isfinite(off) ? std::max(worst, off) : 1e9;
  }
  return worst;
}

template <class One>
std::vector<double> each(std::size_t n, One one) {
  std::vector<double> all;
  for (std::size_t i = 0; i < n; ++i) all.push_back(one(i));
  return all;
}

// Zeroed bytes that end at a page of memory which nobody may touch.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes) {
    const auto page = std::size_t(::sysconf(_SC_PAGESIZE));
    mapped_ = (bytes + page - 1) / page * page + page;
    base_ = static_cast<std::byte*>(::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED || ::mprotect(base_ + mapped_ - page, page, PROT_NONE) != 0) fail(ErrorKind::io, "no guarded memory");
    data_ = base_ + mapped_ - page - bytes;
  }
  explicit Guarded(std::span<const float> values) : Guarded(values.size_bytes()) { std::memcpy(data_, values.data(), values.size_bytes()); }
  ~Guarded() { ::munmap(base_, mapped_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  std::byte* data() const { return data_; }
  float* floats() const { return reinterpret_cast<float*>(data_); }

 private:
  std::byte *base_, *data_;
  std::size_t mapped_;
};

}  // namespace maru::kernels
