// Search: two candidate lists, each score brought to 0 … 1, a weighted sum.
// A convex sum keeps how far apart scores are, which reciprocal ranks lose.  Bruch et al. 2022, "An analysis of fusion functions for hybrid retrieval".
#include "maru/rag/retriever.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "maru/rag/lexical.h"

namespace maru::rag {
namespace {

// How far the embedder's opinion counts: fully up to a fifth of unreadable tokens, not at all from half on.
double trust(double unreadable) { return std::clamp((0.5 - unreadable) / 0.3, 0.0, 1.0); }

struct Shares {
  double low = 0, width = 1;
  explicit Shares(const std::vector<Scored>& best) {
    if (best.empty()) return;
    low = best.back().score;
    width = best.front().score - low;
  }
  double of(double score) const { return width > 0 ? std::clamp((score - low) / width, 0.0, 1.0) : 1.0; }
};

struct Candidate {
  std::int64_t chunk = 0;
  double score = 0, bm25 = 0, bm25_share = 0, dense_share = 0, dense_weight = 0;
  std::optional<double> dense;
  std::optional<std::size_t> bm25_rank, dense_rank;
};

std::vector<Candidate> fused(const Store& store, const std::vector<Scored>& words, const std::vector<Scored>& meaning, std::string_view fingerprint,
                             double dense_weight) {
  std::unordered_map<std::int64_t, Candidate> found;
  const Shares word_shares(words), meaning_shares(meaning);
  for (std::size_t i = 0; i < words.size(); ++i) {
    Candidate& one = found[words[i].chunk];
    one.chunk = words[i].chunk, one.bm25 = words[i].score, one.bm25_share = word_shares.of(words[i].score), one.bm25_rank = i + 1;
  }
  for (std::size_t i = 0; i < meaning.size(); ++i) {
    Candidate& one = found[meaning[i].chunk];
    one.chunk = meaning[i].chunk, one.dense = meaning[i].score, one.dense_share = meaning_shares.of(meaning[i].score), one.dense_rank = i + 1;
  }
  std::vector<Candidate> all;
  for (auto& [id, one] : found) {
    one.dense_weight = dense_weight == 0 ? 0.0 : dense_weight * trust(store.unreadable(fingerprint, id));
    one.score = (1 - one.dense_weight) * one.bm25_share + one.dense_weight * one.dense_share;
    all.push_back(one);
  }
  std::ranges::sort(all, [](const Candidate& a, const Candidate& b) { return a.score != b.score ? a.score > b.score : a.chunk < b.chunk; });
  return all;
}

}  // namespace

SearchResult search(const Store& store, std::string_view query, std::size_t k, const TextEmbedder* embedder, const SearchOptions& options,
                    const Cancel* cancel) {
  SearchResult result;
  const std::vector<std::string> terms = query_terms(query);
  const std::vector<Scored> words = store.lexical(terms, options.candidates);

  std::vector<Scored> meaning;
  double dense_weight = 0;
  if (embedder) {
    result.query_unreadable = embedder->unreadable(query);
    dense_weight = options.dense_weight * trust(result.query_unreadable);
    if (dense_weight < options.dense_weight)
      result.notes.push_back(phrase("The embedder can hardly read this question's script ({:.0f} % of its tokens unknown or single letters): words count {:.0f} %, "
                                         "meaning {:.0f} %.", 100 * result.query_unreadable, 100 * (1 - dense_weight), 100 * dense_weight));
  }
  if (dense_weight > 0) {
    const std::string text(query);
    result.query_vector = embedder->embed({&text, 1}, cancel).at(0);
    meaning = store.dense(embedder->fingerprint, result.query_vector, options.candidates);
    if (meaning.empty() && store.chunk_count() > 0) {
      dense_weight = 0;
      result.notes.push_back(phrase("The collection has no vectors of this embedder, so only words were searched. Index it again to add them."));
    }
  }

  std::unordered_map<std::string, bool> there;  // by path; documents that are not files on this disk stay
  std::size_t gone = 0;
  for (const Candidate& one : fused(store, words, meaning, embedder ? embedder->fingerprint : "", dense_weight)) {
    if (result.hits.size() == k) break;
    Hit hit{.chunk = store.chunk(one.chunk), .score = one.score, .bm25 = one.bm25, .bm25_share = one.bm25_share, .terms = {}, .dense = one.dense,
            .dense_share = one.dense_share, .dense_weight = one.dense_weight, .bm25_rank = one.bm25_rank, .dense_rank = one.dense_rank};
    const std::filesystem::path path = hit.chunk.path;
    std::error_code ignored;
    const auto [known, first] = there.try_emplace(hit.chunk.path, true);
    if (first && path.is_absolute() && !std::filesystem::exists(path, ignored)) known->second = false, ++gone;
    if (!known->second) continue;
    if (options.explain && hit.bm25 > 0) hit.terms = store.lexical_parts(terms, one.chunk);
    if (options.explain && !hit.dense && dense_weight > 0) hit.dense = store.cosine(embedder->fingerprint, result.query_vector, one.chunk);
    result.hits.push_back(std::move(hit));
  }
  if (gone > 0) result.notes.push_back(phrase("{} found document(s) are gone from the disk and were left out. Index again to forget them.", gone));
  return result;
}

Json to_json(const Hit& hit) {
  Json why = {{"bm25", hit.bm25}, {"bm25_share", hit.bm25_share}, {"terms", hit.terms}, {"dense", nullptr}, {"dense_share", hit.dense_share},
              {"weights", {{"bm25", 1 - hit.dense_weight}, {"dense", hit.dense_weight}}}, {"ranks", {{"bm25", nullptr}, {"dense", nullptr}}}};
  if (hit.dense) why["dense"] = *hit.dense;
  if (hit.bm25_rank) why["ranks"]["bm25"] = *hit.bm25_rank;
  if (hit.dense_rank) why["ranks"]["dense"] = *hit.dense_rank;
  Json page = nullptr;
  if (hit.chunk.page > 0) page = hit.chunk.page;
  return {{"path", hit.chunk.path}, {"title", hit.chunk.title}, {"page", page}, {"start", hit.chunk.begin}, {"end", hit.chunk.end},
          {"text", hit.chunk.text}, {"heading", hit.chunk.heading}, {"score", hit.score}, {"why", why}};
}

}  // namespace maru::rag
