// What is computed over Python's tensors. Values are made dense first; results are always dense.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "array.h"

namespace maru::python {
namespace {

template <class T>
T floor_div(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    check(b != 0, "a whole number is divided by zero");
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
  } else {
    return std::floor(a / b);
  }
}

template <class T>
T power(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    check(b >= 0, "a whole number to the power {}: make it a float first", b);
    T out = 1;
    for (; b > 0; --b) out *= a;
    return out;
  } else {
    return std::pow(a, b);
  }
}

bool compares(Binary op) { return op >= Binary::less; }

template <class T>
void run_binary(Binary op, const T* a, const T* b, Array& out, std::int64_t n) {
  const auto each = [&](auto f) {
    using Result = decltype(f(T{}, T{}));
    using Stored = std::conditional_t<std::is_same_v<Result, bool>, std::uint8_t, T>;
    Stored* to = out.as<Stored>();
    for (std::int64_t i = 0; i < n; ++i) to[i] = Stored(f(a[i], b[i]));
  };
  switch (op) {
    case Binary::add: return each([](T x, T y) { return T(x + y); });
    case Binary::subtract: return each([](T x, T y) { return T(x - y); });
    case Binary::multiply: return each([](T x, T y) { return T(x * y); });
    case Binary::divide: return each([](T x, T y) { return T(x / y); });
    case Binary::power: return each([](T x, T y) { return T(power(x, y)); });
    case Binary::floor_divide: return each([](T x, T y) { return T(floor_div(x, y)); });
    case Binary::remainder: return each([](T x, T y) { return T(x - floor_div(x, y) * y); });
    case Binary::minimum: return each([](T x, T y) { return std::min(x, y); });
    case Binary::maximum: return each([](T x, T y) { return std::max(x, y); });
    case Binary::less: return each([](T x, T y) { return x < y; });
    case Binary::less_equal: return each([](T x, T y) { return x <= y; });
    case Binary::greater: return each([](T x, T y) { return x > y; });
    case Binary::greater_equal: return each([](T x, T y) { return x >= y; });
    case Binary::equal: return each([](T x, T y) { return x == y; });
    case Binary::unequal: return each([](T x, T y) { return x != y; });
    case Binary::both: return each([](T x, T y) { return bool(x) && bool(y); });
    case Binary::either: return each([](T x, T y) { return bool(x) || bool(y); });
  }
}

// The axes to be reduced moved behind the others.  -> [outer, inner]
struct Folded {
  Array values;
  Dims kept, with_ones;
  std::int64_t outer, inner;
};

Folded fold(const Array& x, std::span<const int> axes) {
  std::vector<bool> gone(x.shape.size(), axes.empty());
  for (const int axis : axes)
    if (x.rank() > 0) gone[std::size_t(axis_of(x, axis))] = true;
  std::vector<int> order;
  Folded out{{}, {}, {}, 1, 1};
  for (int i = 0; i < x.rank(); ++i) {
    const std::int64_t d = x.shape[std::size_t(i)];
    out.with_ones.push_back(gone[std::size_t(i)] ? 1 : d);
    if (gone[std::size_t(i)]) {
      out.inner *= d;
      continue;
    }
    order.push_back(i);
    out.kept.push_back(d);
    out.outer *= d;
  }
  for (int i = 0; i < x.rank(); ++i)
    if (gone[std::size_t(i)]) order.push_back(i);
  out.values = dense(permute(x, order));
  return out;
}

template <class T>
double reduced(Reduce op, const T* v, std::int64_t n) {
  switch (op) {
    case Reduce::sum: return std::accumulate(v, v + n, 0.0);
    case Reduce::mean: return std::accumulate(v, v + n, 0.0) / double(n);
    case Reduce::prod: return std::accumulate(v, v + n, 1.0, std::multiplies<>());
    case Reduce::max: return double(*std::max_element(v, v + n));
    case Reduce::min: return double(*std::min_element(v, v + n));
    case Reduce::argmax: return double(std::max_element(v, v + n) - v);
    case Reduce::argmin: return double(std::min_element(v, v + n) - v);
    case Reduce::all: return double(std::all_of(v, v + n, [](T one) { return one != T{}; }));
    case Reduce::any: return double(std::any_of(v, v + n, [](T one) { return one != T{}; }));
    case Reduce::variance: {
      const double mean = std::accumulate(v, v + n, 0.0) / double(n);
      double sum = 0;
      for (std::int64_t i = 0; i < n; ++i) sum += (double(v[i]) - mean) * (double(v[i]) - mean);
      return sum / double(n - 1);
    }
  }
  return 0;
}

DType result_type(Reduce op, DType type) {
  switch (op) {
    case Reduce::mean:
    case Reduce::variance: return DType::float32;
    case Reduce::argmax:
    case Reduce::argmin: return DType::int64;
    case Reduce::all:
    case Reduce::any: return DType::boolean;
    case Reduce::sum:
    case Reduce::prod: return type == DType::boolean ? DType::int64 : type;
    default: return type;
  }
}

template <class Each>
void typed(const Array& x, Each each) {
  if (x.type == DType::float32) each(x.as<float>());
  else if (x.type == DType::int64) each(x.as<std::int64_t>());
  else each(x.as<std::uint8_t>());
}

// Rows of the last axis after `axis` was moved there, and the way back.
Array last(const Array& x, int axis) { return x.rank() == 0 ? x : dense(transpose(x, axis, -1)); }
Array back(const Array& x, int axis) { return x.rank() == 0 ? x : dense(transpose(x, axis, -1)); }

}  // namespace

Array binary(Binary op, const Array& a_in, const Array& b_in) {
  DType type = std::max(a_in.type, b_in.type);
  if (op == Binary::divide) type = DType::float32;
  const bool logical = op == Binary::both || op == Binary::either;
  if (type == DType::boolean && !compares(op)) type = DType::int64;
  const Dims shape = broadcast(a_in.shape, b_in.shape);
  const Array a = dense(expand(converted(a_in, type), shape)), b = dense(expand(converted(b_in, type), shape));
  Array out = Array::empty(compares(op) || logical ? DType::boolean : type, shape);
  if (type == DType::float32) run_binary(op, a.as<float>(), b.as<float>(), out, a.size());
  else if (type == DType::int64) run_binary(op, a.as<std::int64_t>(), b.as<std::int64_t>(), out, a.size());
  else run_binary<std::uint8_t>(op, a.as<std::uint8_t>(), b.as<std::uint8_t>(), out, a.size());
  return out;
}

Array unary(Unary op, const Array& x_in) {
  const bool keeps = op == Unary::abs || op == Unary::negative || op == Unary::invert || op == Unary::relu;
  const Array x = dense(keeps ? x_in : converted(x_in, DType::float32));
  if (op == Unary::invert) {
    check(x.type == DType::boolean, "~ is for tensors of bool, this is {}", name_of(x.type));
    return binary(Binary::equal, x, Array::scalar(DType::boolean, 0));
  }
  if (op == Unary::negative) return binary(Binary::subtract, Array::scalar(x.type, 0), x);
  if (op == Unary::relu) return binary(Binary::maximum, x, Array::scalar(x.type, 0));
  Array out = Array::empty(op == Unary::is_finite ? DType::boolean : x.type, x.shape);
  const std::int64_t n = x.size();
  const auto each = [&](auto f) {
    for (std::int64_t i = 0; i < n; ++i) out.as<float>()[i] = f(x.as<float>()[i]);
  };
  switch (op) {
    case Unary::exp: each([](float v) { return std::exp(v); }); break;
    case Unary::log: each([](float v) { return std::log(v); }); break;
    case Unary::sqrt: each([](float v) { return std::sqrt(v); }); break;
    case Unary::tanh: each([](float v) { return std::tanh(v); }); break;
    case Unary::sigmoid: each([](float v) { return 1 / (1 + std::exp(-v)); }); break;
    case Unary::sin: each([](float v) { return std::sin(v); }); break;
    case Unary::cos: each([](float v) { return std::cos(v); }); break;
    case Unary::gelu: each([](float v) { return v * 0.5f * (1 + std::erf(v * float(M_SQRT1_2))); }); break;
    case Unary::is_finite:
      for (std::int64_t i = 0; i < n; ++i) out.as<std::uint8_t>()[i] = std::isfinite(x.as<float>()[i]);
      break;
    case Unary::abs:
      if (x.type == DType::float32) each([](float v) { return std::fabs(v); });
      else typed(x, [&]<class T>(T* v) { for (std::int64_t i = 0; i < n; ++i) out.as<T>()[i] = v[i] < T{} ? T(-v[i]) : v[i]; });
      break;
    default: break;
  }
  return out;
}

Array where(const Array& condition, const Array& a_in, const Array& b_in) {
  const DType type = std::max(a_in.type, b_in.type);
  const Dims shape = broadcast(condition.shape, broadcast(a_in.shape, b_in.shape));
  const Array c = dense(expand(converted(condition, DType::boolean), shape)), a = dense(expand(converted(a_in, type), shape)),
              b = dense(expand(converted(b_in, type), shape));
  Array out = Array::empty(type, shape);
  typed(out, [&]<class T>(T* to) {
    for (std::int64_t i = 0, n = out.size(); i < n; ++i) to[i] = c.as<std::uint8_t>()[i] ? a.as<T>()[i] : b.as<T>()[i];
  });
  return out;
}

Array reduce(Reduce op, const Array& x, std::span<const int> axes, bool keep) {
  const Folded folded = fold(x, axes);
  const bool needs_one = op == Reduce::max || op == Reduce::min || op == Reduce::argmax || op == Reduce::argmin;
  check(folded.inner > 0 || !needs_one, "the greatest or least of no numbers was asked for");
  Array out = Array::empty(result_type(op, x.type), keep ? folded.with_ones : folded.kept);
  typed(folded.values, [&](auto* values) {
    typed(out, [&]<class R>(R* to) {
      for (std::int64_t i = 0; i < folded.outer; ++i) to[i] = R(reduced(op, values + i * folded.inner, folded.inner));
    });
  });
  return out;
}

Array softmax(const Array& x, std::int64_t axis_given, bool logarithm) {
  const int axis = axis_of(x, axis_given);
  const Array in = last(converted(x, DType::float32), axis);
  Array out = Array::empty(DType::float32, in.shape);
  const std::int64_t n = in.rank() ? in.shape.back() : 1, rows = n ? in.size() / n : 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const float* v = in.as<float>() + r * n;
    float* to = out.as<float>() + r * n;
    const float most = *std::max_element(v, v + n);
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += double(to[i] = std::exp(v[i] - most));
    for (std::int64_t i = 0; i < n; ++i) to[i] = logarithm ? float(double(v[i] - most) - std::log(sum)) : float(double(to[i]) / sum);
  }
  return back(out, axis);
}

Array matmul(const Array& a_in, const Array& b_in) {
  const DType type = std::max(a_in.type, b_in.type);
  check(a_in.rank() >= 1 && b_in.rank() >= 1, "matmul: a number has no rows; use *");
  Array a = converted(a_in, type), b = converted(b_in, type);
  const bool row = a.rank() == 1, column = b.rank() == 1;
  if (row) a = unsqueeze(a, 0);
  if (column) b = unsqueeze(b, 1);
  const std::int64_t m = a.shape[std::size_t(a.rank() - 2)], k = a.shape.back(), n = b.shape.back();
  check(b.shape[std::size_t(b.rank() - 2)] == k, "matmul: [{}] and [{}] do not fit: {} columns against {} rows",
        fmt::join(a_in.shape, ", "), fmt::join(b_in.shape, ", "), k, b.shape[std::size_t(b.rank() - 2)]);
  const Dims batch = broadcast({a.shape.begin(), a.shape.end() - 2}, {b.shape.begin(), b.shape.end() - 2});
  const auto spread = [&](const Array& x, std::int64_t r, std::int64_t c) {
    Dims shape = batch;
    shape.insert(shape.end(), {r, c});
    return dense(expand(x, shape));
  };
  a = spread(a, m, k);
  b = spread(b, k, n);
  Dims shape = batch;
  shape.insert(shape.end(), {m, n});
  Array out = Array::empty(type == DType::boolean ? DType::int64 : type, shape);
  typed(a, [&]<class T>(T* from) {
    using R = std::conditional_t<std::is_same_v<T, std::uint8_t>, std::int64_t, T>;
    const T* other = b.as<T>();
    for (std::int64_t s = 0, count = product(batch); s < count; ++s)
      for (std::int64_t i = 0; i < m; ++i) {
        R* to = out.as<R>() + (s * m + i) * n;
        std::fill(to, to + n, R{});
        for (std::int64_t l = 0; l < k; ++l) {
          const R x = R(from[(s * m + i) * k + l]);
          const T* y = other + (s * k + l) * n;
          for (std::int64_t j = 0; j < n; ++j) to[j] += x * R(y[j]);
        }
      }
  });
  if (column) out = select(out, out.rank() - 1, 0);
  if (row) out = select(out, out.rank() - (column ? 1 : 2), 0);
  return out;
}

Array triangle(const Array& x, std::int64_t diagonal, bool lower) {
  check(x.rank() >= 2, "triu and tril are for matrices, this has {} axes", x.rank());
  const std::int64_t rows = x.shape[std::size_t(x.rank() - 2)], columns = x.shape.back();
  Array keep = Array::empty(DType::boolean, {rows, columns});
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) keep.as<std::uint8_t>()[i * columns + j] = lower ? j - i <= diagonal : j - i >= diagonal;
  return where(keep, x, Array::scalar(x.type, 0));
}

Array cumsum(const Array& x, std::int64_t axis_given) {
  const int axis = axis_of(x, axis_given);
  const Array in = last(x.type == DType::boolean ? converted(x, DType::int64) : x, axis);
  Array out = Array::empty(in.type, in.shape);
  const std::int64_t n = in.rank() ? in.shape.back() : 1, rows = n ? in.size() / n : 0;
  typed(in, [&]<class T>(T* v) {
    for (std::int64_t r = 0; r < rows; ++r) std::partial_sum(v + r * n, v + (r + 1) * n, out.as<T>() + r * n);
  });
  return back(out, axis);
}

Ordered topk(const Array& x, std::int64_t count, std::int64_t axis_given, bool largest) {
  const int axis = axis_of(x, axis_given);
  const Array in = last(x, axis);
  const std::int64_t n = in.rank() ? in.shape.back() : 1, rows = n ? in.size() / n : 0;
  check(count >= 0 && count <= n, "topk: {} of {} were asked for", count, n);
  Dims shape = in.shape;
  if (!shape.empty()) shape.back() = count;
  Array values = Array::empty(in.type, shape), indices = Array::empty(DType::int64, shape);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  typed(in, [&]<class T>(T* v) {
    for (std::int64_t r = 0; r < rows; ++r) {
      std::iota(order.begin(), order.end(), 0);
      const T* row = v + r * n;
      std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](std::int64_t a, std::int64_t b) {
        return row[a] != row[b] ? (largest ? row[a] > row[b] : row[a] < row[b]) : a < b;
      });
      for (std::int64_t i = 0; i < count; ++i) {
        values.as<T>()[r * count + i] = row[order[std::size_t(i)]];
        indices.as<std::int64_t>()[r * count + i] = order[std::size_t(i)];
      }
    }
  });
  return {back(values, axis), back(indices, axis)};
}

}  // namespace maru::python
