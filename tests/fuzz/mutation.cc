// The changes, each small; an input goes through one to eight of them.
#include "tests/fuzz/mutation.h"

#include <algorithm>
#include <cstring>

namespace maru::fuzz {

std::string Mutator::mutated(std::string input, const std::vector<std::string>& corpus) {
  for (std::size_t i = 1 + below(8); i > 0; --i) change(input, corpus);
  if (input.size() > kLongestInput) input.resize(kLongestInput);
  return input;
}

void Mutator::change(std::string& input, const std::vector<std::string>& corpus) {
  const std::size_t at = below(input.size() + 1), inside = below(input.size());
  const std::size_t length = std::min(input.size() - at, 1 + below(below(4) ? 16 : 1024));
  switch (below(words_.empty() ? 8 : 10)) {
    case 0: if (!input.empty()) input[inside] = char(input[inside] ^ (1 << below(8))); break;
    case 1: if (!input.empty()) input[inside] = char(random_()); break;
    case 2: input.erase(at, length); break;
    case 3: input.insert(at, input.substr(at, length)); break;
    case 4: input.insert(at, std::string(1 + below(8), char(random_()))); break;
    case 5: number(input); break;
    case 6: {
      const std::string& other = choice(corpus);
      const std::size_t from = below(other.size() + 1);
      input.insert(at, other, from, 1 + below(256));
      break;
    }
    case 7: {
      const std::string& other = choice(corpus);
      input = input.substr(0, at) + other.substr(std::min(other.size(), below(2) ? at : below(other.size() + 1)));
      break;
    }
    case 8: input.insert(at, words_[below(words_.size())]); break;
    default: {  // a word in the place of what is there
      const std::string& word = words_[below(words_.size())];
      input.replace(at, std::min(word.size(), input.size() - at), word);
    }
  }
}

// Sizes, counts and offsets are wrong in a few typical ways.
void Mutator::number(std::string& input) {
  static constexpr std::uint64_t kTypical[] = {0,
                                               1,
                                               2,
                                               7,
                                               8,
                                               31,
                                               32,
                                               33,
                                               127,
                                               128,
                                               255,
                                               256,
                                               65535,
                                               65536,
                                               0x7fffffff,
                                               0x80000000,
                                               0xffffffff,
                                               0x7fffffffffffffff,
                                               0x8000000000000000,
                                               0xffffffffffffffff,
                                               std::uint64_t{1} << 40};
  const std::size_t width = std::size_t{1} << below(4);
  if (input.size() < width) return;
  const std::size_t at = below(input.size() - width + 1);
  std::uint64_t value = 0;
  std::memcpy(&value, input.data() + at, width);
  if (below(2)) value = kTypical[below(std::size(kTypical))];
  else value += below(2) ? 1 + below(16) : 0 - (1 + below(16));
  std::memcpy(input.data() + at, &value, width);
}

}  // namespace maru::fuzz
