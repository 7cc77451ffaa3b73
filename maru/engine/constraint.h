#pragma once
// What may be written next, decided token by token: a grammar, a schema. The engine knows only this; the languages are described elsewhere.
#include <cstdint>
#include <memory>
#include <span>

namespace maru::engine {

class Constraint {
 public:
  virtual ~Constraint() = default;
  // Sets the logit of every token that may not come now to -infinity. The tokens that end an answer are not its business: the engine
  // forbids them unless may_end(), whatever this does to them.
  virtual void mask(std::span<float> logits) = 0;
  // The token that was chosen, never one that ends the answer.
  virtual void accept(std::int32_t id) = 0;
  // The text so far is complete: the model may stop here.
  virtual bool may_end() const = 0;
  // The same place in the same grammar, for another continuation.
  virtual std::unique_ptr<Constraint> copy() const = 0;
};

}  // namespace maru::engine
