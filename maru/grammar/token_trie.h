#pragma once
// The spellings of a vocabulary as a tree of bytes, laid out in the order of a walk: a subtree is a range.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "maru/grammar/matcher.h"

namespace maru::grammar {

struct TokenTrie {
  struct Place {              // entry 0 is the root; a child stands behind its parent
    std::uint32_t behind = 0;  // the first entry that is not of this subtree
    std::uint32_t tokens = 0;  // its own tokens are ids[tokens, next entry's tokens)
    std::uint16_t depth = 0;   // bytes from the root
    std::uint8_t byte = 0;
  };
  std::vector<Place> places;      // one more at the end closes the last range of tokens
  std::vector<std::int32_t> ids;  // ordinary tokens, by spelling
  std::vector<std::int32_t> ends;
  std::vector<bool> is_end, special;
  std::size_t longest = 0;
  std::string text;               // all spellings, by id
  std::vector<std::uint32_t> text_ends;

  std::size_t size() const { return text_ends.size(); }
  std::string_view bytes(std::int32_t id) const {
    const std::size_t begin = id == 0 ? 0 : text_ends[std::size_t(id) - 1];
    return std::string_view(text).substr(begin, text_ends[std::size_t(id)] - begin);
  }
};

}  // namespace maru::grammar
