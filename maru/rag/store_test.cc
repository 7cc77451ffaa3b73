#include "maru/rag/store.h"

#include <doctest/doctest.h>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/rag/fakes_test.h"
#include "maru/rag/lexical.h"

using namespace maru;
using namespace maru::rag;

namespace {

void put(Store& store, const std::string& path, const std::vector<std::string>& texts) {
  std::string whole;
  std::vector<Chunk> cut;
  for (const std::string& text : texts) {
    const std::size_t begin = unicode::length(whole);
    whole += text;
    cut.push_back({.begin = begin, .end = unicode::length(whole), .page = 0, .heading = "", .text = text});
    whole += "\n";
  }
  store.put({.path = path, .title = path}, whole, cut);
}
std::vector<Scored> ask(const Store& store, std::string_view query) { return store.lexical(query_terms(query), 10); }

}  // namespace

TEST_CASE("words find the chunk that holds them, and the parts of the score sum to it") {
  Store store(":memory:", Store::Open::create);
  put(store, "a", {"The otter swims in the river.", "Cedar grows on the hill."});
  put(store, "b", {"마루는 나무로 만든다."});
  const auto found = ask(store, "swimming otters");
  REQUIRE(found.size() == 1);
  CHECK(store.chunk(found[0].chunk).text == "The otter swims in the river.");
  double sum = 0;
  for (const auto& [term, part] : store.lexical_parts(query_terms("swimming otters"), found[0].chunk)) sum += part;
  CHECK(sum == doctest::Approx(found[0].score));
  CHECK(store.chunk(ask(store, "나무").at(0).chunk).path == "b");
}

TEST_CASE("what a document held before stops answering when it is written again or removed") {
  Store store(":memory:", Store::Open::create);
  put(store, "a", {"otter"});
  put(store, "a", {"cedar"});
  CHECK(ask(store, "otter").empty());
  CHECK(ask(store, "cedar").size() == 1);
  store.remove("a");
  CHECK(ask(store, "cedar").empty());
  CHECK(store.chunk_count() == 0);
  store.verify();
}

TEST_CASE("a quote is cut by code points") {
  Store store(":memory:", Store::Open::create);
  put(store, "a", {"물새가 ✈ 난다."});
  const auto id = store.document("a")->id;
  CHECK(store.quote(id, 4, 5) == "✈");
  CHECK(store.quote(id, 0, 3) == "물새가");
  CHECK_THROWS_AS(store.quote(id, 3, 400), Error);
}

TEST_CASE("vectors belong to a text and an embedder") {
  Store store(":memory:", Store::Open::create);
  put(store, "a", {"one", "two"});
  CHECK(store.unembedded("f").size() == 2);
  std::vector<NewVector> added;
  for (const auto& one : store.unembedded("f")) added.push_back({one.hash, {added.empty() ? 1.0f : 0.0f, added.empty() ? 0.0f : 1.0f}, 0.25});
  store.add_vectors("f", added);
  CHECK(store.unembedded("f").empty());
  CHECK(store.unembedded("g").size() == 2);
  put(store, "copy", {"two"});
  CHECK(store.unembedded("f").empty());
  const std::vector<float> query{0, 1};
  const auto found = store.dense("f", query, 10);
  REQUIRE(found.size() == 3);
  CHECK(store.chunk(found[0].chunk).text == "two");
  CHECK(store.chunk(found[1].chunk).path == "copy");
  CHECK(store.unreadable("f", found[0].chunk) == doctest::Approx(0.25));
  CHECK(store.dense("g", query, 10).empty());
  store.remove("a");
  CHECK(store.forget_unused_vectors("f") == 1);
}

TEST_CASE("a damaged, a foreign and a missing file are told apart") {
  TemporaryFolder folder;
  folder.write("text.maru", "this is not a database, and it is longer than the header of one would be, by far enough to be read as one ........");
  CHECK_THROWS_WITH_AS(Store(folder / "text.maru"), doctest::Contains("cannot be read"), Error);
  Database(folder / "other.db", true).execute("CREATE TABLE t(x)");
  CHECK_THROWS_WITH_AS(Store(folder / "other.db"), doctest::Contains("no maru collection"), Error);
  CHECK_THROWS_WITH_AS(Store(folder / "nothing.db"), doctest::Contains("no such collection"), Error);
  CHECK_THROWS_WITH_AS(Store(folder.path()), doctest::Contains("regular file"), Error);
}

TEST_CASE("a collection of another tokenizer is refused") {
  TemporaryFolder folder;
  { Store(folder / "a.db", Store::Open::create).set_fact("tokenizer", "another"); }
  CHECK_THROWS_WITH_AS(Store(folder / "a.db"), doctest::Contains("other rules"), Error);
}

TEST_CASE("a page of rubbish in the middle is found by verify") {
  TemporaryFolder folder;
  const auto path = folder / "a.db";
  {
    Store store(path, Store::Open::create);
    for (int i = 0; i < 200; ++i) put(store, "document " + std::to_string(i), {"The otter number " + std::to_string(i) + " swims in the river again."});
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096 * 6);
  file << std::string(4096 * 4, 'x');
  file.close();
  CHECK_THROWS_AS(Store(path).verify(), Error);
}
