#pragma once
// The search for one text, a step at a time: scores of the next token in, hypotheses that go on out. Greedy, or with beams as the reference
// library's generate() does it. It never sees a model.
#include <cstdint>
#include <span>
#include <vector>

#include "maru/engine/score_rules.h"

namespace maru::engine {

struct FoundText {
  std::vector<std::int32_t> ids;       // the prompt or start first, the end last where it was reached
  float score = 0;                     // of beams: log-probability / length^length_penalty; 0 of a greedy search
  bool ended = false;                  // by an end token, not by the greatest length
};

class Hypotheses {
 public:
  // Throws Error for options that cannot be met.
  Hypotheses(std::span<const std::int32_t> prompt, const SearchOptions& options, std::int64_t length, std::span<const std::int32_t> source,
             std::int64_t vocabulary);
  struct Running {
    std::vector<std::int32_t> ids;
    float score = 0;
    std::size_t parent = 0;            // which of those that ran before the last step it goes on from
  };
  // One with the prompt at first, then one or as many as there are beams.
  std::span<const Running> running() const { return running_; }
  bool done() const { return done_; }
  // Logits of the token behind each running hypothesis, in order; they are changed in place.
  void take(std::span<const std::span<float>> logits);
  // The best, best first. Only when done.
  std::vector<FoundText> best() const;

 private:
  struct Candidate {
    float score;
    std::size_t parent;
    std::int32_t id;
    bool finished = false;
  };
  void take_greedy(std::span<float> logits);
  std::vector<Candidate> candidates(std::span<const std::span<float>> logits);
  void keep_finished(std::span<const Candidate> all);
  void keep_running(std::span<const Candidate> all);
  bool can_improve() const;
  bool ends(std::int32_t id) const;

  SearchOptions options_;
  std::int64_t prompt_, length_;
  ScoreRules rules_;
  std::vector<Running> running_;
  std::vector<FoundText> finished_;    // at most as many as beams, best first
  bool improving_ = true, done_ = false, first_ = true;
};

}  // namespace maru::engine
