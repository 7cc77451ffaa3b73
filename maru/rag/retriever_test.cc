#include "maru/rag/retriever.h"

#include <doctest/doctest.h>

#include "maru/rag/evaluate.h"
#include "maru/rag/fakes_test.h"
#include "maru/rag/indexer.h"

using namespace maru;
using namespace maru::rag;

namespace {
struct Filled {
  TemporaryFolder folder;
  FakeEmbedder embedder;
  TextEmbedder view = embedder.view();
  Store store{":memory:", Store::Open::create};
  Filled() {
    folder.write("animals.txt", "The otter swims in the river and eats fish.\n");
    folder.write("trees.txt", "The cedar grows on the hill above the village.\n");
    folder.write("나무.txt", "느티나무는 마을 입구에서 그늘을 준다.\n");
    const std::filesystem::path root = folder.path();
    index(store, {&root, 1}, &view);
  }
};
}  // namespace

TEST_CASE("a hit says why it stands where it does") {
  Filled filled;
  const SearchResult result = search(filled.store, "otter in the river", 3, &filled.view);
  REQUIRE(!result.hits.empty());
  const Hit& hit = result.hits[0];
  CHECK(hit.chunk.path.ends_with("animals.txt"));
  CHECK(hit.bm25_rank == 1);
  CHECK(hit.dense_rank == 1);
  CHECK(hit.terms.contains("otter"));
  CHECK(hit.score == doctest::Approx(hit.dense_weight * hit.dense_share + (1 - hit.dense_weight) * hit.bm25_share));
  const Json json = to_json(hit);
  CHECK(json["why"]["weights"]["dense"] == 0.5);
  CHECK(filled.store.quote(hit.chunk.document, json["start"], json["end"]) == json["text"]);
}

TEST_CASE("a question that the embedder cannot read is asked by words alone, with one note") {
  Filled filled;
  filled.embedder.texts = 0;
  const SearchResult result = search(filled.store, "느티나무는 어디에 있나요", 3, &filled.view);
  REQUIRE(!result.hits.empty());
  CHECK(result.hits[0].chunk.path.ends_with("나무.txt"));
  CHECK(result.hits[0].dense_weight == 0);
  CHECK(result.notes.size() == 1);
  CHECK(filled.embedder.texts == 0);
}

TEST_CASE("retrieval's figures are those of a small example") {
  const Figures one = figures({"x", "a", "y", "b"}, {{"a", 1}, {"b", 1}});
  CHECK(one.mrr_at_10 == doctest::Approx(0.5));
  CHECK(one.ndcg_at_10 == doctest::Approx((1 / std::log2(3.0) + 1 / std::log2(5.0)) / (1 + 1 / std::log2(3.0))));
  CHECK(one.recall_at_100 == 1);
  CHECK(figures({}, {{"a", 2}}).ndcg_at_10 == 0);
}

TEST_CASE("a small judged collection is read and evaluated in every way") {
  TemporaryFolder folder;
  folder.write("corpus.jsonl", R"({"_id": "1", "title": "Otters", "text": "They swim."})" "\n" R"({"_id": "2", "title": "Cedars", "text": "They grow."})" "\n");
  folder.write("queries.jsonl", R"({"_id": "q", "text": "swimming otter"})" "\n" R"({"_id": "unjudged", "text": "x"})" "\n");
  folder.write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\t1\t1\n");
  FakeEmbedder embedder;
  const TextEmbedder view = embedder.view();
  Store store(":memory:", Store::Open::create);
  const auto all = evaluate(read_beir(folder.path()), store, &view);
  REQUIRE(all.size() == 3);
  for (const Evaluation& one : all) CHECK(one.figures.ndcg_at_10 == 1);
}
