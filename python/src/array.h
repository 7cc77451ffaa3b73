#pragma once
// The tensor that Python holds: numbers of three types with a shape and strides, so that transposing and slicing copy nothing. It knows
// neither Python nor models; the engine's own tensors are dense and are taken over without a copy.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "maru/tensor/tensor.h"

namespace maru::python {

enum class DType : std::uint8_t { boolean, int64, float32 };  // in the order in which two types become one
std::string_view name_of(DType type);
std::size_t size_of(DType type);

using Dims = std::vector<std::int64_t>;
std::int64_t product(const Dims& dims);

struct Array {
  DType type = DType::float32;
  std::shared_ptr<void> owner;
  std::byte* data = nullptr;
  Dims shape, stride;                                  // strides in elements

  static Array empty(DType type, Dims shape);
  static Array of(Tensor tensor);                      // without a copy, in the tensor's shape
  static Array scalar(DType type, double value);
  int rank() const { return int(shape.size()); }
  std::int64_t size() const { return product(shape); }
  bool dense() const;
  template <class T> T* as() const { return reinterpret_cast<T*>(data); }
};

// An axis counted from the front; throws Error for one that is not there.
int axis_of(const Array& x, std::int64_t axis);

Array dense(const Array& x);                           // itself where it is
Array converted(const Array& x, DType type);
Tensor to_tensor(const Array& x);                      // f32, a copy; up to four axes
std::vector<std::int32_t> to_ids(const Array& x, std::string_view what);

// Views.
Array reshape(const Array& x, Dims shape);             // one -1 is worked out
Array permute(const Array& x, std::span<const int> axes);
Array transpose(const Array& x, std::int64_t a, std::int64_t b);
Array expand(const Array& x, const Dims& shape);
Array narrow(const Array& x, int axis, std::int64_t begin, std::int64_t count, std::int64_t step);
Array select(const Array& x, int axis, std::int64_t index);
Array squeeze(const Array& x, int axis);               // stays where the axis is not 1
Array unsqueeze(const Array& x, std::int64_t axis);
Dims broadcast(const Dims& a, const Dims& b);

// Copies.
Array take(const Array& x, int axis, std::span<const std::int64_t> index);
Array masked(const Array& x, const Array& mask);       // rows where the mask, over the first axes, is true
void assign(const Array& to, const Array& from);
void fill_where(const Array& to, const Array& mask, const Array& from);
Array cat(std::span<const Array> parts, std::int64_t axis);

// Mathematics. Sums are taken in double.
enum class Binary {
  add,
  subtract,
  multiply,
  divide,
  power,
  floor_divide,
  remainder,
  minimum,
  maximum,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  unequal,
  both,
  either
};
Array binary(Binary op, const Array& a, const Array& b);
enum class Unary { exp, log, sqrt, abs, negative, tanh, sigmoid, sin, cos, invert, relu, is_finite, gelu };
Array unary(Unary op, const Array& x);
Array where(const Array& condition, const Array& a, const Array& b);
enum class Reduce { sum, mean, max, min, argmax, argmin, all, any, prod, variance };
// Over one axis, or over everything in `axes` empty.
Array reduce(Reduce op, const Array& x, std::span<const int> axes, bool keep);
Array softmax(const Array& x, std::int64_t axis, bool logarithm);
Array matmul(const Array& a, const Array& b);
Array triangle(const Array& x, std::int64_t diagonal, bool lower);
Array cumsum(const Array& x, std::int64_t axis);
struct Ordered {
  Array values, indices;
};
Ordered topk(const Array& x, std::int64_t count, std::int64_t axis, bool largest);

}  // namespace maru::python
