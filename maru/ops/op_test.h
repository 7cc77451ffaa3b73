#pragma once
// What every operation is held to: its value against a plain loop in double, on every instruction set; its derivative against finite
// differences.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>

#include "maru/ops/ops.h"

namespace maru::ops {

using Values = std::vector<double>;
using Tensors = std::vector<Tensor>;

struct Op {
  std::string name;
  std::vector<Shape> inputs;
  std::function<Tensor(const Tensors&)> value;
  std::function<Values(const std::vector<Values>&)> plain;
  double spread = 1;  // of the random inputs
};

inline std::size_t at(std::int64_t i) { return std::size_t(i); }

inline Tensors random_inputs(const Op& op, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, float(op.spread));
  Tensors all;
  for (const Shape& shape : op.inputs) {
    Tensor t(shape);
    for (float& v : t.values()) v = normal(random);
    all.push_back(t);
  }
  return all;
}

inline Values doubles(const Tensor& t) { return {t.values().begin(), t.values().end()}; }

// The number that is differentiated: y weighed by fixed random numbers, so that no two outputs look alike.
inline Tensor weights_of(const Tensor& y) {
  std::mt19937 random(99);
  std::normal_distribution<float> normal;
  Tensor c({1, y.size()});
  for (float& v : c.values()) v = normal(random);
  return c;
}

inline double weighed(const Op& op, const Tensors& inputs, const Tensor& c) {
  const Tensor y = op.value(inputs);
  double sum = 0;
  for (std::int64_t i = 0; i < y.size(); ++i) sum += double(y.data()[i]) * double(c.data()[i]);
  return sum;
}

inline void check_derivatives(const Op& op) {
  CAPTURE(op.name);
  Tensors inputs = random_inputs(op, 5);
  for (Tensor& t : inputs) t.set_trainable(true);
  Tape tape;
  const Tensor y = op.value(inputs), c = weights_of(y);
  const Grads grads = tape.backward(linear(y.reshape({1, y.size()}), c));
  for (std::size_t which = 0; which < inputs.size(); ++which) {
    CAPTURE(which);
    const Tensor* found = grads.find(inputs[which]);
    REQUIRE(found);
    double worst = 0;
    const std::int64_t size = inputs[which].size(), stride = std::max<std::int64_t>(1, size / 40);
    for (std::int64_t i = 0; i < size; i += stride) {
      constexpr float kStep = 1e-2f;
      const auto moved = [&](float by) {
        Tensors copy;  // frozen copies: nothing derived from the old numbers is used again, and nothing is recorded
        for (const Tensor& t : inputs) copy.push_back(Tensor::of(t.shape(), t.values()));
        copy[which].data()[i] += by;
        return weighed(op, copy, c);
      };
      // Five points: the norms of one or two numbers bend too much for three.
      const double slope = (8 * (moved(kStep) - moved(-kStep)) - (moved(2 * kStep) - moved(-2 * kStep))) / (12 * double(kStep));
      const double given = double(found->data()[i]);
      worst = std::max(worst, std::abs(slope - given) / (1 + std::abs(slope)));
    }
    CHECK(worst < 4e-3);
  }
}

struct IsaScope {
  std::string outer{kernels::isa_name()};
  ~IsaScope() { kernels::set_isa(outer); }
};

inline void check_value(const Op& op) {
  const IsaScope scope;
  CAPTURE(op.name);
  for (const kernels::Table* table : kernels::tables()) {
    CAPTURE(table->isa);
    kernels::set_isa(table->isa);
    const Tensors inputs = random_inputs(op, 11);
    std::vector<Values> plain_inputs;
    for (const Tensor& t : inputs) plain_inputs.push_back(doubles(t));
    const Tensor y = op.value(inputs);
    const Values expected = op.plain(plain_inputs);
    REQUIRE(y.size() == std::int64_t(expected.size()));
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) worst = std::max(worst, std::abs(double(y.data()[i]) - expected[i]) / (1 + std::abs(expected[i])));
    CHECK(worst < 1e-5);
  }
}

}  // namespace maru::ops
