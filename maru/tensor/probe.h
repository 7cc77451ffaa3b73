#pragma once
// A named place where a reader may look at a value, or put another in its stead. An idle tap is one predicted branch.
#include <string_view>

#include "maru/tensor/tensor.h"

namespace maru {

struct Site {
  std::string_view name;  // "model.layers.3.self_attn.q_proj", or "attention.q" with the layer beside it
  int layer = -1;
  int sequence = -1;      // of the batch, where a value is one sequence's
};

class Probe {
 public:
  // Attention broken on purpose, for checks that must be seen to fail.
  struct Flaw {
    bool undivided = false;  // the scores are q kᵀ, not divided by the square root of the head's width
    int ahead = 0;           // a causal query sees this many keys behind its own
  };
  virtual ~Probe() = default;
  virtual Tensor see(Site site, Tensor value) = 0;  // return it unchanged, or return another of its shape
  // Values that nothing else needs are computed for a probe that wants them: "attention.weights" of each layer and sequence.
  virtual bool wants(Site) const { return false; }
  virtual Flaw flaw() const { return {}; }
  static Probe* current() { return current_; }
  class Scope {
   public:
    explicit Scope(Probe& probe) : outer_(current_) { current_ = &probe; }
    ~Scope() { current_ = outer_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Probe* outer_;
  };

 private:
  static inline thread_local constinit Probe* current_ = nullptr;
};

inline Tensor tap(Site site, Tensor value) {
  if (Probe* probe = Probe::current()) [[unlikely]] return probe->see(site, std::move(value));
  return value;
}

}  // namespace maru
