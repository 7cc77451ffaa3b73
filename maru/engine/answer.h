#pragma once
// One answer on its way from tokens to text: what ends it, and how much of it can be given out. Who chooses the tokens is not known here.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/engine/sampling.h"
#include "maru/text/tokenizer.h"

namespace maru::engine {

class Answer {
 public:
  // `ends`: the tokens that end an answer, in order. A stop string that is a special token's spelling ends it at that token.
  Answer(std::shared_ptr<const text::Tokenizer> tokenizer, std::span<const std::int32_t> ends, const Sampling& sampling);
  // Takes the token that was chosen. -> what ended the answer, if something did: a token of `ends` (which belongs to no text), a stop
  // string (which is cut off), the number of tokens.
  std::optional<Finish> push(std::int32_t id);
  // What is complete now and was not given before: whole characters, without what may still become a stop string.
  std::string_view settled();
  // No token comes any more: what was held back is settled too.
  std::string_view rest(Finish finish);

  const std::string& text() const { return text_; }
  const std::vector<std::int32_t>& ids() const { return ids_; }  // without the one that ended it

 private:
  bool cut_at_stop();
  std::string_view upto(std::size_t end);

  text::Detokenizer detokenizer_;
  std::vector<std::int32_t> ends_, stop_ids_;
  std::vector<std::string> stops_;
  std::size_t longest_stop_ = 0;
  std::int64_t max_tokens_;
  bool ignore_end_;
  std::string text_;
  std::vector<std::int32_t> ids_;
  std::size_t given_ = 0;        // bytes of text_
  std::size_t searched_ = 0;     // bytes of text_ in which no stop string ends
};

}  // namespace maru::engine
