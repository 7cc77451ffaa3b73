// The cache of prefixes beside a plain list of everything that was read.
#include "maru/engine/prefix_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace maru::engine {
namespace {

using Ids = std::vector<std::int32_t>;

struct Shop {
  ops::PagePool pool{ops::KvCache::page_bytes(1, 16, ops::KvType::f32)};
  ops::KvCache empty() const { return {2, 1, 16, ops::KvType::f32, pool}; }
  // A cache whose keys tell which token they are of and what stood before it.
  ops::KvCache read(const Ids& ids) const {
    ops::KvCache cache = empty();
    float past = 0;
    for (const std::int32_t id : ids) {
      past = past * 0.5f + float(id);
      const std::vector<float> numbers(16, past);
      for (int layer = 0; layer < 2; ++layer) cache.write(layer, numbers.data(), numbers.data(), 1);
      cache.advance(1);
    }
    return cache;
  }
};

bool same(const ops::KvCache& a, const ops::KvCache& b, std::int64_t length) {
  for (int layer = 0; layer < 2; ++layer)
    for (std::int64_t i = 0; i < length / 16; ++i)
      if (!std::equal(a.pages(layer)[i], a.pages(layer)[i] + 16 * 16 * 8, b.pages(layer)[i])) return false;
  return true;
}

Ids upto(int n, int seed = 0) {
  Ids ids;
  for (int i = 0; i < n; ++i) ids.push_back(i * 7 % 13 + seed);
  return ids;
}

}  // namespace

TEST_CASE("the longest known beginning is found in whole blocks, and only in its own scope") {
  const Shop shop;
  PrefixCache prefixes(1000);
  prefixes.keep("a", upto(50), shop.read(upto(50)));
  CHECK(prefixes.pages() == 2 * 3);
  Ids other = upto(50);
  other[33] = 99;
  for (const auto& [ids, found] : {std::pair{upto(50), 48}, {upto(31), 16}, {other, 32}, {upto(15), 0}, {upto(50, 1), 0}}) {
    ops::KvCache cache = shop.empty();
    CHECK(prefixes.find("a", ids, cache) == found);
    CHECK(same(cache, shop.read(ids), found));
    ops::KvCache none = shop.empty();
    CHECK(prefixes.find("b", ids, none) == 0);
  }
}

TEST_CASE("what two texts share is held once, and what was used least recently goes first") {
  const Shop shop;
  PrefixCache prefixes(1000);
  Ids a = upto(64), b = upto(64);
  b[40] = 99;
  prefixes.keep("", a, shop.read(a));
  prefixes.keep("", b, shop.read(b));
  CHECK(prefixes.pages() == 2 * (4 + 2));
  CHECK(shop.pool.counts().in_use == prefixes.pages());
  {
    ops::KvCache cache = shop.empty();
    prefixes.find("", a, cache);
  }
  CHECK(prefixes.evict(1) == 2);
  ops::KvCache cache = shop.empty();
  CHECK(prefixes.find("", b, cache) == 48);  // its last block went
  CHECK(prefixes.evict(1000) == 2 * 2);      // what is being read stays
  cache = shop.empty();
  CHECK(prefixes.evict(1000) == 2 * 3);
  CHECK(shop.pool.counts().in_use == 0);
}

TEST_CASE("random texts: what is found is the longest beginning of whole blocks, with its own numbers") {
  const Shop shop;
  std::mt19937 random(3);
  for (const std::size_t most : {std::size_t(100000), std::size_t(60)}) {
    PrefixCache prefixes(most);
    std::vector<Ids> known;
    for (int round = 0; round < 200; ++round) {
      Ids ids(16 + random() % 100, 1);
      // Blocks are equal or not, so that beginnings are shared often.
      for (std::size_t i = 0; i < ids.size(); i += 16) ids[i] = std::int32_t(random() % 2);
      ops::KvCache cache = shop.empty();
      const std::int64_t found = prefixes.find("", ids, cache);
      std::int64_t longest = 0;
      for (const Ids& k : known) longest = std::max<std::int64_t>(longest, (std::ranges::mismatch(k, ids).in1 - k.begin()) / 16 * 16);
      if (most > 1000) CHECK(found == longest);
      CHECK(found <= longest);
      CHECK(same(cache, shop.read(ids), found));
      cache = shop.empty();
      prefixes.keep("", ids, shop.read(ids));
      known.push_back(std::move(ids));
      CHECK(prefixes.pages() <= most);
      CHECK(shop.pool.counts().in_use == prefixes.pages());
    }
    prefixes.clear();
    CHECK(shop.pool.counts().in_use == 0);
    CHECK(prefixes.blocks() == 0);
  }
}

}  // namespace maru::engine
