#pragma once
// The merges of byte pair encoding by rank, and their application to one word. Knows ids, not spellings.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <vector>

#include "maru/text/tokenizer_parts.h"

namespace maru::text {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// (left id, right id) to rank and merged id.
class MergeTable {
 public:
  struct Entry {
    std::uint64_t pair = ~std::uint64_t{0};
    std::uint32_t rank = kNone;
    std::int32_t merged = -1;
  };
  explicit MergeTable(const std::vector<Merge>& merges) : slots_(std::bit_ceil(std::max<std::size_t>(merges.size() * 2, 16))) {
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
      const std::uint64_t pair = key(merges[rank].left, merges[rank].right);
      std::size_t at = place(pair);
      while (slots_[at].rank != kNone && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = {pair, std::uint32_t(rank), merges[rank].merged};  // of a pair listed twice the last counts, as in the reference
    }
  }
  const Entry& find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = key(left, right);
    std::size_t at = place(pair);
    while (slots_[at].pair != pair && slots_[at].rank != kNone) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

 private:
  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
  }
  std::size_t place(std::uint64_t pair) const { return std::size_t((pair * 0x9E3779B97F4A7C15ull) >> 32) & (slots_.size() - 1); }
  std::vector<Entry> slots_;
};

struct Symbol {
  std::int32_t id;
  std::uint32_t begin, end;     // bytes in the word
  std::uint32_t rank = kNone;   // of the merge with the next symbol
  std::int32_t merged = -1;
};

// Merges neighbours by rank, the leftmost of equals first, until no pair is known. O(n log n).
void merge_symbols(const MergeTable& table, std::vector<Symbol>& symbols);

}  // namespace maru::text
