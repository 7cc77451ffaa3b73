#pragma once
// What the three ways of learning share: the learned vocabulary, the choice of an alphabet, and the frame of tokenizer.json.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "maru/base/json.h"
#include "maru/text/train.h"
#include "maru/text/train_words.h"

namespace maru::text {

struct Learned {
  Json normalizer, pre_tokenizer, post_processor, decoder, model;
  std::size_t vocabulary = 0;
  std::size_t characters = 0, rare_characters = 0;
};

// `specials` are the first ids. One function per kind, each a file.
Learned learn_bpe(const TextWords& words, const std::vector<std::string>& specials, const TrainOptions& options);
Learned learn_wordpiece(const TextWords& words, const std::vector<std::string>& specials, const TrainOptions& options);
Learned learn_unigram(const TextWords& words, const std::vector<std::string>& specials, const TrainOptions& options);
WordsOfLine bpe_words();
WordsOfLine wordpiece_words(bool lowercase);
WordsOfLine unigram_words(bool lowercase);

// The most frequent characters of the words, at most options.alphabet, by code point.
struct Alphabet {
  std::vector<char32_t> kept;
  std::size_t rare = 0;  // characters left out
  bool holds(char32_t c) const;
  bool spells(std::string_view word) const;  // all its characters are held
};
Alphabet alphabet_of(std::span<const CountedWord> words, const TrainOptions& options);

// Throws Error (usage) when specials and alphabet leave no room; (invalid) when fewer pieces than asked for were found.
void check_room(std::size_t specials, std::size_t alphabet, const TrainOptions& options);
void check_learned(std::size_t learned, const TrainOptions& options);

// {"piece": id, …}
Json numbered(const std::vector<std::string>& pieces);
Json merges_json(const std::vector<std::string>& pieces, std::span<const std::array<std::int32_t, 2>> merges);

}  // namespace maru::text
