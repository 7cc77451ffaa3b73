// Rewriting text with its sources.
#include "maru/text/aligned.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::text {

void check_growth(const Aligned& text) {
  if (text.text.size() > text.limit)
    fail(ErrorKind::limit,
         "the text to tokenize grew to more than {} bytes while it was normalised; its tokenizer is broken or the text has to be given in "
         "parts",
         text.limit);
}

// The longest of Unicode's own decompositions takes eleven times the space.
Aligned::Aligned(std::string_view utf8, bool track) : text(utf8), tracked(track), limit(std::min(utf8.size() * 64 + 65536, kLongest)) {
  if (!track) return;
  source.reserve(text.size());
  std::uint32_t number = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    unicode::next(text, at);
    source.resize(at, {number, number + 1});
  }
}

void Rewrite::put(char32_t c, int change) {
  Range source{origin_, origin_};
  if (from_.tracked) {
    if (change <= 0 && at_ < end_) source = from_.source[at_];
    else if (at_ > begin_) source = from_.source[at_ - 1];
  }
  unicode::append(to_.text, c);
  if (to_.tracked) to_.source.resize(to_.text.size(), source);
  if (change <= 0) skip(std::size_t(1 - change));
}

void Rewrite::skip(std::size_t characters) {
  for (; characters > 0 && at_ < end_; --characters) unicode::next(from_.text, at_);
}

void Rewrite::copy(std::size_t bytes) {
  to_.text.append(from_.text, at_, bytes);
  if (to_.tracked) {
    const auto begin = from_.source.begin() + std::ptrdiff_t(at_);
    to_.source.insert(to_.source.end(), begin, begin + std::ptrdiff_t(bytes));
  }
  at_ += bytes;
}

void Rewrite::text(std::string_view added, Range source) {
  to_.text += added;
  check_growth(to_);
  if (to_.tracked) to_.source.resize(to_.text.size(), source);
}

}  // namespace maru::text
