// Reverse-mode differentiation: the steps of the tape, last to first.
#include "maru/tensor/tape.h"

#include <ranges>
#include <utility>

namespace maru {

void Grads::add(const Tensor& x, const Tensor& dx) {
  if (!x.trainable()) return;
  check(x.size() == dx.size(), "gradient of a tensor {}: got {}", x.shape().text(), dx.shape().text());
  Tensor& sum = by_id_[x.id()];
  if (!sum) {
    sum = dx.reshape(x.shape());
    return;
  }
  Tensor total(x.shape());
  kernels::table().add(sum.data(), dx.data(), total.data(), total.size());
  sum = total;
}

const Tensor* Grads::find(const Tensor& x) const {
  const auto at = by_id_.find(x.id());
  return at == by_id_.end() ? nullptr : &at->second;
}

void Tape::record(Tensor& y, Derivative derivative) {
  y.set_trainable(true);
  steps_.push_back({y, std::move(derivative)});
}

Grads Tape::backward(const Tensor& loss) {
  check(loss.size() == 1, "backward: the loss must be one number, got {}", loss.shape().text());
  // The backward pass itself is not recorded, and a derivative that throws leaves the tape as it was.
  struct Paused {
    Tape* self = std::exchange(current_, nullptr);
    ~Paused() { current_ = self; }
  } const paused;
  Grads grads;
  const float one = 1;
  grads.add(loss, Tensor::of(loss.shape(), {&one, 1}));
  for (const Step& step : steps_ | std::views::reverse)
    if (const Tensor* found = grads.find(step.y)) {
      const Tensor dy = *found;
      step.derivative(dy, grads);
    }
  return grads;
}

}  // namespace maru
