// Evaluate: index the corpus, ask every judged query in each way, average the figures.
#include "maru/rag/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/unicode.h"
#include "maru/rag/lexical.h"
#include "maru/rag/retriever.h"

namespace maru::rag {
namespace {

template <class Take>
void each_line(const std::filesystem::path& path, Take take) {
  const std::string content = read_file(path, std::size_t{2} << 30);
  std::size_t number = 0;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    const std::string_view line = std::string_view(content).substr(at, end - at);
    ++number;
    if (!line.empty()) take(line, fmt::format("{}:{}", path.string(), number));
    at = end + 1;
  }
}

std::string field(const Json& object, const char* name, const std::string& where) {
  check(object.is_object() && object.contains(name) && object[name].is_string(), "{}: expected an object with the string \"{}\"", where, name);
  return object[name].get<std::string>();
}

void fill(Store& store, const Judged& judged, const TextEmbedder* embedder, const OnProgress& progress, const Cancel* cancel) {
  for (const Judged::Entry& entry : judged.corpus) {
    if (cancel) cancel->check();
    const std::string text = unicode::nfc(entry.title.empty() ? entry.text : entry.title + " " + entry.text);
    const Chunk whole{.begin = 0, .end = unicode::length(text), .page = 0, .heading = {}, .text = text};
    store.put({.path = entry.id, .title = entry.title}, text, {&whole, 1});
  }
  if (!embedder) return;
  const std::vector<Unembedded> missing = store.unembedded(embedder->fingerprint);
  constexpr std::size_t kBatch = 64;
  for (std::size_t done = 0; done < missing.size(); done += kBatch) {
    if (progress) progress({.what = "embedding", .done = done, .total = missing.size(), .unit = "documents"});
    const auto batch = std::span(missing).subspan(done, std::min(kBatch, missing.size() - done));
    std::vector<std::string> texts;
    for (const Unembedded& one : batch) texts.push_back(store.chunk(one.chunk).text);
    const auto vectors = embedder->embed(texts, cancel);
    std::vector<NewVector> added;
    for (std::size_t i = 0; i < batch.size(); ++i) added.push_back({batch[i].hash, vectors.at(i), embedder->unreadable(texts[i])});
    store.add_vectors(embedder->fingerprint, added);
  }
}

}  // namespace

Judged read_beir(const std::filesystem::path& folder) {
  Judged judged;
  std::unordered_map<std::string, std::map<std::string, int>> relevance;
  bool heading = true;
  each_line(folder / "qrels" / "test.tsv", [&](std::string_view line, const std::string& where) {
    if (std::exchange(heading, false)) return;
    const std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
    check(first != line.npos && second != line.npos, "{}: expected query, document and grade, parted by tabs", where);
    const int grade = std::atoi(std::string(line.substr(second + 1)).c_str());
    if (grade > 0) relevance[std::string(line.substr(0, first))][std::string(line.substr(first + 1, second - first - 1))] = grade;
  });
  each_line(folder / "queries.jsonl", [&](std::string_view line, const std::string& where) {
    const Json query = parse_json(line, where);
    const auto found = relevance.find(field(query, "_id", where));
    if (found != relevance.end()) judged.queries.push_back({found->first, field(query, "text", where), found->second});
  });
  each_line(folder / "corpus.jsonl", [&](std::string_view line, const std::string& where) {
    const Json entry = parse_json(line, where);
    judged.corpus.push_back({field(entry, "_id", where), entry.value("title", ""), field(entry, "text", where)});
  });
  check(!judged.queries.empty() && !judged.corpus.empty(), "{}: holds no judged query or no document", folder.string());
  return judged;
}

Figures figures(const std::vector<std::string>& ranked, const std::map<std::string, int>& relevance) {
  Figures result;
  double gain = 0, ideal = 0, found = 0;
  for (std::size_t i = 0; i < ranked.size() && i < 100; ++i) {
    const auto grade = relevance.find(ranked[i]);
    if (grade == relevance.end()) continue;
    found += 1;
    if (i >= 10) continue;
    gain += grade->second / std::log2(double(i) + 2);
    if (result.mrr_at_10 == 0) result.mrr_at_10 = 1 / (double(i) + 1);
  }
  std::vector<int> grades;
  for (const auto& [id, grade] : relevance) grades.push_back(grade);
  std::ranges::sort(grades, std::greater{});
  for (std::size_t i = 0; i < grades.size() && i < 10; ++i) ideal += grades[i] / std::log2(double(i) + 2);
  result.ndcg_at_10 = ideal > 0 ? gain / ideal : 0;
  result.recall_at_100 = relevance.empty() ? 0 : found / double(relevance.size());
  return result;
}

std::vector<Evaluation> evaluate(const Judged& judged, Store& store, const TextEmbedder* embedder, const OnProgress& progress, const Cancel* cancel) {
  fill(store, judged, embedder, progress, cancel);
  std::vector<std::pair<std::string, double>> ways{{"bm25", 0.0}};
  if (embedder) ways = {{"bm25", 0.0}, {"dense", 1.0}, {"fused", SearchOptions{}.dense_weight}};
  std::vector<Evaluation> all;
  for (const auto& [name, weight] : ways) {
    Evaluation evaluation{.retriever = name, .queries = judged.queries.size()};
    std::vector<double> times;
    for (std::size_t i = 0; i < judged.queries.size(); ++i) {
      if (cancel) cancel->check();
      if (progress) progress({.what = name, .done = i, .total = judged.queries.size(), .unit = "queries"});
      const auto& query = judged.queries[i];
      const auto start = std::chrono::steady_clock::now();
      const SearchResult result = search(store, query.text, 100, weight > 0 ? embedder : nullptr, {.dense_weight = weight, .explain = false}, cancel);
      times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
      std::vector<std::string> ranked;
      for (const Hit& hit : result.hits) ranked.push_back(hit.chunk.path);
      const Figures one = figures(ranked, query.relevance);
      evaluation.figures.ndcg_at_10 += one.ndcg_at_10 / double(judged.queries.size());
      evaluation.figures.mrr_at_10 += one.mrr_at_10 / double(judged.queries.size());
      evaluation.figures.recall_at_100 += one.recall_at_100 / double(judged.queries.size());
    }
    std::ranges::sort(times);
    evaluation.ms_median = times[times.size() / 2];
    evaluation.ms_p95 = times[times.size() * 95 / 100];
    all.push_back(evaluation);
  }
  return all;
}

Json to_json(const Evaluation& evaluation) {
  return {{"retriever", evaluation.retriever}, {"ndcg@10", evaluation.figures.ndcg_at_10}, {"mrr@10", evaluation.figures.mrr_at_10},
          {"recall@100", evaluation.figures.recall_at_100}, {"queries", evaluation.queries}, {"ms_median", evaluation.ms_median}, {"ms_p95", evaluation.ms_p95}};
}

}  // namespace maru::rag
