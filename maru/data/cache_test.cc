#include "maru/data/cache.h"

#include <doctest/doctest.h>

#include "tests/scratch.h"

namespace maru::data {
namespace {

TEST_CASE("what is kept is found until the file changes") {
  const testing::Scratch folder;
  const Cache cache(folder.path / "cache");
  const auto file = folder.put("a.jsonl", "{}\n");
  const std::string key = Cache::key("count rows 1", {{"unit", "line"}}, {file});
  CHECK_FALSE(cache.find(key));
  cache.keep(key, 7);
  CHECK(cache.find(key) == Json(7));
  CHECK(Cache::key("count rows 1", {{"unit", "document"}}, {file}) != key);
  CHECK(Cache::key("count rows 2", {{"unit", "line"}}, {file}) != key);
  folder.put("a.jsonl", "{}\n{}\n");
  CHECK(Cache::key("count rows 1", {{"unit", "line"}}, {file}) != key);
  CHECK(cache.clear() == 1);
  CHECK_FALSE(cache.find(key));
}

TEST_CASE("a damaged entry is no entry, and the oldest go when there are too many") {
  const testing::Scratch folder;
  const Cache cache(folder.path);
  folder.put("broken.json", "{");
  CHECK_FALSE(cache.find("broken"));
  for (std::size_t i = 0; i < Cache::kMostEntries + 5; ++i) folder.put(fmt::format("{}.json", i), "1");
  cache.keep("last", 2);
  std::size_t left = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path)) ++left;
  CHECK(left == Cache::kMostEntries);
  CHECK(cache.find("last") == Json(2));
}

}  // namespace
}  // namespace maru::data
