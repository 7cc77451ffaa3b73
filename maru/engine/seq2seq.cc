// Tokens on both sides of the search.
#include "maru/engine/seq2seq.h"

#include <algorithm>

namespace maru::engine {

Seq2Seq::Seq2Seq(const models::Model& model, std::shared_ptr<const text::Tokenizer> source, std::shared_ptr<const text::Tokenizer> target)
    : model_(model), source_(std::move(source)), target_(std::move(target)) {
  check(model_.info().encoder_decoder, "this model does not read one text and write another; it is no encoder–decoder");
  check(source_ && target_, "an encoder–decoder wants a tokenizer for what it reads and one for what it writes");
}

std::vector<std::int32_t> Seq2Seq::source_ids(const std::string& text, const RewriteCall& call, Rewritten& to) const {
  std::vector<std::int32_t> ids = source_->encode(text).ids;
  const models::Info info = model_.info();
  std::size_t most = info.unbounded ? ids.size() : std::size_t(info.context);
  if (call.max_source_tokens > 0) most = info.unbounded ? call.max_source_tokens : std::min(most, call.max_source_tokens);
  if (ids.size() > most) {
    if (!call.truncate)
      fail(ErrorKind::limit, "the text has {} tokens, {} more than the model can read at once ({}); shorten it, or ask for truncation",
           ids.size(), ids.size() - most, most);
    to.truncated = ids.size() - most;
    // The closing special token stays, as the reference's tokenizers keep it.
    const std::int32_t closing = ids.back();
    ids.resize(most);
    if (!ids.empty() && source_->special(closing)) ids.back() = closing;
  }
  to.source_tokens = ids.size();
  return ids;
}

std::vector<Rewritten> Seq2Seq::operator()(std::span<const std::string> texts, const SearchOptions& options,
                                           const RewriteCall& call) const {
  std::vector<Rewritten> all(texts.size());
  std::vector<std::vector<std::int32_t>> sources;
  for (std::size_t i = 0; i < texts.size(); ++i) sources.push_back(source_ids(options.prefix + texts[i], call, all[i]));
  std::vector<std::vector<FoundText>> found = search_from(model_, sources, options, {.cancel = call.cancel, .progress = call.progress});
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (FoundText& one : found[i]) all[i].texts.push_back({target_->decode(one.ids), std::move(one.ids), one.score, one.ended});
  return all;
}

}  // namespace maru::engine
