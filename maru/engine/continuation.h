#pragma once
// One answer being written: from the logits of its last token to the next token and the text. It does not know how logits come about.
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "maru/engine/answer.h"
#include "maru/engine/constraint.h"
#include "maru/engine/sampler.h"

namespace maru::engine {

class Continuation {
 public:
  // `ends`: the tokens that end an answer, in order. Throws Error (usage) for settings out of range.
  Continuation(std::shared_ptr<const text::Tokenizer> tokenizer, std::vector<std::int32_t> ends, const Sampling& sampling,
               std::unique_ptr<Constraint> constraint = {});
  // Chooses the next token by the logits [at least the tokenizer's vocabulary], which are changed. -> what ended the answer, if that did.
  // Throws Error (invalid) when the logits are not finite or nothing is left to choose.
  std::optional<Finish> take(std::span<float> logits);
  std::int32_t id() const { return id_; }              // chosen last; maybe one that ends the answer
  const Logprobs& chosen() const { return chosen_; }   // of id(), where the settings ask for it
  Answer& answer() { return answer_; }
  const Answer& answer() const { return answer_; }

 private:
  void forbid(std::span<float> logits);

  std::vector<std::int32_t> ends_;
  Sampling sampling_;
  std::size_t vocabulary_;
  Sampler sampler_;
  Answer answer_;
  std::unique_ptr<Constraint> constraint_;
  std::int32_t id_ = -1;
  Logprobs chosen_;
  std::vector<float> raw_;                             // what the model said, kept where logprobs are asked for
  std::vector<float> end_logits_;
};

}  // namespace maru::engine
