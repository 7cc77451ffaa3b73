#pragma once
// The learning of BPE: the most frequent pair of neighbours becomes one symbol, again and again.  Sennrich et al. 2016, algorithm 1.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/train.h"

namespace maru::text {

// Words spelled in ids of `pieces`.
struct MergeLearning {
  std::vector<std::string> pieces;  // grows
  std::size_t specials = 0;         // so many of the first pieces never come out of a merge
  std::vector<std::array<std::int32_t, 2>> merges;  // what was merged, in order
  std::vector<std::int32_t> symbols;                // of all words, one after the other
  std::vector<std::uint64_t> ends;                  // in symbols, per word
  std::vector<std::uint64_t> counts;                // per word
};

// Until `pieces` has options.vocabulary entries or no pair is seen options.least_count times. Of pairs seen equally often the one with
// the smaller ids goes first. `continuing` ("##") is dropped from the right one. Pieces that come out spelled alike share an id.
void learn_merges(MergeLearning& learning, std::string_view continuing, const TrainOptions& options);

}  // namespace maru::text
