#pragma once
// Text that is being changed and cut, and where each of its bytes came from. Knows no normaliser and no vocabulary.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maru::text {

using Range = std::array<std::uint32_t, 2>;  // code points [begin, end) of the part of the text that was given

constexpr std::size_t kLongest = std::size_t{1} << 31;  // places in a text have 32 bits

struct Aligned {
  std::string text;
  std::vector<Range> source;  // per byte of text; empty unless tracked
  bool tracked = false;
  std::size_t limit = kLongest;  // of bytes: a file's normaliser must not blow a text up

  Aligned() = default;
  Aligned(std::string_view utf8, bool track);  // each byte comes from its own character
};

// Throws Error (limit) where the text has grown beyond its limit.
void check_growth(const Aligned& text);

// Writes a changed copy of one piece of a text, character by character, so that each new one knows its source. How a new character
// relates to the old ones is told by a number, as in the reference's NormalizedString: 0 stands for the next old one, -n for the next
// one and n more that vanish behind it, 1 is put in and shares the source of the old one before it.
class Rewrite {
 public:
  // `origin`: the source of what is put in before the first old character.
  Rewrite(const Aligned& from, std::size_t begin, std::size_t end, std::uint32_t origin, Aligned& to)
      : from_(from), at_(begin), begin_(begin), end_(end), origin_(origin), to_(to) {
    to.limit = from.limit;
  }
  void put(char32_t c, int change);
  void skip(std::size_t characters);             // old ones vanish
  void copy(std::size_t bytes);                  // old ones stay
  void copy_rest() { copy(end_ - at_); }
  void text(std::string_view added, Range source);  // without moving on
  std::size_t at() const { return at_; }

 private:
  const Aligned& from_;
  std::size_t at_, begin_, end_;
  std::uint32_t origin_;
  Aligned& to_;
};

// A text cut into words.
struct Cut {
  std::uint32_t begin = 0, end = 0;  // bytes
  std::uint32_t origin = 0;          // the code point of the part that the piece began at when it was cut out; 0 where not tracked
};
struct Words {
  Aligned aligned;
  std::vector<Cut> cuts;
};

}  // namespace maru::text
