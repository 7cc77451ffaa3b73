// What stands in the module beside the class: making tensors, functions of them, and random numbers.
#include <cmath>
#include <random>

#include "python.h"

namespace maru::python {

nb::object dtype_object(DType type);
std::optional<DType> dtype_of(nb::handle value);

namespace {

std::mt19937_64& generator() {
  static std::mt19937_64 one(0);
  return one;
}

Array tensor(nb::handle data, nb::handle dtype) {
  Array x = array_of(data);
  if (nb::isinstance<Array>(data)) {
    const Array copy = Array::empty(x.type, x.shape);
    assign(copy, x);
    x = copy;
  }
  const std::optional<DType> type = dtype_of(dtype);
  return type ? converted(x, *type) : x;
}

Dims dims_of(const nb::args& args) {
  Dims out;
  const bool list = args.size() == 1 && (nb::isinstance<nb::tuple>(args[0]) || nb::isinstance<nb::list>(args[0]));
  for (const nb::handle one : list ? nb::object(args[0]) : nb::object(args)) out.push_back(nb::cast<std::int64_t>(one));
  return out;
}

std::optional<DType> dtype_in(const nb::kwargs& kwargs) {
  for (const auto& [key, value] : kwargs) {
    if (nb::cast<std::string>(key) == "dtype") return dtype_of(value);
    const std::string name = nb::cast<std::string>(key);
    check(name == "device" || name == "requires_grad", "'{}' is no argument here; dtype is", name);
    check(name != "requires_grad" || value.is(Py_False) || value.is_none(),
          "requires_grad: tensors of maru record no derivatives; maru.train trains models");
    if (name == "device") nb::module_::import_("maru.models").attr("_to")(value);
  }
  return std::nullopt;
}

Array filled(const Dims& shape, double value, DType type) {
  const Array out = Array::empty(type, shape);
  assign(out, Array::scalar(type, value));
  return out;
}

template <class Draw>
Array drawn(const Dims& shape, Draw draw) {
  const Array out = Array::empty(DType::float32, shape);
  for (std::int64_t i = 0, n = out.size(); i < n; ++i) out.as<float>()[i] = float(draw());
  return out;
}

Array arange(double begin, double end, double step, DType type) {
  check(step != 0, "arange: the step is 0");
  const auto n = std::max<std::int64_t>(0, std::int64_t(std::ceil((end - begin) / step)));
  const Array out = Array::empty(DType::float32, {n});
  Array whole = Array::empty(DType::int64, {n});
  for (std::int64_t i = 0; i < n; ++i) {
    out.as<float>()[i] = float(begin + double(i) * step);
    whole.as<std::int64_t>()[i] = std::int64_t(begin + double(i) * step);
  }
  return type == DType::float32 ? out : converted(whole, type);
}

bool close(const Array& a, const Array& b, double rtol, double atol, bool equal_nan) {
  const Dims shape = broadcast(a.shape, b.shape);
  const Array x = dense(expand(converted(a, DType::float32), shape)), y = dense(expand(converted(b, DType::float32), shape));
  for (std::int64_t i = 0, n = x.size(); i < n; ++i) {
    const double v = double(x.as<float>()[i]), w = double(y.as<float>()[i]);
    if (v == w || (equal_nan && std::isnan(v) && std::isnan(w))) continue;
    if (!(std::fabs(v - w) <= atol + rtol * std::fabs(w)) || std::isinf(v) || std::isinf(w)) return false;
  }
  return true;
}

// The mean of -log softmax(logits)[target]; targets of `ignored` are left out.
Array cross_entropy(const Array& logits, const Array& target, std::int64_t ignored, std::string_view reduction) {
  check(logits.rank() == 2 && target.rank() == 1 && logits.shape[0] == target.shape[0] && target.type == DType::int64,
        "cross_entropy: logits [rows, classes] and int64 targets [rows] are wanted, got {} and {} axes", logits.rank(), target.rank());
  const Array scores = dense(softmax(logits, 1, true)), wanted = dense(target);
  const std::int64_t rows = logits.shape[0], classes = logits.shape[1];
  Array losses = Array::empty(DType::float32, {rows});
  double sum = 0, counted = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t t = wanted.as<std::int64_t>()[i];
    losses.as<float>()[i] = 0;
    if (t == ignored) continue;
    check(t >= 0 && t < classes, "cross_entropy: target {} at row {}, there are {} classes", t, i, classes);
    losses.as<float>()[i] = -scores.as<float>()[i * classes + t];
    sum += double(losses.as<float>()[i]);
    counted += 1;
  }
  if (reduction == "none") return losses;
  check(reduction == "mean" || reduction == "sum", "reduction is '{}', expected mean, sum or none", reduction);
  return Array::scalar(DType::float32, reduction == "sum" ? sum : sum / counted);
}

Array cosine(const Array& a, const Array& b, int dim, double eps) {
  const auto sum = [&](const Array& x) {
    const int axes[] = {dim};
    return reduce(Reduce::sum, x, axes, false);
  };
  const auto length = [&](const Array& x) {
    return binary(Binary::maximum, unary(Unary::sqrt, sum(binary(Binary::multiply, x, x))), Array::scalar(DType::float32, eps));
  };
  return binary(Binary::divide, sum(binary(Binary::multiply, a, b)), binary(Binary::multiply, length(a), length(b)));
}

void add_making(nb::module_& m) {
  m.def("tensor", tensor, "data"_a, "dtype"_a.none() = nb::none());
  m.def("as_tensor", [](nb::handle data) { return array_of(data); }, "data"_a);
  for (const auto& [name, value] : {std::pair{"zeros", 0.0}, std::pair{"ones", 1.0}})
    m.def(name, [value = value](const nb::args& shape, const nb::kwargs& how) {
      return filled(dims_of(shape), value, dtype_in(how).value_or(DType::float32));
    });
  for (const auto& [name, value] : {std::pair{"zeros_like", 0.0}, std::pair{"ones_like", 1.0}})
    m.def(name, [value = value](const Array& x, const nb::kwargs& how) { return filled(x.shape, value, dtype_in(how).value_or(x.type)); });
  m.def("full", [](const Dims& shape, nb::handle value, nb::handle dtype) {
    const Array v = array_of(value), out = Array::empty(dtype_of(dtype).value_or(v.type), shape);
    assign(out, v);
    return out;
  }, "size"_a, "fill_value"_a, "dtype"_a.none() = nb::none());
  m.def("eye", [](std::int64_t n) {
    const Array out = filled({n, n}, 0, DType::float32);
    for (std::int64_t i = 0; i < n; ++i) out.as<float>()[i * n + i] = 1;
    return out;
  });
  m.def("arange", [](const nb::args& args, const nb::kwargs& how) {
    check(args.size() >= 1 && args.size() <= 3, "arange takes an end, or begin and end, and a step");
    bool whole = true;
    std::vector<double> v;
    for (const nb::handle one : args) {
      whole = whole && PyIndex_Check(one.ptr());
      v.push_back(nb::cast<double>(nb::float_(one)));
    }
    const DType type = dtype_in(how).value_or(whole ? DType::int64 : DType::float32);
    return v.size() == 1 ? arange(0, v[0], 1, type) : arange(v[0], v[1], v.size() == 3 ? v[2] : 1, type);
  });
  m.def("linspace", [](double begin, double end, std::int64_t steps) {
    const Array out = Array::empty(DType::float32, {steps});
    for (std::int64_t i = 0; i < steps; ++i)
      out.as<float>()[i] = float(steps > 1 ? begin + (end - begin) * double(i) / double(steps - 1) : begin);
    return out;
  });
  m.def("manual_seed", [](std::uint64_t seed) { generator().seed(seed); });
  m.def("randn", [](const nb::args& shape) {
    std::normal_distribution<double> normal;
    return drawn(dims_of(shape), [&] { return normal(generator()); });
  });
  m.def("rand", [](const nb::args& shape) { return drawn(dims_of(shape), [&] { return double(generator()() >> 40) * 0x1p-24; }); });
  m.def("randint", [](std::int64_t low, std::int64_t high, const Dims& shape) {
    check(low < high, "randint: nothing lies between {} and {}", low, high);
    return converted(drawn(shape, [&] { return double(low + std::int64_t(generator()() % std::uint64_t(high - low))); }), DType::int64);
  }, "low"_a, "high"_a, "size"_a);
  m.def("multinomial", [](const Array& weights, std::int64_t count) {
    check(weights.rank() == 1, "multinomial: one row of weights at a time");
    const Array w = dense(converted(weights, DType::float32));
    std::vector<double> left(w.as<float>(), w.as<float>() + w.size());
    const Array out = Array::empty(DType::int64, {count});
    for (std::int64_t i = 0; i < count; ++i) {
      std::discrete_distribution<std::int64_t> draw(left.begin(), left.end());
      out.as<std::int64_t>()[i] = draw(generator());
      left[std::size_t(out.as<std::int64_t>()[i])] = 0;
    }
    return out;
  }, "input"_a, "num_samples"_a);
}

void add_functions(nb::module_& m) {
  m.def("matmul", matmul).def("mm", matmul).def("bmm", matmul);
  m.def("dot", [](const Array& a, const Array& b) {
    check(a.rank() == 1 && b.rank() == 1, "dot: 1D tensors expected, but got {}D and {}D tensors; squeeze() takes axes of one away",
          a.rank(), b.rank());
    return matmul(a, b);
  });
  m.def("allclose", close, "input"_a, "other"_a, "rtol"_a = 1e-5, "atol"_a = 1e-8, "equal_nan"_a = false);
  m.def("equal", [](const Array& a, const Array& b) { return a.shape == b.shape && close(a, b, 0, 0, false); });
  m.def("isfinite", [](const Array& x) { return unary(Unary::is_finite, x); });
  m.def("where", [](const Array& c, nb::handle a, nb::handle b) { return where(c, array_of(a), array_of(b)); });
  m.def("cat", [](const std::vector<Array>& parts, int dim) { return cat(parts, dim); }, "tensors"_a, "dim"_a = 0);
  m.def("stack", [](const std::vector<Array>& parts, int dim) {
    std::vector<Array> all;
    for (const Array& part : parts) all.push_back(unsqueeze(part, dim));
    return cat(all, dim < 0 ? dim + (parts.empty() ? 1 : parts[0].rank() + 1) : dim);
  }, "tensors"_a, "dim"_a = 0);
  m.def("triu", [](const Array& x, int diagonal) { return triangle(x, diagonal, false); }, "input"_a, "diagonal"_a = 0);
  m.def("tril", [](const Array& x, int diagonal) { return triangle(x, diagonal, true); }, "input"_a, "diagonal"_a = 0);
  m.def("softmax", [](const Array& x, int dim) { return softmax(x, dim, false); }, "input"_a, "dim"_a = -1);
  m.def("log_softmax", [](const Array& x, int dim) { return softmax(x, dim, true); }, "input"_a, "dim"_a = -1);
  m.def("relu", [](const Array& x) { return unary(Unary::relu, x); });
  m.def("gelu", [](const Array& x) { return unary(Unary::gelu, x); });
  m.def("cross_entropy", cross_entropy, "input"_a, "target"_a, "ignore_index"_a = -100, "reduction"_a = "mean");
  m.def("cosine_similarity", cosine, "x1"_a, "x2"_a, "dim"_a = 1, "eps"_a = 1e-8);
  m.def("normalize", [](const Array& x, int dim) {
    const int axes[] = {dim};
    const Array length = unary(Unary::sqrt, reduce(Reduce::sum, binary(Binary::multiply, x, x), axes, true));
    return binary(Binary::divide, x, binary(Binary::maximum, length, Array::scalar(DType::float32, 1e-12)));
  }, "input"_a, "dim"_a = 1);
  m.def("layer_norm", [](const Array& x, const Dims& shape, double eps) {
    check(shape.size() == 1 && x.rank() > 0 && shape[0] == x.shape.back(), "layer_norm: over the last axis only");
    const int axes[] = {-1};
    const Array centred = binary(Binary::subtract, x, reduce(Reduce::mean, x, axes, true));
    const Array variance = reduce(Reduce::mean, binary(Binary::multiply, centred, centred), axes, true);
    return binary(Binary::divide, centred, unary(Unary::sqrt, binary(Binary::add, variance, Array::scalar(DType::float32, eps))));
  }, "input"_a, "normalized_shape"_a, "eps"_a = 1e-5);
}

}  // namespace

void add_array_functions(nb::module_& m) {
  add_making(m);
  add_functions(m);
}

}  // namespace maru::python
