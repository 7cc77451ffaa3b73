// Large blocks: where they lie, and that many small ones share one.
#include "maru/base/large_block.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace maru {

TEST_CASE("a large block is zeroed, aligned and whole") {
  LargeBlock block(kLargePage + 1);
  CHECK(block.size() == 2 * kLargePage);
  CHECK(reinterpret_cast<std::uintptr_t>(block.data()) % kLargePage == 0);
  CHECK(std::all_of(block.data(), block.data() + block.size(), [](std::byte b) { return b == std::byte{0}; }));
  std::memset(block.data(), 1, block.size());
  const LargeBlock moved(std::move(block));
  CHECK(moved.data()[kLargePage] == std::byte{1});
  CHECK_THROWS_AS(LargeBlock(SIZE_MAX - 5), std::bad_alloc);
}

TEST_CASE("lasting bytes of several threads never overlap, and outlive their neighbours") {
  std::vector<std::vector<std::shared_ptr<std::byte[]>>> kept(3);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 3; ++t)
      threads.emplace_back([&kept, t] {
        for (std::size_t i = 0; i < 60; ++i) {
          const std::size_t bytes = 1 + i * 9973 % 500'000;
          auto here = lasting_bytes(bytes);
          std::memset(here.get(), int(t * 60 + i), bytes);
          if (i % 3 != 1) kept[t].push_back(std::move(here));
        }
      });
  }
  for (std::size_t t = 0; t < 3; ++t) {
    bool own = true;
    for (std::size_t i = 0, n = 0; i < 60; ++i) {
      if (i % 3 == 1) continue;
      const std::byte* here = kept[t][n++].get();
      own &= reinterpret_cast<std::uintptr_t>(here) % 64 == 0;
      own &= std::all_of(here, here + 1 + i * 9973 % 500'000, [&](std::byte b) { return b == std::byte(t * 60 + i); });
    }
    CHECK(own);
  }
}

}  // namespace maru
