// The cache of keys and values: every type, however cut or shared, and what it takes from a pool.
#include "maru/ops/kv_cache.h"

#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "maru/base/pool.h"
#include "maru/ops/op_test.h"
#include "tests/scratch.h"

namespace maru::ops {
namespace {

constexpr KvType kTypes[] = {KvType::f32, KvType::f16, KvType::q8_0};
constexpr std::int64_t kHeads = 6, kKvHeads = 2, kHead = 40;

struct Text {
  Tensor q, k, v;
  Text(std::int64_t n, unsigned seed) {
    const Tensors all =
        random_inputs({.name = {}, .inputs = {{n, kHeads, kHead}, {n, kKvHeads, kHead}, {n, kKvHeads, kHead}}, .value = {}, .plain = {}}, seed);
    q = all[0], k = all[1], v = all[2];
  }
  std::int64_t length() const { return q.dim(0); }
};

KvCache cache_of(KvType type) { return KvCache(1, kKvHeads, kHead, type); }
KvCache cache_of(KvType type, const PagePool& pool, int layers = 1) { return KvCache(layers, kKvHeads, kHead, type, pool); }
PagePool pool_of(KvType type, std::size_t pages) {
  const std::size_t bytes = KvCache::page_bytes(kKvHeads, kHead, type);
  return PagePool(bytes, pages * bytes);
}

// Rows [begin, end) of a text behind what the cache holds.
Tensor step(const Text& text, std::int64_t begin, std::int64_t end, KvCache& cache) {
  Ragged rows;
  rows.add(end - begin);
  KvCache* const caches[] = {&cache};
  const Tensor y = attention(text.q.rows(begin, end), text.k.rows(begin, end), text.v.rows(begin, end), rows, {}, caches);
  cache.advance(end - begin);
  return y;
}

bool same(const Tensor& part, const Tensor& whole, std::int64_t first_row) {
  return std::equal(part.values().begin(), part.values().end(), whole.data() + first_row * kHeads * kHead);
}

}  // namespace

TEST_CASE("in every type a text gives the same bits whole, in chunks and among others") {
  for (const KvType type : kTypes) {
    CAPTURE(name_of(type));
    const Text text(53, 1), other(29, 2);
    KvCache all = cache_of(type);
    const Tensor whole = step(text, 0, 53, all);
    for (const std::int64_t chunk : {1, 7, 16, 40}) {
      KvCache cache = cache_of(type);
      bool equal = true;
      for (std::int64_t begin = 0; begin < 53; begin += chunk)
        equal &= same(step(text, begin, std::min<std::int64_t>(53, begin + chunk), cache), whole, begin);
      CHECK(equal);
    }
    // Twelve rows of the text behind 20, beside a new text and one row of a third.
    KvCache first = cache_of(type), second = cache_of(type), third = cache_of(type);
    step(other, 0, 28, third);
    step(text, 0, 20, second);
    Ragged rows;
    for (const std::int64_t n : {29, 12, 1}) rows.add(n);
    Tensor q({42, kHeads, kHead}), k({42, kKvHeads, kHead}), v({42, kKvHeads, kHead});
    const auto fill = [&](Tensor& to, const Tensor Text::*of) {
      float* at = to.data();
      for (const Tensor& part : {(other.*of), (text.*of).rows(20, 32), (other.*of).rows(28, 29)}) at = std::ranges::copy(part.values(), at).out;
    };
    fill(q, &Text::q), fill(k, &Text::k), fill(v, &Text::v);
    KvCache* const caches[] = {&first, &second, &third};
    const Tensor mixed = attention(q, k, v, rows, {}, caches);
    CHECK(same(mixed.rows(29, 41), whole, 20));
    CHECK(std::equal(mixed.rows(41, 42).values().begin(), mixed.values().end(), mixed.data() + 28 * kHeads * kHead));
  }
}

TEST_CASE("few rows at long context give the same bits on any number of threads") {
  const int outer = thread_count();
  for (const KvType type : kTypes) {
    CAPTURE(name_of(type));
    const Text text(701, 9);
    std::vector<Tensor> all;
    for (const int threads : {1, 3, 5}) {
      set_thread_count(threads);
      KvCache cache = cache_of(type);
      cache.write(0, text.k.data(), text.v.data(), 700);
      cache.advance(700);
      all.push_back(step(text, 700, 701, cache));
    }
    set_thread_count(outer);
    CHECK(same(all[1], all[0], 0));
    CHECK(same(all[2], all[0], 0));
  }
}

TEST_CASE("smaller types stay near f32, as near as their rounding allows") {
  const Text text(64, 3);
  KvCache exact = cache_of(KvType::f32);
  const Tensor expected = step(text, 0, 64, exact);
  for (const auto& [type, allowed] : {std::pair{KvType::f16, 1e-3}, {KvType::q8_0, 2e-2}}) {
    KvCache cache = cache_of(type);
    const Tensor got = step(text, 0, 64, cache);
    double worst = 0;
    for (std::int64_t i = 0; i < got.size(); ++i) worst = std::max(worst, double(std::abs(got.data()[i] - expected.data()[i])));
    CHECK(worst < allowed);
    CHECK(worst > allowed / 100);  // it really is rounded
    CHECK(cache.bytes() < exact.bytes() * (type == KvType::f16 ? 6 : 3) / 10);
  }
}

TEST_CASE("continuations of one past share its pages, keep apart, and give all pages back") {
  for (const KvType type : kTypes) {
    CAPTURE(name_of(type));
    const PagePool pool = pool_of(type, 100);
    const Text text(40, 4), other(40, 5);
    KvCache alone = cache_of(type);
    const Tensor whole = step(text, 0, 40, alone);
    {
      KvCache first = cache_of(type, pool);
      step(text, 0, 20, first);
      CHECK(pool.counts().in_use == 2);
      CHECK(first.pages_needed(12) == 0);
      CHECK(first.pages_needed(13) == 1);
      KvCache second = first.fork();
      CHECK(pool.counts().in_use == 2);
      CHECK(second.pages_needed(0) == 0);
      CHECK(second.pages_needed(12) == 1);   // the half full page is copied
      CHECK(second.pages_needed(13) == 2);
      step(other, 20, 40, second);
      CHECK(pool.counts().in_use == 4);
      CHECK(first.pages_needed(12) == 0);    // its last page is its own now
      CHECK(same(step(text, 20, 40, first), whole, 20));
      second.truncate(16);
      CHECK(pool.counts().in_use == 3);
      KvCache third = second.fork();
      CHECK(third.pages_needed(1) == 1);     // behind a full page nothing is copied
      step(text, 16, 40, third);
      KvCache fourth = third.fork();
      fourth.truncate(18);
      CHECK(same(step(text, 18, 40, fourth), whole, 18));
    }
    CHECK(pool.counts().in_use == 0);
  }
}

TEST_CASE("a step that needs more pages than there are is refused and leaves the past as it was") {
  const PagePool pool = pool_of(KvType::f16, 5);
  const Text text(64, 6);
  KvCache alone = cache_of(KvType::f16);
  const Tensor whole = step(text, 0, 64, alone);
  KvCache cache = cache_of(KvType::f16, pool);
  step(text, 0, 20, cache);
  KvCache other = cache.fork();
  CHECK(other.pages_needed(44) == 3);
  CHECK(pool.counts().available() == 3);
  const PagePool::Page taken = pool.take(PagePool::Fill::none);
  CHECK(testing::refuses(ErrorKind::limit, [&] { step(text, 20, 64, other); }));
  CHECK(other.length() == 20);
  CHECK(same(step(text, 20, 30, cache), whole, 20));
  other.truncate(other.length());            // gives back what the refused step took
  CHECK(pool.counts().available() == 1);
  CHECK(same(step(text, 20, 30, other), whole, 20));
}

TEST_CASE("the pages that positions need are those they take, over all layers") {
  const PagePool pool = pool_of(KvType::q8_0, 1000);
  const Text text(40, 7);
  KvCache cache = cache_of(KvType::q8_0, pool, 3);
  std::vector<KvCache> kept;
  for (std::int64_t begin = 0, n = 1; begin + n < 40; begin += n, n = n * 2 % 11) {
    if (n % 3 == 0) kept.push_back(cache.fork());
    const std::size_t before = pool.counts().in_use, needed = cache.pages_needed(n);
    for (int layer = 0; layer < 3; ++layer) cache.write(layer, text.k.rows(begin, begin + n).data(), text.v.rows(begin, begin + n).data(), n);
    cache.advance(n);
    CHECK(pool.counts().in_use - before == needed);
  }
  CHECK(cache.length() > 30);
}

TEST_CASE("a pool for pages of another size is refused in numbers") {
  CHECK(testing::error_of([] { KvCache(2, 2, 40, KvType::f16, PagePool(64)); }) ==
        "KV cache: 2 heads of 40 in f16 take pages of 5632 bytes, the pool's have 64");
  CHECK(kv_type_named("q8_0") == KvType::q8_0);
  CHECK(!kv_type_named("q4_0"));
}

TEST_CASE("continuations that run and end on their own threads give every page back") {
  const PagePool pool = pool_of(KvType::f16, 1000);
  const Text text(48, 8);
  {
    KvCache first = cache_of(KvType::f16, pool);
    first.write(0, text.k.data(), text.v.data(), 24);
    first.advance(24);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&text, cache = first.fork()]() mutable {
        for (int i = 0; i < 50; ++i) {
          KvCache mine = cache.fork();
          mine.write(0, text.k.rows(24, 48).data(), text.v.rows(24, 48).data(), 24);
          mine.advance(24);
        }
      });
  }
  CHECK(pool.counts().in_use == 0);
  CHECK(pool.counts().peak <= 2 + 4 * 2);
}

}  // namespace maru::ops
