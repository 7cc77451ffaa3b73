// The pool of pages: what it counts, what it refuses, and that pages come back from any thread.
#include "maru/ops/page_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "maru/base/error.h"
#include "tests/scratch.h"

namespace maru::ops {

TEST_CASE("a page goes back when its last holder lets go, and the next to ask gets it zeroed") {
  const PagePool pool(192, 192 * 3 + 191);
  CHECK(pool.counts().most == 3);
  PagePool::Page a = pool.take(PagePool::Fill::zeros);
  CHECK(reinterpret_cast<std::uintptr_t>(a.get()) % 64 == 0);
  std::fill_n(a.get(), 192, std::byte{7});
  const std::byte* const where = a.get();
  PagePool::Page shared = a;
  a.reset();
  CHECK(pool.counts().in_use == 1);
  shared.reset();
  CHECK(pool.counts().in_use == 0);
  CHECK(pool.counts().free == 1);
  CHECK(pool.counts().bytes() == 192);
  const PagePool::Page again = pool.take(PagePool::Fill::zeros);
  CHECK(again.get() == where);
  CHECK(std::all_of(again.get(), again.get() + 192, [](std::byte b) { return b == std::byte{0}; }));
  CHECK(pool.counts().peak == 1);
  CHECK(pool.counts().available() == 2);
}

TEST_CASE("a pool without a further page says so in numbers, and goes on when one comes back") {
  const PagePool pool(1 << 20, 2 << 20);
  std::vector<PagePool::Page> held{pool.take(PagePool::Fill::none), pool.take(PagePool::Fill::none)};
  CHECK(testing::error_of([&] { pool.take(PagePool::Fill::none); }) ==
        "page pool: all 2 pages of 1048576 bytes (2.0 MiB) are in use; end or shorten a sequence, or give the pool more memory");
  CHECK(testing::refuses(ErrorKind::limit, [&] { pool.take(PagePool::Fill::none); }));
  held.pop_back();
  held.push_back(pool.take(PagePool::Fill::none));
  CHECK(pool.counts().in_use == 2);
  CHECK(pool.counts().peak == 2);
  held.clear();
  pool.trim();
  CHECK(pool.counts().bytes() == 0);
}

TEST_CASE("trimming gives back whole blocks and leaves alone what somebody holds") {
  const std::size_t bytes = 100'000;
  const PagePool pool(bytes);
  std::vector<PagePool::Page> held;
  for (int i = 0; i < 200; ++i) held.push_back(pool.take(PagePool::Fill::zeros));
  for (std::size_t i = 0; i < held.size(); ++i) std::fill_n(held[i].get(), bytes, std::byte(i));
  held.erase(held.begin() + 1, held.end() - 1);
  const std::size_t before = pool.counts().bytes();
  pool.trim();
  CHECK(pool.counts().bytes() < before / 2);
  CHECK(pool.counts().in_use == 2);
  CHECK(std::all_of(held[0].get(), held[0].get() + bytes, [](std::byte b) { return b == std::byte{0}; }));
  CHECK(std::all_of(held[1].get(), held[1].get() + bytes, [](std::byte b) { return b == std::byte{199}; }));
  for (int i = 0; i < 100; ++i) held.push_back(pool.take(PagePool::Fill::zeros));
  CHECK(pool.counts().in_use == 102);
}

TEST_CASE("pages outlive the pool's handles") {
  std::optional<PagePool> pool(64);
  const PagePool::Page page = pool->take(PagePool::Fill::zeros);
  pool.reset();
  CHECK(page[63] == std::byte{0});
}

TEST_CASE("threads that take, share and give back lose no page") {
  const PagePool pool(64, 64 * 4000);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&pool, t] {
        std::vector<PagePool::Page> held;
        for (int i = 0; i < 2000; ++i) {
          held.push_back(pool.take(PagePool::Fill::zeros));
          if (i % 3 == t % 3) held.push_back(held.back());
          if (i % 7 == 0) held.erase(held.begin(), held.begin() + std::int64_t(held.size() / 2));
        }
      });
  }
  CHECK(pool.counts().in_use == 0);
  CHECK(pool.counts().peak <= 4000);
  CHECK(pool.counts().free <= pool.counts().peak);
}

}  // namespace maru::ops
