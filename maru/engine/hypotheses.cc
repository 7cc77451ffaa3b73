// Beam search in the single precision of the reference library, whose large negative numbers stand for "not at all": 10⁹ swallows every
// log-probability.
#include "maru/engine/hypotheses.h"

#include <algorithm>
#include <cmath>

namespace maru::engine {
namespace {

constexpr float kNever = -1e9f;

void check_numbers(std::span<const float> logits) {
  for (const float v : logits)
    if (std::isnan(v)) fail(ErrorKind::invalid, "the model's scores are not numbers; its file is damaged, or it overflows");
}

// logits - log(sum(exp(logits))), in place.
void log_softmax(std::span<float> logits) {
  const float most = *std::ranges::max_element(logits);
  float sum = 0;
  for (const float v : logits) sum += std::exp(v - most);
  const float log_sum = std::log(sum);
  for (float& v : logits) v = v - most - log_sum;
}

}  // namespace

Hypotheses::Hypotheses(std::span<const std::int32_t> prompt, const SearchOptions& options, std::int64_t length,
                       std::span<const std::int32_t> source, std::int64_t vocabulary)
    : options_(options), prompt_(std::int64_t(prompt.size())), length_(length), rules_(options, prompt_, length, source, vocabulary) {
  check(options_.beams >= 1 && options_.returned >= 1 && options_.returned <= options_.beams,
        "num_beams is {} and num_return_sequences {}; expected at least 1, and no more texts than beams", options_.beams,
        options_.returned);
  const std::int64_t kept = std::int64_t(options_.beams) * std::int64_t(std::max<std::size_t>(2, 1 + options_.eos_token_id.size()));
  check(options_.beams == 1 || kept <= std::int64_t(options_.beams) * vocabulary, "num_beams is {}: too many for a vocabulary of {}",
        options_.beams, vocabulary);
  check(prompt_ < length_, "{} tokens stand before what is written, and the greatest length is {}; raise max_new_tokens or max_length",
        prompt_, length_);
  running_.push_back({{prompt.begin(), prompt.end()}});
}

bool Hypotheses::ends(std::int32_t id) const { return std::ranges::find(options_.eos_token_id, id) != options_.eos_token_id.end(); }

void Hypotheses::take(std::span<const std::span<float>> logits) {
  check(!done_ && logits.size() == running_.size(), "scores for {} hypotheses, but {} run", logits.size(), running_.size());
  for (const std::span<float> row : logits) check_numbers(row);
  if (options_.beams == 1) return take_greedy(logits[0]);
  const std::vector<Candidate> all = candidates(logits);
  const bool all_finished = std::ranges::all_of(all, &Candidate::finished);
  keep_finished(all);
  keep_running(all);
  improving_ = improving_ && can_improve();
  const bool full = std::ssize(finished_) == options_.beams;
  done_ = !improving_ || all_finished || (full && options_.early_stopping == EarlyStopping::yes);
  first_ = false;
}

void Hypotheses::take_greedy(std::span<float> logits) {
  Running& text = running_[0];
  rules_.apply(logits, text.ids);
  const auto best = std::ranges::max_element(logits);
  if (!(*best > -INFINITY)) fail(ErrorKind::invalid, "the rules for writing leave no token to choose behind {} tokens", text.ids.size());
  text.ids.push_back(std::int32_t(best - logits.begin()));
  const bool ended = ends(text.ids.back());
  if (!ended && std::int64_t(text.ids.size()) < length_) return;
  finished_.push_back({text.ids, 0, ended});
  done_ = true;
}

// The best continuations of all hypotheses together, best first: enough that as many as there are beams go on even if the others end.
std::vector<Hypotheses::Candidate> Hypotheses::candidates(std::span<const std::span<float>> logits) {
  for (std::size_t i = 0; i < logits.size(); ++i) {
    log_softmax(logits[i]);
    rules_.apply(logits[i], running_[i].ids);
  }
  const std::size_t beams = std::size_t(options_.beams), kept = beams * std::max<std::size_t>(2, 1 + options_.eos_token_id.size());
  const auto better = [](const Candidate& a, const Candidate& b) { return a.score > b.score; };
  std::vector<Candidate> heap;  // its front is the worst
  for (std::size_t beam = 0; beam < beams; ++beam) {
    // At first there is one hypothesis; its copies count for nothing, and keep the number.
    const std::size_t parent = first_ ? 0 : beam;
    const float before = first_ ? (beam == 0 ? 0.0f : kNever) : running_[parent].score;
    for (std::size_t id = 0; id < logits[parent].size(); ++id) {
      const Candidate c{logits[parent][id] + before, parent, std::int32_t(id)};
      if (heap.size() == kept && !(c.score > heap.front().score)) continue;
      if (heap.size() == kept) {
        std::ranges::pop_heap(heap, better);
        heap.pop_back();
      }
      heap.push_back(c);
      std::ranges::push_heap(heap, better);
    }
  }
  std::ranges::sort(heap, [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.parent != b.parent ? a.parent < b.parent : a.id < b.id;
  });
  const bool longest = std::int64_t(running_[0].ids.size()) + 1 >= length_;
  for (Candidate& c : heap) c.finished = longest || ends(c.id);
  return heap;
}

// Of those that end now, only the first as many as beams may count; the others were kept so that enough go on.
void Hypotheses::keep_finished(std::span<const Candidate> all) {
  const bool full = std::ssize(finished_) == options_.beams;
  if (!improving_ || (full && options_.early_stopping == EarlyStopping::yes)) return;
  for (const Candidate& c : all.first(std::size_t(options_.beams))) {
    if (!c.finished || !(c.score > kNever)) continue;
    FoundText text{running_[c.parent].ids, 0, ends(c.id)};
    text.ids.push_back(c.id);
    const double length = double(std::int64_t(text.ids.size()) - prompt_);
    text.score = c.score / float(std::pow(length, double(options_.length_penalty)));
    finished_.push_back(std::move(text));
  }
  std::ranges::stable_sort(finished_, [](const FoundText& a, const FoundText& b) { return a.score > b.score; });
  if (std::ssize(finished_) > options_.beams) finished_.resize(std::size_t(options_.beams));
}

void Hypotheses::keep_running(std::span<const Candidate> all) {
  std::vector<Running> next;
  for (const bool finished : {false, true})  // one that ended goes on only where nothing else is left, and counts for nothing
    for (const Candidate& c : all) {
      if (c.finished != finished || std::ssize(next) == options_.beams) continue;
      next.push_back({running_[c.parent].ids, finished ? c.score + kNever : c.score, c.parent});
      next.back().ids.push_back(c.id);
    }
  running_ = std::move(next);
}

// Whether the best running hypothesis might still beat the worst finished one: at its present length, or, for "never" with a penalty that
// favours length, at the greatest.
bool Hypotheses::can_improve() const {
  if (std::ssize(finished_) < options_.beams) return true;
  const bool greatest = options_.early_stopping == EarlyStopping::never && options_.length_penalty > 0;
  const double length = double((greatest ? length_ : std::int64_t(running_[0].ids.size())) - prompt_);
  return running_[0].score / float(std::pow(length, double(options_.length_penalty))) > finished_.back().score;
}

std::vector<FoundText> Hypotheses::best() const {
  check(done_ && !finished_.empty(), "the rules for writing leave no token to choose behind {} tokens",
        running_.empty() ? 0 : running_[0].ids.size());
  return {finished_.begin(), finished_.begin() + std::min<std::ptrdiff_t>(options_.returned, std::ssize(finished_))};
}

}  // namespace maru::engine
