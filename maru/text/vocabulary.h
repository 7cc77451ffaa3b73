#pragma once
// A list of pieces with a flat hash from spelling to id, and the matcher for tokens that are found in the text itself.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maru::text {

// Ids 0 … size()-1. All spellings lie in one block of memory: loading allocates three times, not once per piece.
class Vocabulary {
 public:
  // FNV-1a, taken byte by byte so that the hashes of all beginnings of a word come from one pass.
  static constexpr std::uint64_t kSeed = 14695981039346656037ull;
  static constexpr std::uint64_t step(std::uint64_t hash, char byte) { return (hash ^ std::uint8_t(byte)) * 1099511628211ull; }
  static std::uint64_t hash(std::string_view piece, std::uint64_t seed = kSeed);

  void reserve(std::size_t pieces, std::size_t bytes);
  void add(std::string_view piece);  // gets the next id
  // Builds the hash. Returns the id of a piece that was there before under a smaller id, or nothing.
  std::optional<std::int32_t> index();

  std::size_t size() const { return ends_.size(); }
  std::string_view piece(std::size_t id) const {
    const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
    return std::string_view(text_).substr(begin, ends_[id] - begin);
  }
  std::int32_t find(std::string_view piece) const { return find({}, piece, hash(piece)); }  // -1 when absent
  // Looks for prefix + rest, whose hash is known.
  std::int32_t find(std::string_view prefix, std::string_view rest, std::uint64_t hash) const;
  std::size_t longest() const { return longest_; }  // bytes

 private:
  struct Slot {
    std::uint32_t tag = 0;   // upper half of the hash: most misses end here without touching the text
    std::int32_t id = -1;
  };
  static std::size_t place(std::uint64_t hash) { return std::size_t(hash ^ (hash >> 29)); }
  std::string text_;
  std::vector<std::uint32_t> ends_;
  std::vector<Slot> slots_;
  std::size_t longest_ = 0;
};

struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = false;      // found in the text only where the caller asks for it
  bool single_word = false;  // only between characters that are not part of a word
  bool strip_left = false, strip_right = false;  // swallow white space around them
  bool normalized = false;   // looked for in the normalised text
};

// Finds added tokens: at each place the longest one.
class AddedTokens {
 public:
  struct Match {
    std::size_t begin = 0, end = 0;  // bytes, white space that was swallowed included
    const AddedToken* token = nullptr;
  };
  AddedTokens() = default;
  explicit AddedTokens(std::vector<AddedToken> tokens);
  bool empty() const { return tokens_.empty(); }
  bool any_special() const;
  // The first match at or behind `from`. Special ones only when `specials`, and none that reaches across one of the ascending `borders`.
  std::optional<Match> next(std::string_view text, std::size_t from, bool specials, std::span<const std::size_t> borders = {}) const;

 private:
  const AddedToken* longest_at(std::string_view text, std::size_t at, bool specials) const;
  std::vector<AddedToken> tokens_;  // sorted by content
  bool begins_[256] = {};           // bytes that some token begins with
};

}  // namespace maru::text
