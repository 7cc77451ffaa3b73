#pragma once
// While a Tape lives on a thread, an op with a trainable input appends one closure: its derivative, written right under its value.
#include <functional>
#include <unordered_map>
#include <vector>

#include "maru/tensor/tensor.h"

namespace maru {

class Grads {
 public:
  void add(const Tensor& x, const Tensor& dx);          // accumulates; ignores tensors that nobody trains
  const Tensor* find(const Tensor& x) const;            // null when the loss does not depend on x

 private:
  std::unordered_map<std::uint64_t, Tensor> by_id_;
};

class Tape {
 public:
  using Derivative = std::function<void(const Tensor& dy, Grads& grads)>;
  Tape() : outer_(current_) { current_ = this; }
  ~Tape() { current_ = outer_; }
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  // Null unless somebody needs the derivative.
  template <class... T>
  static Tape* recording(const T&... inputs) {
    return current_ && (inputs.trainable() || ...) ? current_ : nullptr;
  }
  void record(Tensor& y, Derivative derivative);
  // Derivatives of a one-number loss with respect to every trainable tensor it came from.
  Grads backward(const Tensor& loss);

 private:
  struct Step {
    Tensor y;
    Derivative derivative;
  };
  std::vector<Step> steps_;
  Tape* outer_;
  static inline thread_local constinit Tape* current_ = nullptr;
};

}  // namespace maru
