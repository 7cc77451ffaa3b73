#pragma once
// Counts the words of a text. What a word is, the caller says.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/train.h"

namespace maru::text {

struct CountedWord {
  std::string_view text;
  std::uint64_t count = 0;
};

class WordCounts {
 public:
  void add(std::string_view word, std::uint64_t count = 1);
  void add(const WordCounts& other);
  std::size_t size() const { return words_.size(); }
  std::uint64_t total() const { return total_; }
  std::vector<CountedWord> sorted() const;  // by bytes; the views live as long as this

 private:
  std::string_view kept(std::string_view word);
  void grow();
  std::vector<std::unique_ptr<std::string>> blocks_;  // the spellings, in blocks that never move
  std::vector<CountedWord> words_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> slots_;  // word + 1, or 0
  std::uint64_t total_ = 0;
};

// Calls add(word) for each word of a line.
using WordsOfLine = std::function<void(std::string_view line, const std::function<void(std::string_view)>& add)>;
struct TextWords {
  WordCounts counts;
  std::uint64_t bytes = 0;
};
// All lines of all files, on all threads. Throws Error (invalid) naming the byte of a file that is not UTF-8; (limit) over 2^31 words.
TextWords count_words(std::span<const std::filesystem::path> files, const WordsOfLine& words, const TrainOptions& options);

}  // namespace maru::text
