#pragma once
// Text to search terms: words are stemmed, identifiers also give their parts, Hangul, Han and kana become 1- and 2-grams.
// Knows nothing of collections; the same functions serve FTS5 when it indexes and the retriever when it asks.
#include <string>
#include <string_view>
#include <vector>

namespace maru::rag {

// Every occurrence, in order: what a passage is indexed under.
std::vector<std::string> index_terms(std::string_view utf8);
// What a question asks for, each term once: Hangul, Han and kana in 2-grams, and in 1-grams where a run has at most two characters.
std::vector<std::string> query_terms(std::string_view utf8);

// The English stem of a lower-case word of the letters a–z.  M. F. Porter, "An algorithm for suffix stripping", 1980.
std::string stem(std::string_view word);
// Lucene's list of English words that carry no meaning of their own.
bool is_stop_word(std::string_view word);

// Changes whenever the rules above change: terms of different rules never meet in one index.
std::string lexical_fingerprint();

}  // namespace maru::rag
