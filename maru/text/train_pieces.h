#pragma once
// The parts of learning a unigram model: the words as code points, the substrings it begins with, and their probabilities.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/train_parts.h"

namespace maru::text {

inline constexpr std::size_t kLongestPiece = 16;  // code points
// Words are looked at in parts of this many code points: the probability of one never underflows a double.
inline constexpr std::size_t kLongestPart = 32;

struct WordParts {
  std::u32string text;               // of all parts, one after the other
  std::vector<std::uint32_t> ends;   // in code points, per part
  std::vector<std::uint64_t> counts;
  std::size_t size() const { return ends.size(); }
  std::u32string_view part(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::u32string_view(text).substr(begin, ends[i] - begin);
  }
};

struct LearnedPiece {
  std::u32string text;
  double score = 0;  // natural logarithm of its probability
};

// The substrings of 2 to kLongestPiece code points that are seen at least twice and cannot be longer without being seen less often,
// those first that cover most text, at most `most`. Their scores are how often each is seen.
std::vector<LearnedPiece> frequent_substrings(const WordParts& words, std::size_t most, const TrainOptions& options);

// Expectation, maximisation and pruning down to `target` pieces; those of one code point stay.  Kudo 2018, section 3.2.
std::vector<LearnedPiece> pruned_pieces(const WordParts& words, std::vector<LearnedPiece> pieces, std::size_t target,
                                        const TrainOptions& options);

}  // namespace maru::text
