// maru bench: how good search is on a judged collection, and how long a query takes; how well a decoder foretells a text.
#include "cli/commands/model_common.h"
#include "cli/commands/perplexity_common.h"
#include "cli/commands/rag_common.h"
#include "cli/terminal.h"
#include "maru/rag/evaluate.h"

namespace maru::cli {
namespace {

struct Given {
  std::string what, data, retriever, embedder{kDefaultEmbedder};
  PerplexityGiven perplexity;
};

int bench_retrieval(Context& context, const Given& given) {
  if (given.data.empty()) fail(ErrorKind::usage, "maru bench retrieval takes a folder: --data DIR");
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
  options.choice("WHAT", given->what, {"retrieval", "perplexity"},
                 {"retrieval: quality and time of search; perplexity: how well a model foretells a text",
                  "retrieval: 검색의 질과 시간. perplexity: 모델이 글을 얼마나 잘 맞히는지"})->required();
  options.text("MODEL", given->perplexity.model, {"For perplexity: a name (maru list), or a path to a GGUF file or a model folder",
                                                  "perplexity의 모델: 이름(maru list) 또는 GGUF 파일이나 모델 폴더의 경로"});
  options.text("--data", given->data, {"A folder in BEIR's layout: corpus.jsonl, queries.jsonl, qrels/test.tsv",
                                       "BEIR 형식의 폴더: corpus.jsonl, queries.jsonl, qrels/test.tsv"})->type_name("DIR");
  options.choice("--retriever", given->retriever, {"bm25", "dense", "fused"}, {"Only this one", "이것만"});
  options.text("--embedder", given->embedder, {"The model that reads meaning (all-minilm)", "뜻을 읽는 모델 (all-minilm)"})->type_name("MODEL");
  options.text("--text", given->perplexity.text, {"The text to foretell", "맞혀 볼 글"})->type_name("FILE");
  options.integer("--windows", given->perplexity.windows, {0}, {"Windows of the text, from its start (64); 0: all",
                                                               "글의 처음부터 볼 창의 수 (64). 0: 전부"});
  options.integer("--length", given->perplexity.length, {4}, {"Tokens of a window; its first half is context (512)",
                                                             "창 하나의 토큰 수. 앞의 절반은 문맥입니다 (512)"});
  options.flag("--exact", given->perplexity.exact, {"Compute in f32 instead of eight-bit activations", "활성값을 8비트 대신 f32로 계산합니다"});
  options.examples("maru bench retrieval --data scifact --json\nmaru bench perplexity smollm2 --text shakespeare.txt");
  return [given](Context& context) {
    return given->what == "perplexity" ? bench_perplexity(context, given->perplexity) : bench_retrieval(context, *given);
  };
}

}  // namespace

Command bench_entry() {
  return {.name = "bench", .group = "the program", .about = "Measure retrieval or perplexity", .about_ko = "검색의 질과 시간 또는 혼란도를 잽니다",
          .declare = declare};
}

}  // namespace maru::cli
