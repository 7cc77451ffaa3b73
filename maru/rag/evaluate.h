#pragma once
// How good retrieval is on a judged collection in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/test.tsv.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/base/progress.h"
#include "maru/rag/store.h"
#include "maru/rag/text_embedder.h"

namespace maru::rag {

struct Judged {
  struct Query {
    std::string id, text;
    std::map<std::string, int> relevance;  // by document id; only those over 0
  };
  struct Entry {
    std::string id, title, text;
  };
  std::vector<Entry> corpus;
  std::vector<Query> queries;              // those that the judgements name
};
Judged read_beir(const std::filesystem::path& folder);  // throws Error naming file and line

struct Figures {
  double ndcg_at_10 = 0, mrr_at_10 = 0, recall_at_100 = 0;  // means over the queries
};
// `ranked`: document ids, best first. Gain is the grade, discount log2(rank + 1).  Järvelin & Kekäläinen 2002; as trec_eval computes it.
Figures figures(const std::vector<std::string>& ranked, const std::map<std::string, int>& relevance);

struct Evaluation {
  std::string retriever;                   // "bm25", "dense", "fused"
  Figures figures = {};
  std::size_t queries = 0;
  double ms_median = 0, ms_p95 = 0;        // of a query, its embedding included
};
// Title and abstract are one text with one vector, cut at the embedder's limit. `embedder` null: bm25 only.
std::vector<Evaluation> evaluate(const Judged& judged, Store& store, const TextEmbedder* embedder, const OnProgress& progress = {},
                                 const Cancel* cancel = nullptr);
Json to_json(const Evaluation& evaluation);

}  // namespace maru::rag
