#pragma once
// Whether the passages found can answer the question at all: the gate before any answer is written.
#include <optional>
#include <span>
#include <string_view>

#include "maru/base/json.h"
#include "maru/rag/content_words.h"
#include "maru/rag/retriever.h"

namespace maru::rag {

struct Relevance {
  double covered = 0;             // share of the question's content words, by rarity, that the best passage holds
  std::optional<double> cosine;   // of the nearest passage; absent where the embedder cannot read the question
  double score = 0;
  bool relevant = false;
};
// How much a word tells passages apart: its highest idf, less for verbs and single syllables, which say little.
double rarity(const Store& store, const ContentWord& word);
Relevance relevance(const Store& store, std::string_view question, std::span<const Hit> hits);
Json to_json(const Relevance& relevance);

}  // namespace maru::rag
