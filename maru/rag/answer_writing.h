#pragma once
// Cuts a streaming answer into sentences: passes its text on as it comes, takes out the citation marks that the model wrote itself, and tells when
// a sentence is complete.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace maru::rag {

class AnswerWriting {
 public:
  // `on_sentence` is told each complete sentence, trimmed; false stops the answer behind it.
  AnswerWriting(std::function<void(std::string_view)> on_text, std::function<bool(std::string_view)> on_sentence)
      : on_text_(std::move(on_text)), on_sentence_(std::move(on_sentence)) {}
  // False once the answer is stopped, or the model has begun to repeat a sentence: nothing more is passed on.
  bool push(std::string_view text);
  // The end: closes the last sentence. When the answer was cut, an unfinished last sentence is closed with an ellipsis.
  void finish(bool cut);
  bool looped() const { return looped_; }  // stopped because the same words came over and over

 private:
  void take(char c);
  void settle(bool last);
  void emit_until(std::size_t end);

  std::function<void(std::string_view)> on_text_;
  std::function<bool(std::string_view)> on_sentence_;
  std::string text_;              // of the sentence being written, marks taken out
  std::string mark_;              // "[", "[1", … that may become a citation mark
  std::size_t emitted_ = 0;       // bytes of text_
  std::vector<std::string> done_;
  bool stopped_ = false, looped_ = false;
};

}  // namespace maru::rag
