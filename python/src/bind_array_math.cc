// The class Tensor: operators, and methods that compute.
#include "python.h"

namespace maru::python {
namespace {

// Axes as one number, several, or none for all.
std::vector<int> axes_of(nb::handle dim) {
  std::vector<int> out;
  if (!dim.is_valid() || dim.is_none()) return out;
  if (nb::isinstance<nb::int_>(dim)) return {nb::cast<int>(dim)};
  for (const nb::handle one : dim) out.push_back(nb::cast<int>(one));
  return out;
}

nb::object extreme(const Array& x, nb::handle dim, bool keep, bool greatest) {
  if (dim.is_none()) return nb::cast(reduce(greatest ? Reduce::max : Reduce::min, x, {}, false));
  if (nb::isinstance<Array>(dim)) return nb::cast(binary(greatest ? Binary::maximum : Binary::minimum, x, nb::cast<Array>(dim)));
  const std::vector<int> axes = axes_of(dim);
  return nb::cast(Ordered{reduce(greatest ? Reduce::max : Reduce::min, x, axes, keep),
                          reduce(greatest ? Reduce::argmax : Reduce::argmin, x, axes, keep)});
}

template <Binary op>
nb::object operate(const Array& a, nb::handle b) {
  if (b.is_none() || nb::isinstance<nb::str>(b)) return nb::borrow(Py_NotImplemented);
  return nb::cast(binary(op, a, array_of(b)));
}
template <Binary op>
Array reversed(const Array& a, nb::handle b) { return binary(op, array_of(b), a); }

template <Binary op>
Array& in_place(Array& a, nb::handle b) {
  assign(a, binary(op, a, array_of(b)));
  return a;
}

}  // namespace

void add_array_operators(nb::class_<Array>& c) {
  c.def("__add__", operate<Binary::add>)
      .def("__radd__", operate<Binary::add>)
      .def("__sub__", operate<Binary::subtract>)
      .def("__rsub__", reversed<Binary::subtract>)
      .def("__mul__", operate<Binary::multiply>)
      .def("__rmul__", operate<Binary::multiply>)
      .def("__truediv__", operate<Binary::divide>)
      .def("__rtruediv__", reversed<Binary::divide>)
      .def("__pow__", operate<Binary::power>)
      .def("__rpow__", reversed<Binary::power>)
      .def("__floordiv__", operate<Binary::floor_divide>)
      .def("__mod__", operate<Binary::remainder>)
      .def("__lt__", operate<Binary::less>)
      .def("__le__", operate<Binary::less_equal>)
      .def("__gt__", operate<Binary::greater>)
      .def("__ge__", operate<Binary::greater_equal>)
      .def("__eq__", operate<Binary::equal>, nb::arg("other").none())
      .def("__ne__", operate<Binary::unequal>, nb::arg("other").none())
      .def("__and__", operate<Binary::both>)
      .def("__or__", operate<Binary::either>)
      .def("__matmul__", [](const Array& a, const Array& b) { return matmul(a, b); })
      .def("__neg__", [](const Array& a) { return unary(Unary::negative, a); })
      .def("__invert__", [](const Array& a) { return unary(Unary::invert, a); })
      .def("__abs__", [](const Array& a) { return unary(Unary::abs, a); })
      .def("__iadd__", in_place<Binary::add>, nb::rv_policy::none)
      .def("__isub__", in_place<Binary::subtract>, nb::rv_policy::none)
      .def("__imul__", in_place<Binary::multiply>, nb::rv_policy::none)
      .def("__itruediv__", in_place<Binary::divide>, nb::rv_policy::none);
}

namespace {

template <Reduce op>
Array over(const Array& x, nb::handle dim, bool keepdim) { return reduce(op, x, axes_of(dim), keepdim); }

}  // namespace

void add_array_mathematics(nb::class_<Array>& c) {
  c.def("sum", over<Reduce::sum>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def("mean", over<Reduce::mean>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def("prod", over<Reduce::prod>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def("var", over<Reduce::variance>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def(
          "std", [](const Array& x, nb::handle dim, bool keep) { return unary(Unary::sqrt, over<Reduce::variance>(x, dim, keep)); },
          "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def("all", over<Reduce::all>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def("any", over<Reduce::any>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def("argmax", over<Reduce::argmax>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def("argmin", over<Reduce::argmin>, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def(
          "max", [](const Array& x, nb::handle dim, bool keep) { return extreme(x, dim, keep, true); }, "dim"_a.none() = nb::none(),
          "keepdim"_a = false)
      .def(
          "min", [](const Array& x, nb::handle dim, bool keep) { return extreme(x, dim, keep, false); }, "dim"_a.none() = nb::none(),
          "keepdim"_a = false)
      .def(
          "norm",
          [](const Array& x, double p, nb::handle dim, bool keep) {
            check(p == 2, "norm: only the length (p = 2) is known, got {}", p);
            return unary(Unary::sqrt, reduce(Reduce::sum, binary(Binary::multiply, x, x), axes_of(dim), keep));
          },
          "p"_a = 2.0, "dim"_a.none() = nb::none(), "keepdim"_a = false)
      .def(
          "softmax", [](const Array& x, int dim) { return softmax(x, dim, false); }, "dim"_a)
      .def(
          "log_softmax", [](const Array& x, int dim) { return softmax(x, dim, true); }, "dim"_a)
      .def(
          "topk", [](const Array& x, std::int64_t k, int dim, bool largest) { return topk(x, k, dim, largest); }, "k"_a, "dim"_a = -1,
          "largest"_a = true)
      .def(
          "sort", [](const Array& x, int dim, bool descending) { return topk(x, x.shape[std::size_t(axis_of(x, dim))], dim, descending); },
          "dim"_a = -1, "descending"_a = false)
      .def(
          "argsort",
          [](const Array& x, int dim, bool descending) { return topk(x, x.shape[std::size_t(axis_of(x, dim))], dim, descending).indices; },
          "dim"_a = -1, "descending"_a = false)
      .def(
          "cumsum", [](const Array& x, int dim) { return cumsum(x, dim); }, "dim"_a)
      .def("dot", [](const Array& a, const Array& b) { return matmul(a, b); })
      .def("matmul", matmul)
      .def("masked_fill",
           [](const Array& x, const Array& mask, nb::handle value) { return where(mask, converted(array_of(value), x.type), x); })
      .def(
          "clamp",
          [](const Array& x, nb::handle min, nb::handle max) {
            Array out = x;
            if (!min.is_none()) out = binary(Binary::maximum, out, array_of(min));
            if (!max.is_none()) out = binary(Binary::minimum, out, array_of(max));
            return out;
          },
          "min"_a.none() = nb::none(), "max"_a.none() = nb::none());
  constexpr std::pair<const char*, Unary> functions[] = {{"exp", Unary::exp}, {"log", Unary::log},   {"sqrt", Unary::sqrt},
                                                         {"abs", Unary::abs}, {"tanh", Unary::tanh}, {"sigmoid", Unary::sigmoid},
                                                         {"sin", Unary::sin}, {"cos", Unary::cos}};
  for (const auto& [name, op] : functions) c.def(name, [op = op](const Array& x) { return unary(op, x); });
}

}  // namespace maru::python
