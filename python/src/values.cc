// Python's values as tensors and as JSON, and JSON as Python's values.
#include <algorithm>

#include "python.h"

namespace maru::python {
namespace {

// Nested lists: first their shape, then their numbers.
struct Numbers {
  Dims shape;
  std::vector<double> values;
  std::vector<std::int64_t> whole;     // the same where all are whole: a double has not room for all of them
  DType type = DType::boolean;
};

bool is_list(nb::handle value) {
  return nb::isinstance<nb::list>(value) || nb::isinstance<nb::tuple>(value) || nb::isinstance<Array>(value);
}

// The shape of nested lists as their first entries have it; the others must follow.
Dims shape_of_first(nb::handle value) {
  Dims shape;
  for (nb::object one = nb::borrow(value); is_list(one) && !(nb::isinstance<Array>(one) && nb::cast<Array>(one).rank() == 0);
       one = one[0]) {
    shape.push_back(std::int64_t(nb::len(one)));
    if (shape.back() == 0) break;
  }
  return shape;
}

void collect(nb::handle value, std::size_t depth, Numbers& out) {
  const auto wrong = [] { fail(ErrorKind::invalid, "a tensor is made of numbers in lists of equal length"); };
  if (is_list(value)) {
    if (nb::isinstance<Array>(value) && nb::cast<Array>(value).rank() == 0) return collect(value.attr("item")(), depth, out);
    const auto n = std::int64_t(nb::len(value));
    if (depth >= out.shape.size() || out.shape[depth] != n) wrong();
    for (const nb::handle one : value) collect(one, depth + 1, out);
    return;
  }
  if (depth != out.shape.size()) wrong();
  if (PyBool_Check(value.ptr())) {
    out.whole.push_back(value.is(Py_True));
  } else if (PyIndex_Check(value.ptr())) {
    out.type = std::max(out.type, DType::int64);
    out.whole.push_back(nb::cast<std::int64_t>(nb::steal(PyNumber_Index(value.ptr()))));
  } else {
    out.type = DType::float32;
    const double number = PyFloat_AsDouble(value.ptr());
    if (number == -1 && PyErr_Occurred()) throw nb::python_error();
    out.whole.push_back(0);
    out.values.push_back(number);
    return;
  }
  out.values.push_back(double(out.whole.back()));
}

std::optional<Array> from_buffer(nb::handle value) {
  Py_buffer view;
  if (PyObject_GetBuffer(value.ptr(), &view, PyBUF_FORMAT | PyBUF_ND | PyBUF_C_CONTIGUOUS) != 0) {
    PyErr_Clear();
    return std::nullopt;
  }
  const std::string format = view.format ? view.format : "B";
  Array out;
  const auto read = [&]<class From, class To>(From, To, DType type) {
    Dims shape(view.shape, view.shape + view.ndim);
    out = Array::empty(type, shape);
    for (std::int64_t i = 0, n = out.size(); i < n; ++i) out.as<To>()[i] = To(static_cast<const From*>(view.buf)[i]);
  };
  bool known = true;
  if (format == "f") read(float{}, float{}, DType::float32);
  else if (format == "d") read(double{}, float{}, DType::float32);
  else if (format == "l" || format == "q") read(std::int64_t{}, std::int64_t{}, DType::int64);
  else if (format == "i") read(std::int32_t{}, std::int64_t{}, DType::int64);
  else if (format == "b") read(std::int8_t{}, std::int64_t{}, DType::int64);
  else if (format == "B") read(std::uint8_t{}, std::int64_t{}, DType::int64);
  else if (format == "?") read(std::uint8_t{}, std::uint8_t{}, DType::boolean);
  else known = false;
  PyBuffer_Release(&view);
  check(known, "a buffer of '{}' cannot become a tensor: use float32, float64, int64, int32 or bool", format);
  return out;
}

}  // namespace

Array array_of(nb::handle value) {
  if (nb::isinstance<Array>(value)) return nb::cast<Array>(value);
  if (PyFloat_Check(value.ptr())) return Array::scalar(DType::float32, PyFloat_AS_DOUBLE(value.ptr()));
  if (nb::hasattr(value, "detach")) return array_of(value.attr("detach")().attr("cpu")().attr("numpy")());
  if (PyObject_CheckBuffer(value.ptr()) && !PyBytes_Check(value.ptr()))
    if (std::optional<Array> x = from_buffer(value)) return *x;
  Numbers found{.shape = shape_of_first(value), .values = {}, .whole = {}};
  collect(value, 0, found);
  if (found.values.empty()) found.type = DType::float32;
  const Array out = Array::empty(found.type, found.shape);
  for (std::size_t i = 0; i < found.values.size(); ++i) {
    if (found.type == DType::float32) out.as<float>()[i] = float(found.values[i]);
    else if (found.type == DType::int64) out.as<std::int64_t>()[i] = found.whole[i];
    else out.as<std::uint8_t>()[i] = std::uint8_t(found.whole[i]);
  }
  return out;
}

nb::object to_python(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean: return nb::bool_(json.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return nb::int_(json.get<std::int64_t>());
    case Json::value_t::number_float: return nb::float_(json.get<double>());
    case Json::value_t::string: return nb::str(json.get_ref<const std::string&>().c_str(), json.get_ref<const std::string&>().size());
    case Json::value_t::array: {
      nb::list out;
      for (const Json& one : json) out.append(to_python(one));
      return out;
    }
    case Json::value_t::object: {
      nb::dict out;
      for (const auto& [key, value] : json.items()) out[nb::str(key.c_str(), key.size())] = to_python(value);
      return out;
    }
    default: return nb::none();
  }
}

Json to_json(nb::handle value) {
  if (value.is_none()) return nullptr;
  if (PyBool_Check(value.ptr())) return value.is(Py_True);
  if (PyLong_Check(value.ptr())) return nb::cast<std::int64_t>(value);
  if (PyFloat_Check(value.ptr())) return nb::cast<double>(value);
  if (PyUnicode_Check(value.ptr())) return nb::cast<std::string>(value);
  if (nb::isinstance<nb::dict>(value)) {
    Json out = Json::object();
    for (const auto& [key, one] : nb::borrow<nb::dict>(value)) out[nb::cast<std::string>(nb::str(key))] = to_json(one);
    return out;
  }
  Json out = Json::array();
  for (const nb::handle one : value) out.push_back(to_json(one));
  return out;
}

}  // namespace maru::python
