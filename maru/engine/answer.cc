// Text is looked through once: a stop string can only end in what came with the last token.
#include "maru/engine/answer.h"

#include <algorithm>

namespace maru::engine {
namespace {

// How much of `text` can be given out now, when a stop string might still be completed by what follows.
std::size_t free_of(std::string_view text, std::span<const std::string> stops) {
  std::size_t hold = 0;
  for (const std::string& stop : stops)
    for (std::size_t n = std::min(stop.size() - 1, text.size()); n > hold; --n)
      if (text.ends_with(std::string_view(stop).substr(0, n))) hold = n;
  return text.size() - hold;
}

}  // namespace

Answer::Answer(std::shared_ptr<const text::Tokenizer> tokenizer, std::span<const std::int32_t> ends, const Sampling& sampling)
    : detokenizer_(tokenizer), ends_(ends.begin(), ends.end()), max_tokens_(sampling.max_tokens), ignore_end_(sampling.ignore_end) {
  for (const std::string& stop : sampling.stop) {
    const auto id = tokenizer->id(stop);
    if (id && tokenizer->special(*id)) stop_ids_.push_back(*id);
    stops_.push_back(stop);
    longest_stop_ = std::max(longest_stop_, stop.size());
  }
}

std::optional<Finish> Answer::push(std::int32_t id) {
  if (!ignore_end_ && std::ranges::binary_search(ends_, id)) return Finish::stop;
  if (std::ranges::find(stop_ids_, id) != stop_ids_.end()) return Finish::stop_string;
  ids_.push_back(id);
  text_ += detokenizer_.push(id);
  if (cut_at_stop()) return Finish::stop_string;
  if (max_tokens_ >= 0 && std::int64_t(ids_.size()) >= max_tokens_) return Finish::length;
  return std::nullopt;
}

// At the first place where any of them stands.
bool Answer::cut_at_stop() {
  const std::size_t from = searched_ >= longest_stop_ ? searched_ - longest_stop_ + (longest_stop_ ? 1 : 0) : 0;
  std::size_t cut = std::string::npos;
  for (const std::string& stop : stops_) cut = std::min(cut, text_.find(stop, from));
  searched_ = text_.size();
  if (cut == std::string::npos) return false;
  text_.resize(cut);
  return true;
}

std::string_view Answer::settled() { return upto(free_of(text_, stops_)); }

std::string_view Answer::rest(Finish finish) {
  if (finish != Finish::stop_string) {
    text_ += detokenizer_.finish();
    cut_at_stop();
  }
  return upto(text_.size());
}

std::string_view Answer::upto(std::size_t end) {
  if (end <= given_) return {};
  const std::string_view part = std::string_view(text_).substr(given_, end - given_);
  given_ = end;
  return part;
}

}  // namespace maru::engine
