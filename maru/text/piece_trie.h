#pragma once
// A trie over the pieces of a vocabulary, laid out breadth first: all pieces that a text begins with come from one walk.
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "maru/text/vocabulary.h"

namespace maru::text {

class PieceTrie {
 public:
  // Of the first `count` pieces; empty ones are left out.
  PieceTrie(const Vocabulary& vocabulary, std::size_t count);

  // Calls found(end, id) for each piece that stands at `at`, the shortest first.
  template <class F>
  void each(std::string_view text, std::size_t at, F&& found) const {
    if (at >= text.size()) return;
    std::uint32_t node = roots_[static_cast<unsigned char>(text[at])];
    while (node != 0) {
      ++at;
      if (nodes_[node].id >= 0) found(at, nodes_[node].id);
      if (at == text.size()) return;
      node = child(node, static_cast<unsigned char>(text[at]));
    }
  }
  std::size_t longest() const { return longest_; }  // bytes

 private:
  struct Node {
    std::uint32_t first = 0;     // its children lie side by side, sorted by label
    std::int32_t id = -1;
    std::uint16_t children = 0;
    std::uint8_t label = 0;
  };
  std::uint32_t child(std::uint32_t node, std::uint8_t label) const {
    std::uint32_t low = nodes_[node].first, high = low + nodes_[node].children;
    while (high - low > 8) {
      const std::uint32_t middle = low + (high - low) / 2;
      (nodes_[middle].label <= label ? low : high) = middle;
    }
    for (; low < high; ++low)
      if (nodes_[low].label == label) return low;
    return 0;
  }
  std::vector<Node> nodes_;  // [0] is the root
  std::array<std::uint32_t, 256> roots_{};
  std::size_t longest_ = 0;
};

}  // namespace maru::text
