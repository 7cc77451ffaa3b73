#pragma once
// The words of a question that say what it is about, and how much of them a text holds. English and Korean: question words, particles and verb
// endings are taken off; what remains of a Korean word may be found as a prefix, for Korean inflects at the end.
#include <string>
#include <string_view>
#include <vector>

namespace maru::rag {

struct ContentWord {
  std::string term;    // a stem, or Hangul without its particle
  bool hangul = false;
  bool predicate = false;  // a Korean verb at the end: it says what is asked about less surely than a noun
};
std::vector<ContentWord> content_words(std::string_view question);

// A text made ready for many look-ups.
class Wording {
 public:
  explicit Wording(std::string_view text);
  // 1 when the word is there, 0 when not, between where only the beginning of a Korean word is.
  double holds(const ContentWord& word) const;

 private:
  std::vector<std::string> terms_;  // sorted
  std::string text_;                // NFC
};

}  // namespace maru::rag
