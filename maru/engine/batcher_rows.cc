// Who takes part in a step, who has to make room, and what a sequence is told when its token is chosen.
#include <algorithm>
#include <utility>

#include "maru/engine/batcher.h"

namespace maru::engine {

std::vector<Batcher::Part> Batcher::plan() const {
  std::vector<Part> parts;
  std::vector<Sequence*> readers;
  for (const auto& s : running_) {
    if (s->waits_for_fork) continue;
    if (s->reads()) readers.push_back(s.get());
    else parts.push_back({s.get(), s->pending()});
  }
  share_piece(std::move(readers), parts);
  return parts;
}

// The shortest first, so that few wait long; but a quarter is the oldest's, so that a long prompt comes to its end among many short ones.
void Batcher::share_piece(std::vector<Sequence*> readers, std::vector<Part>& parts) const {
  if (readers.empty()) return;
  std::int64_t left = piece_;
  Sequence* const oldest = readers.front();
  std::int64_t for_oldest = std::min(oldest->pending(), std::max<std::int64_t>(piece_ / 4, 1));
  left -= for_oldest;
  std::ranges::stable_sort(readers, {}, &Sequence::pending);
  for (Sequence* const s : readers) {
    std::int64_t rows = std::min(s->pending() - (s == oldest ? for_oldest : 0), left);
    left -= rows;
    if (s == oldest) rows += std::exchange(for_oldest, 0);
    if (rows > 0) parts.push_back({s, rows});
  }
}

// Takes prefixes that nobody reads, then the places of those that came last. -> whether anything is left to run
bool Batcher::make_room(std::vector<Part>& parts) {
  for (;;) {
    if (parts.empty()) return false;
    std::size_t needed = 0;
    for (const Part& part : parts) needed += part.sequence->cache.pages_needed(part.rows);
    const std::size_t available = pool_.counts().available();
    if (needed <= available) return true;
    if (prefixes_.evict(needed - available) >= needed - available) continue;
    const auto last = std::find_if(running_.rbegin(), running_.rend(), [](const auto& s) { return !s->waits_for_fork; });
    Sequence& youngest = **last;
    std::erase_if(parts, [&](const Part& part) { return part.sequence == &youngest; });
    if (!parts.empty()) {
      give_place_up(youngest);
      continue;
    }
    // Alone and still without room: what it shares with its own prefixes is all there is.
    const Phrase said = phrase("no room is left for the keys and values of {} tokens", youngest.tokens.size());
    end(youngest, Finish::error, Error(ErrorKind::limit, said));
    remove_ended();
  }
}

// It keeps what it wrote and reads it again later: the numbers come out the same.
void Batcher::give_place_up(Sequence& s) {
  prefixes_.keep(s.asked->request.scope, s.tokens, s.cache);
  s.cache = empty_cache();
  ++stats_.preempted;
  const auto at = std::ranges::find(running_, &s, &std::unique_ptr<Sequence>::get);
  returned_.insert(returned_.begin(), std::move(*at));
  running_.erase(at);
}

void Batcher::tell(Sequence& s) {
  const Answer& answer = s.writing.answer();
  const std::int64_t written = std::int64_t(answer.ids().size());
  if (s.error) return end(s, Finish::error, s.error);
  const bool grew = written > s.usage.generated;
  s.usage.generated = written;
  if (grew) {
    ++stats_.generated_tokens;
    const Logprobs& told = s.writing.chosen();
    const std::string_view text = s.finish ? std::string_view() : s.writing.answer().settled();
    const TokenEvent event{.choice = s.choice, .id = s.writing.id(), .text = text, .logprob = told.own, .top = told.top};
    try {
      if (s.asked->listener.on_token) s.asked->listener.on_token(event);
    } catch (const std::exception& error) {
      return end(s, Finish::error, Error(ErrorKind::internal, phrase("whoever listened to the answer failed: {}", error.what())));
    } catch (...) {
      return end(s, Finish::error, Error(ErrorKind::internal, phrase("whoever listened to the answer failed: {}", "?")));
    }
  }
  if (s.finish) return end(s, *s.finish);
  grow(s);
}

// The token that was chosen is run in the next step, if the context holds it.
void Batcher::grow(Sequence& s) {
  s.tokens.push_back(s.writing.id());
  if (std::int64_t(s.tokens.size()) < s.asked->context) return;
  const GenerationRequest& r = s.asked->request;
  if (r.when_full == GenerationRequest::WhenFull::stop) return end(s, Finish::length);
  const std::int64_t dropped = (s.asked->context - r.keep) / 2;
  const auto from = s.tokens.begin() + r.keep;
  s.tokens.erase(from, from + dropped);
  s.usage.dropped += dropped;
  s.cache = empty_cache();
  prefixes_.find(r.scope, std::span(s.tokens).first(s.tokens.size() - 1), s.cache);
}

void Batcher::end(Sequence& s, Finish finish, std::optional<Error> error) {
  if (s.ended) return;
  s.ended = true;
  if (finish != Finish::error) prefixes_.keep(s.asked->request.scope, s.tokens, s.cache);
  s.finish = finish;
  s.error = std::move(error);
  s.cache = empty_cache();
  const auto now = Clock::now();
  if (s.first_logits != Clock::time_point{}) s.usage.decode = now - s.first_logits;
  else if (s.admitted != Clock::time_point{}) s.usage.prefill = now - s.admitted;
  const bool full = finish == Finish::length && std::int64_t(s.tokens.size()) >= s.asked->context;
  --s.asked->unfinished;
  ++stats_.finished;
  try {
    if (s.asked->listener.on_end)
      s.asked->listener.on_end({.choice = s.choice, .last = s.asked->unfinished == 0, .finish = finish, .context_full = full,
                                .text = s.writing.answer().rest(finish), .error = s.error ? &*s.error : nullptr, .usage = s.usage});
  } catch (...) {  // there is nobody left to tell
  }
  if (s.choice > 0 || s.first_logits != Clock::time_point{}) return;
  for (const auto& other : running_)
    if (other->asked == s.asked && other->waits_for_fork) end(*other, finish, s.error);
}

}  // namespace maru::engine
