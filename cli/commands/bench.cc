// maru bench retrieval: how good search is on a judged collection, and how long a query takes.
#include "cli/commands/model_common.h"
#include "cli/commands/rag_common.h"
#include "cli/terminal.h"
#include "maru/rag/evaluate.h"

namespace maru::cli {
namespace {

struct Given {
  std::string what, data, retriever, embedder{kDefaultEmbedder};
};

int bench(Context& context, const Given& given) {
  const rag::Judged judged = rag::read_beir(given.data);
  std::optional<LoadedEmbedder> embedder;
  if (given.retriever != "bm25") embedder.emplace(load_embedder_named(context, given.embedder));
  rag::Store store(":memory:", rag::Store::Open::create);
  const std::vector<rag::Evaluation> all = rag::evaluate(judged, store, embedder ? &embedder->plain : nullptr, context.progress(),
                                                         &context.cancel);
  std::vector<std::vector<std::string>> rows;
  Json results = Json::array();
  for (const rag::Evaluation& one : all) {
    if (!given.retriever.empty() && one.retriever != given.retriever) continue;
    results.push_back(rag::to_json(one));
    rows.push_back({one.retriever, fmt::format("{:.4f}", one.figures.ndcg_at_10), fmt::format("{:.4f}", one.figures.mrr_at_10),
                    fmt::format("{:.4f}", one.figures.recall_at_100),
                    count_text(one.queries), fmt::format("{:.2f}", one.ms_median), fmt::format("{:.2f}", one.ms_p95)});
  }
  if (context.json)
    context.print_json({{"data", given.data}, {"embedder", embedder ? embedder->name : ""}, {"documents", judged.corpus.size()},
                        {"results", results}});
  else context.print(table({"RETRIEVER", ">nDCG@10", ">MRR@10", ">R@100", ">QUERIES", ">MS", ">MS P95"}, rows, context.color));
  return 0;
}

std::function<int(Context&)> declare(CLI::App& app, bool korean) {
  const auto given = std::make_shared<Given>();
  Options options(app, korean);
  options.choice("WHAT", given->what, {"retrieval"}, {"retrieval: quality and time of search", "retrieval: 검색의 질과 시간"})->required();
  options.text("--data", given->data, {"A folder in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/test.tsv",
                                       "BEIR 형식의 폴더: corpus.jsonl, queries.jsonl, qrels/test.tsv"})->type_name("DIR")->required();
  options.choice("--retriever", given->retriever, {"bm25", "dense", "fused"}, {"Only this one", "이것만"});
  options.text("--embedder", given->embedder, {"The model that reads meaning (all-minilm)", "뜻을 읽는 모델 (all-minilm)"})->type_name("MODEL");
  options.examples("maru bench retrieval --data scifact --json");
  return [given](Context& context) { return bench(context, *given); };
}

}  // namespace

Command bench_entry() {
  return {.name = "bench", .group = "the program", .about = "Measure retrieval on a judged collection", .about_ko = "검색의 질과 시간을 잽니다",
          .declare = declare};
}

}  // namespace maru::cli
