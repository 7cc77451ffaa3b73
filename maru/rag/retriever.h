#pragma once
// Finds passages: words (BM25) and meaning (vectors) are searched apart, and their normalised scores summed with weights.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/rag/store.h"
#include "maru/rag/text_embedder.h"

namespace maru::rag {

struct SearchOptions {
  double dense_weight = 0.5;        // of the sum; words have the rest
  std::size_t candidates = 200;     // of each search, that are fused
  bool explain = true;              // fill Hit::terms and the cosine of passages that only words found
};
// A passage, and why it stands where it does.
struct Hit {
  StoredChunk chunk;
  double score = 0;                               // what it is ranked by
  double bm25 = 0, bm25_share = 0;                // raw; min–max over the candidates
  std::map<std::string, double> terms;            // what each word gave to bm25
  std::optional<double> dense;                    // cosine
  double dense_share = 0;
  double dense_weight = 0;                        // after the embedder's reading of question and passage was weighed
  std::optional<std::size_t> bm25_rank, dense_rank;  // from 1
};
struct SearchResult {
  std::vector<Hit> hits;
  std::vector<float> query_vector;                // empty where the question was not embedded
  double query_unreadable = 0;
  std::vector<Phrase> notes;
};
// `embedder` null: words only. Passages of files that are gone from the disk are left out, with a note.
SearchResult search(const Store& store, std::string_view query, std::size_t k, const TextEmbedder* embedder, const SearchOptions& options = {},
                    const Cancel* cancel = nullptr);

// {"path","title","page","start","end","text","heading","score", and "why"}
Json to_json(const Hit& hit);

}  // namespace maru::rag
