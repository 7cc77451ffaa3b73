// Frequent substrings by sorting all suffixes, each no longer than a piece may be: neighbours in the order share their beginnings, and
// a stack of shared beginnings gives every substring that two different continuations follow, with how often it is seen.
#include <algorithm>
#include <numeric>

#include "maru/text/train_pieces.h"

namespace maru::text {
namespace {

struct Suffix {
  std::uint64_t head;   // its first three code points, which settle most comparisons
  std::uint32_t at;
  std::uint32_t part;
};

class Substrings {
 public:
  Substrings(const WordParts& words, std::vector<LearnedPiece>& out) : words_(words), out_(out) {}

  void find(const TrainOptions& options) {
    std::vector<Suffix> all;
    all.reserve(words_.text.size());
    for (std::uint32_t part = 0, at = 0; part < words_.size(); ++part)
      for (; at < words_.ends[part]; ++at) all.push_back({head({0, at, part}), at, part});
    if (options.cancel) options.cancel->check();
    std::ranges::sort(all, [&](const Suffix& a, const Suffix& b) { return a.head != b.head ? a.head < b.head : seen(a) < seen(b); });
    if (options.cancel) options.cancel->check();
    std::size_t shared = 0;  // with the suffix before
    for (std::size_t i = 0; i < all.size(); ++i) {
      close(shared);
      open(seen(all[i]), words_.counts[all[i].part]);
      shared = i + 1 < all.size() ? common(seen(all[i]), seen(all[i + 1])) : 0;
    }
    close(0);
  }

 private:
  struct Open {
    std::size_t length;
    std::uint64_t seen;
  };

  std::u32string_view seen(const Suffix& s) const {
    return std::u32string_view(words_.text).substr(s.at, std::min<std::size_t>(words_.ends[s.part] - s.at, kLongestPiece));
  }
  std::uint64_t head(const Suffix& s) const {
    std::uint64_t out = 0;
    const std::u32string_view text = seen(s);
    for (std::size_t i = 0; i < 3; ++i) out = out << 21 | (i < text.size() ? text[i] : 0);
    return out;
  }
  static std::size_t common(std::u32string_view a, std::u32string_view b) {
    return std::size_t(std::ranges::mismatch(a, b).in1 - a.begin());
  }

  // A suffix is a substring of its own, which equal suffixes share.
  void open(std::u32string_view text, std::uint64_t count) {
    current_ = text;
    if (!stack_.empty() && stack_.back().length == text.size()) stack_.back().seen += count;
    else stack_.push_back({text.size(), count});
  }
  // What is longer than the next suffix shares is complete.
  void close(std::size_t shared) {
    while (!stack_.empty() && stack_.back().length > shared) {
      const Open done = stack_.back();
      stack_.pop_back();
      if (done.length >= 2 && done.seen >= 2) out_.push_back({std::u32string(current_.substr(0, done.length)), double(done.seen)});
      if (!stack_.empty() && stack_.back().length >= shared) stack_.back().seen += done.seen;
      else if (shared > 0) stack_.push_back({shared, done.seen});
    }
  }

  const WordParts& words_;
  std::vector<LearnedPiece>& out_;
  std::u32string_view current_;
  std::vector<Open> stack_;
};

}  // namespace

std::vector<LearnedPiece> frequent_substrings(const WordParts& words, std::size_t most, const TrainOptions& options) {
  std::vector<LearnedPiece> out;
  Substrings(words, out).find(options);
  std::ranges::stable_sort(out, [](const LearnedPiece& a, const LearnedPiece& b) {
    return a.score * double(a.text.size()) > b.score * double(b.text.size());
  });
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace maru::text
