#pragma once
// Learns a vocabulary from text files and spells it as a tokenizer.json.
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/base/progress.h"

namespace maru::text {

enum class TrainedKind : std::uint8_t {
  bpe,        // byte-level BPE with the split of GPT-2.  Sennrich et al. 2016, Radford et al. 2019
  wordpiece,  // BERT's normaliser and words; pieces are learned as BPE learns them, "##" within a word.  Schuster and Nakajima 2012
  unigram,    // NFKC, words at white space, a unigram language model of pieces.  Kudo 2018
};

struct TrainOptions {
  TrainedKind kind = TrainedKind::bpe;
  std::size_t vocabulary = 30000;     // tokens in all, special ones included
  bool lowercase = false;             // WordPiece and Unigram
  // Behind the kind's own: BPE <|endoftext|>, WordPiece [PAD] [UNK] [CLS] [SEP] [MASK], Unigram <unk> <s> </s> <pad>.
  std::vector<std::string> specials{};
  std::uint64_t least_count = 2;      // a pair of pieces seen less often is not merged (BPE, WordPiece)
  std::size_t alphabet = 1000;        // WordPiece and Unigram: the most frequent characters that get a piece of their own
  const Cancel* cancel = nullptr;
  OnProgress progress{};
};

struct TrainedTokenizer {
  std::string json;
  std::size_t vocabulary = 0, distinct_words = 0;
  std::uint64_t text_bytes = 0, words = 0;
  std::size_t characters = 0, rare_characters = 0;  // of the text; and how many of them the alphabet has no room for
};

// Files are UTF-8 and read line by line, each line with its end, so that no word spans two lines. The result depends on the text and
// the options alone, not on threads. Throws Error: (invalid) for a file that is not UTF-8, and where the text yields fewer pieces than
// asked for, saying how many; (usage) for a vocabulary too small to hold the specials and the alphabet; (cancelled).
TrainedTokenizer train_tokenizer(std::span<const std::filesystem::path> files, const TrainOptions& options);

}  // namespace maru::text
