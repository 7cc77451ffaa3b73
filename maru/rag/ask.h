#pragma once
// A question in, an answer out whose every sentence names the passage that supports it, or an honest "nothing here says so".
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/json.h"
#include "maru/rag/attribution.h"
#include "maru/rag/relevance.h"
#include "maru/rag/retriever.h"
#include "maru/rag/text_writer.h"

namespace maru::rag {

struct AskOptions {
  std::size_t found = 10;            // passages retrieved and shown in "retrieval"
  std::size_t passages = 2;          // at most so many are given to the generator
  int answer_tokens = 128;           // room for the answer
  std::size_t sentences = 2;         // after so many, or after one that the passages do not support, the generator is stopped
  float temperature = 0;
  float repeat_penalty = 1.0f;       // names and numbers of the passages are meant to be repeated
  std::uint64_t seed = 0;
  SearchOptions search = {};
};

struct Citation {
  std::size_t n = 0;                 // from 1, as in the answer's text
  std::string path;
  int page = 0;                      // 0: the format has none
  std::size_t start = 0, end = 0;    // code points of the document's text
  std::string quote;                 // == text[start:end]
  double support = 0;                // of the sentence it was cited for; the best where there are several
};
struct Sentence {
  std::string text;
  double support = 0;
  bool weak = false;
  std::size_t citation = 0;          // a Citation's n; 0 when there is none
};
// Where the tokens of the prompt went. system + passages + question + markup == prompt.
struct Budget {
  std::size_t context = 0, system = 0, passages = 0, question = 0, markup = 0, prompt = 0, answer_room = 0;
  std::size_t passages_used = 0, passages_dropped = 0;  // dropped: found fitting to be read, but there was no room
  std::size_t answer = 0;                               // written
};
struct Answer {
  std::string text;                  // with [n] after each supported sentence
  bool abstained = false;            // nothing relevant was found
  bool extractive = false;           // the sentences are quotes; no generator wrote them
  std::vector<Citation> citations;
  std::vector<Sentence> sentences;
  std::vector<Hit> retrieval;
  Relevance relevance;
  Budget budget;
  std::map<std::string, double> timings_ms;
  std::vector<Phrase> notes;
};
Json to_json(const Answer& answer);

using OnAnswer = std::function<void(std::string_view)>;  // the answer's text as it comes; the pieces join to Answer::text

// `embedder` null: words only. `writer` null: the answer is quoted. Throws Error: limit when not even the question fits the context, cancelled.
Answer ask(const Store& store, std::string_view question, const TextEmbedder* embedder, const TextWriter* writer, const AskOptions& options = {},
           const OnAnswer& on_text = {}, const Cancel* cancel = nullptr);

}  // namespace maru::rag
