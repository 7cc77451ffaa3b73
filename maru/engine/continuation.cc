// The order: what the model said is looked at, then masks and the constraint forbid, then the sampler chooses, then the answer grows.
#include "maru/engine/continuation.h"

#include <algorithm>
#include <limits>

#include "maru/base/error.h"

namespace maru::engine {

namespace {
constexpr float kNever = -std::numeric_limits<float>::infinity();
}

Continuation::Continuation(std::shared_ptr<const text::Tokenizer> tokenizer, std::vector<std::int32_t> ends, const Sampling& sampling,
                           std::unique_ptr<Constraint> constraint)
    : ends_(std::move(ends)), sampling_(sampling), vocabulary_(std::size_t(tokenizer->vocabulary())), sampler_(sampling),
      answer_(tokenizer, ends_, sampling), constraint_(std::move(constraint)) {
  std::erase_if(ends_, [&](std::int32_t id) { return id < 0 || std::size_t(id) >= vocabulary_; });
}

std::optional<Finish> Continuation::take(std::span<float> logits) {
  check(logits.size() >= vocabulary_, "{} logits for a vocabulary of {} tokens", logits.size(), vocabulary_);
  logits = logits.first(vocabulary_);
  (void)largest(logits);
  const bool told = sampling_.logprobs >= 0;
  if (told) raw_.assign(logits.begin(), logits.end());
  forbid(logits);
  id_ = sampler_.pick(logits, answer_.ids());
  if (told) chosen_ = logprobs(raw_, id_, std::size_t(sampling_.logprobs));
  const bool ends = !sampling_.ignore_end && std::ranges::binary_search(ends_, id_);
  if (constraint_ && !ends) constraint_->accept(id_);
  return answer_.push(id_);
}

void Continuation::forbid(std::span<float> logits) {
  if (sampling_.mask) sampling_.mask(answer_.text(), logits);
  bool may_end = !sampling_.ignore_end;
  if (constraint_) {
    end_logits_.clear();
    for (const std::int32_t id : ends_) end_logits_.push_back(logits[std::size_t(id)]);
    constraint_->mask(logits);
    for (std::size_t i = 0; i < ends_.size(); ++i) logits[std::size_t(ends_[i])] = end_logits_[i];
    may_end = may_end && constraint_->may_end();
  }
  if (!may_end)
    for (const std::int32_t id : ends_) logits[std::size_t(id)] = kNever;
}

}  // namespace maru::engine
