// The nonlinear functions of feed-forward layers and heads, value by value.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

using Kernel = void (*)(const float*, float*, std::int64_t) noexcept;

Kernel kernel_of(Activation activation) {
  const kernels::Table& table = kernels::table();
  switch (activation) {
    case Activation::gelu: return table.gelu;
    case Activation::gelu_tanh: return table.gelu_tanh;
    case Activation::relu: return table.relu;
    case Activation::silu: return table.silu;
    case Activation::tanh: return table.tanh;
  }
  std::unreachable();
}

// dy / dx at v.
float slope(Activation activation, float v) {
  const auto sigmoid = [](float x) { return 1 / (1 + std::exp(-x)); };
  switch (activation) {
    case Activation::gelu: {
      const float share = 0.5f * (1 + std::erf(v / std::numbers::sqrt2_v<float>));
      const float density = std::exp(-0.5f * v * v) * std::numbers::inv_sqrtpi_v<float> / std::numbers::sqrt2_v<float>;
      return share + v * density;
    }
    case Activation::gelu_tanh: {
      constexpr float c = 0.7978845608f;  // sqrt(2 / pi)
      const float t = std::tanh(c * (v + 0.044715f * v * v * v));
      return 0.5f * (1 + t) + 0.5f * v * (1 - t * t) * c * (1 + 3 * 0.044715f * v * v);
    }
    case Activation::relu: return v > 0 ? 1.0f : 0.0f;
    case Activation::silu: return sigmoid(v) * (1 + v * (1 - sigmoid(v)));
    case Activation::tanh: return 1 - std::tanh(v) * std::tanh(v);
  }
  std::unreachable();
}

}  // namespace

Tensor activate(const Tensor& x, Activation activation) {
  Tensor y(x.shape());
  const Kernel kernel = kernel_of(activation);
  const std::int64_t n = y.size(), step = 16384;
  if (n < 2 * step) kernel(x.data(), y.data(), n);
  else parallel((n + step - 1) / step, [&](std::int64_t p) { kernel(x.data() + p * step, y.data() + p * step, std::min(step, n - p * step)); });
  if (Tape* tape = Tape::recording(x))
    tape->record(y, [=](const Tensor& dy, Grads& grads) {
      Tensor dx(x.shape());
      for (std::int64_t i = 0; i < n; ++i) dx.data()[i] = dy.data()[i] * slope(activation, x.data()[i]);
      grads.add(x, dx);
    });
  return y;
}

}  // namespace maru::ops
