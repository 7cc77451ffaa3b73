// White space and a possible mark are held back until what follows them is known.
#include "maru/rag/answer_writing.h"

#include <algorithm>
#include <utility>

#include "maru/rag/document.h"

namespace maru::rag {
namespace {

bool blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// Where the text ends in three turns of one and the same stretch: the end of the first turn; 0 where it does not.
std::size_t end_of_first_turn(std::string_view text) {
  constexpr std::size_t kShortest = 12, kLongest = 160;
  for (std::size_t turn = kShortest; turn <= kLongest && 3 * turn <= text.size(); ++turn) {
    const std::string_view last = text.substr(text.size() - turn);
    if (text.substr(text.size() - 2 * turn, turn) == last && text.substr(text.size() - 3 * turn, turn) == last) return text.size() - 2 * turn;
  }
  return 0;
}

}  // namespace

bool AnswerWriting::push(std::string_view text) {
  if (stopped_) return false;
  for (const char c : text) take(c);
  if (end_of_first_turn(text_) > 0) {
    looped_ = true;
    finish(true);
    return !(stopped_ = true);
  }
  settle(false);
  return !stopped_;
}

// "[" and digits, commas and blanks up to "]" are a mark; anything else was text after all.
void AnswerWriting::take(char c) {
  const bool inside = (c >= '0' && c <= '9') || c == ',' || c == ' ';
  if (mark_.empty() && c == '[') {
    mark_ = c;
  } else if (mark_.empty()) {
    text_ += c;
  } else if (c == ']' && mark_.size() > 1) {
    mark_.clear();
    while (!text_.empty() && text_.back() == ' ' && text_.size() > emitted_) text_.pop_back();
  } else if (inside) {
    mark_ += c;
  } else {
    text_ += std::exchange(mark_, {});
    (c == '[' ? mark_ : text_) += c;
  }
}

void AnswerWriting::settle(bool last) {
  while (!stopped_) {
    const auto found = sentences(text_);
    const bool complete = found.size() >= 2 || (last && !found.empty());
    if (!complete) break;
    const std::string sentence(trimmed(std::string_view(text_).substr(0, found[0].end)));
    if (std::ranges::find(done_, sentence) != done_.end()) {
      stopped_ = true;
      return;
    }
    std::size_t end = found[0].end;
    while (end > 0 && blank(text_[end - 1])) --end;
    emit_until(end);
    done_.push_back(sentence);
    if (!sentence.empty() && !on_sentence_(sentence)) {
      stopped_ = true;
      return;
    }
    text_.erase(0, end);
    emitted_ = 0;
    if (last && trimmed(text_).empty()) return;
  }
  if (stopped_) return;
  // A sentence that begins like one that is done is held back until it differs.
  const std::string_view begun = trimmed(text_);
  if (!last && std::ranges::none_of(done_, [&](const std::string& one) { return one.starts_with(begun); })) {
    std::size_t end = text_.size();
    while (end > 0 && blank(text_[end - 1])) --end;
    emit_until(end);
  }
}

void AnswerWriting::emit_until(std::size_t end) {
  std::size_t begin = emitted_;
  if (done_.empty() && begin == 0)
    while (begin < end && blank(text_[begin])) ++begin;  // no blanks before the answer
  if (end > begin) on_text_(std::string_view(text_).substr(begin, end - begin));
  emitted_ = std::max(emitted_, end);
}

void AnswerWriting::finish(bool cut) {
  if (stopped_) return;
  text_ += std::exchange(mark_, {});
  const std::string_view rest = trimmed(text_);
  const auto ends = [&](std::string_view mark) { return rest.ends_with(mark); };
  if (cut && !rest.empty() && !ends(".") && !ends("!") && !ends("?") && !ends("。") && !ends(".\"")) text_ = text_.substr(0, text_.find_last_not_of(" \n\t\r") + 1) + "…";
  settle(true);
}

}  // namespace maru::rag
