// The class Tensor: what it holds, how it is indexed, and how others take it over without a copy.
#include "dlpack.h"
#include "index.h"
#include "python.h"

namespace maru::python {
namespace {

nb::object dtypes[3];
nb::object size_class;

struct TypeName {
  DType type;
};

char format_of(DType type) { return type == DType::float32 ? 'f' : type == DType::int64 ? 'q' : '?'; }

int get_buffer(PyObject* self, Py_buffer* view, int) {
  struct Kept {
    Array array;
    std::vector<Py_ssize_t> shape, strides;
    char format[2];
  };
  try {
    auto kept = std::make_unique<Kept>();
    kept->array = nb::cast<Array>(nb::handle(self));
    const Array& x = kept->array;
    const auto item = Py_ssize_t(size_of(x.type));
    for (int i = 0; i < x.rank(); ++i) {
      kept->shape.push_back(Py_ssize_t(x.shape[std::size_t(i)]));
      kept->strides.push_back(Py_ssize_t(x.stride[std::size_t(i)]) * item);
    }
    kept->format[0] = format_of(x.type);
    kept->format[1] = 0;
    *view = {.buf = x.data,
             .obj = self,
             .len = Py_ssize_t(x.size()) * item,
             .itemsize = item,
             .readonly = 0,
             .ndim = x.rank(),
             .format = kept->format,
             .shape = kept->shape.data(),
             .strides = kept->strides.data(),
             .suboffsets = nullptr,
             .internal = kept.get()};
    view->internal = kept.release();
    Py_INCREF(self);
    return 0;
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_BufferError, error.what());
    view->obj = nullptr;
    return -1;
  }
}

void release_buffer(PyObject*, Py_buffer* view) {
  struct Kept {
    Array array;
    std::vector<Py_ssize_t> shape, strides;
    char format[2];
  };
  delete static_cast<Kept*>(view->internal);
}

PyType_Slot slots[] = {
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)}, {Py_bf_releasebuffer, reinterpret_cast<void*>(release_buffer)}, {0, nullptr}};

nb::object number(const Array& x) {
  check(x.size() == 1, "only a tensor of one number becomes a number, this has {}", x.size());
  if (x.type == DType::float32) return nb::float_(double(*x.as<float>()));
  if (x.type == DType::int64) return nb::int_(*x.as<std::int64_t>());
  return nb::bool_(*x.as<std::uint8_t>() != 0);
}

nb::object list_of(const Array& x) {
  if (x.rank() == 0) return number(x);
  nb::list out;
  for (std::int64_t i = 0; i < x.shape[0]; ++i) out.append(list_of(select(x, 0, i)));
  return out;
}

nb::object shape_of(const Array& x) {
  nb::list out;
  for (const std::int64_t d : x.shape) out.append(d);
  return size_class.is_valid() ? size_class(out) : nb::object(nb::tuple(out));
}

// A shape given as one list or as several numbers.
Dims dims_of(const nb::args& args) {
  Dims out;
  if (args.size() == 1 && !nb::isinstance<nb::int_>(args[0]))
    for (const nb::handle one : nb::borrow(args[0])) out.push_back(nb::cast<std::int64_t>(one));
  else
    for (const nb::handle one : args) out.push_back(nb::cast<std::int64_t>(one));
  return out;
}

void add_views(nb::class_<Array>& c) {
  c.def("squeeze", [](const Array& x, nb::handle dim) {
     Array out = x;
     if (!dim.is_none()) return squeeze(x, axis_of(x, nb::cast<int>(dim)));
     for (int axis = x.rank(); axis-- > 0;) out = squeeze(out, axis);
     return out;
   }, "dim"_a.none() = nb::none())
      .def("unsqueeze", [](const Array& x, int dim) { return unsqueeze(x, dim); }, "dim"_a)
      .def("view", [](const Array& x, const nb::args& shape) { return reshape(x, dims_of(shape)); })
      .def("reshape", [](const Array& x, const nb::args& shape) { return reshape(x, dims_of(shape)); })
      .def("flatten", [](const Array& x, int from, int to) {
        const int first = axis_of(x, from), last_axis = axis_of(x, to);
        Dims shape(x.shape.begin(), x.shape.begin() + std::min(first, x.rank()));
        shape.push_back(-1);
        if (last_axis + 1 < x.rank()) shape.insert(shape.end(), x.shape.begin() + last_axis + 1, x.shape.end());
        return reshape(x, shape);
      }, "start_dim"_a = 0, "end_dim"_a = -1)
      .def("transpose", [](const Array& x, int a, int b) { return transpose(x, a, b); })
      .def("permute", [](const Array& x, const nb::args& dims) {
        const Dims order = dims_of(dims);
        return permute(x, std::vector<int>(order.begin(), order.end()));
      })
      .def("expand", [](const Array& x, const nb::args& shape) { return expand(x, dims_of(shape)); })
      .def_prop_ro("T", [](const Array& x) {
        std::vector<int> order;
        for (int axis = x.rank(); axis-- > 0;) order.push_back(axis);
        return permute(x, order);
      })
      .def_prop_ro("mT", [](const Array& x) { return transpose(x, -2, -1); })
      .def("contiguous", [](const Array& x) { return dense(x); })
      .def("clone", [](const Array& x) {
        Array out = Array::empty(x.type, x.shape);
        assign(out, x);
        return out;
      });
  for (const char* name : {"detach", "cpu"}) c.def(name, [](const Array& x) { return x; });
  c.def("float", [](const Array& x) { return converted(x, DType::float32); })
      .def("long", [](const Array& x) { return converted(x, DType::int64); })
      .def("int", [](const Array& x) { return converted(x, DType::int64); })
      .def("bool", [](const Array& x) { return converted(x, DType::boolean); })
      .def("to", [](const Array& x, nb::handle what) {
        if (nb::isinstance<TypeName>(what)) return converted(x, nb::cast<TypeName>(what).type);
        nb::module_::import_("maru.models").attr("_to")(what);  // says what a device cannot be
        return x;
      });
}

}  // namespace

nb::object dtype_object(DType type) { return dtypes[int(type)]; }
std::optional<DType> dtype_of(nb::handle value) {
  if (!value.is_valid() || value.is_none()) return std::nullopt;
  return nb::cast<TypeName>(value).type;
}

void add_arrays(nb::module_& m) {
  nb::class_<TypeName>(m, "dtype")
      .def("__repr__", [](const TypeName& t) { return fmt::format("torch.{}", name_of(t.type)); })
      .def("__eq__", [](const TypeName& a, nb::handle b) { return nb::isinstance<TypeName>(b) && nb::cast<TypeName>(b).type == a.type; })
      .def("__hash__", [](const TypeName& t) { return int(t.type); });
  for (const DType type : {DType::boolean, DType::int64, DType::float32}) {
    dtypes[int(type)] = nb::cast(TypeName{type});
    m.attr(std::string(name_of(type)).c_str()) = dtypes[int(type)];
  }
  m.def("_set_size", [](nb::object size) { size_class = std::move(size); });
  nb::module_::import_("atexit").attr("register")(nb::cpp_function([] {
    for (nb::object& one : dtypes) one.reset();
    size_class.reset();
  }));
  nb::class_<Ordered>(m, "Ordered")
      .def_ro("values", &Ordered::values)
      .def_ro("indices", &Ordered::indices)
      .def("__len__", [](const Ordered&) { return 2; })
      .def("__getitem__",
           [](const Ordered& o, int i) {
             if (i < -2 || i > 1) throw nb::index_error();
             return i == 0 || i == -2 ? o.values : o.indices;
           })
      .def("__iter__", [](const Ordered& o) { return nb::iter(nb::make_tuple(o.values, o.indices)); })
      .def("__repr__",
           [](nb::handle o) { return nb::str("maru.return_types(\nvalues={},\nindices={})").format(o.attr("values"), o.attr("indices")); });
  nb::class_<Array> c(m, "Tensor", nb::type_slots(slots));
  c.def_prop_ro("shape", shape_of)
      .def(
          "size",
          [](const Array& x, nb::handle dim) {
            return dim.is_none() ? shape_of(x) : nb::object(nb::int_(x.shape.at(std::size_t(axis_of(x, nb::cast<int>(dim))))));
          },
          "dim"_a.none() = nb::none())
      .def_prop_ro("dtype", [](const Array& x) { return dtypes[int(x.type)]; })
      .def_prop_ro("ndim", &Array::rank)
      .def("dim", &Array::rank)
      .def("numel", &Array::size)
      .def_prop_ro("device", [](const Array&) { return "cpu"; })
      .def_prop_ro("requires_grad", [](const Array&) { return false; })
      .def("item", number)
      .def("tolist", list_of)
      .def("stride", [](const Array& x) { return nb::tuple(nb::cast(x.stride)); })
      .def("numpy",
           [](nb::handle self) { return nb::module_::import_("numpy").attr("asarray")(nb::steal(PyMemoryView_FromObject(self.ptr()))); })
      .def(
          "__array__",
          [](nb::handle self, nb::handle dtype, nb::handle copy) {
            nb::object out = self.attr("numpy")();
            if (!dtype.is_none()) out = out.attr("astype")(dtype, "copy"_a = false);
            return !copy.is_none() && nb::cast<bool>(copy) ? out.attr("copy")() : out;
          },
          "dtype"_a.none() = nb::none(), "copy"_a.none() = nb::none())
      .def("__dlpack__", [](const Array& x, const nb::kwargs&) { return dlpack_capsule(x); })
      .def("__dlpack_device__", [](const Array&) { return nb::make_tuple(1, 0); })
      .def(
          "__getitem__", [](const Array& x, nb::handle key) { return indexed(x, key); }, nb::arg("key").none())
      .def(
          "__setitem__", [](Array& x, nb::handle key, nb::handle value) { assign_indexed(x, key, array_of(value)); }, nb::arg("key").none(),
          nb::arg("value"))
      .def("__len__",
           [](const Array& x) {
             if (x.rank() == 0) throw nb::type_error("a tensor without axes has no length");
             return x.shape[0];
           })
      .def("__iter__",
           [](const Array& x) {
             if (x.rank() == 0) throw nb::type_error("a tensor without axes cannot be walked through");
             nb::list rows;
             for (std::int64_t i = 0; i < x.shape[0]; ++i) rows.append(nb::cast(select(x, 0, i)));
             return nb::iter(rows);
           })
      .def("__contains__",
           [](const Array& x, nb::handle value) {
             return nb::cast<bool>(number(reduce(Reduce::any, binary(Binary::equal, x, array_of(value)), {}, false)));
           })
      .def("__bool__", [](const Array& x) { return nb::cast<bool>(number(converted(x, DType::boolean))); })
      .def("__float__", [](const Array& x) { return nb::cast<double>(number(converted(x, DType::float32))); })
      .def("__int__", [](const Array& x) { return nb::cast<std::int64_t>(number(converted(x, DType::int64))); })
      .def("__index__",
           [](const Array& x) {
             if (x.type == DType::float32) throw nb::type_error("only a tensor of whole numbers can be an index");
             return nb::cast<std::int64_t>(number(converted(x, DType::int64)));
           })
      .def("__hash__", [](nb::handle self) { return std::int64_t(reinterpret_cast<std::uintptr_t>(self.ptr()) >> 4); })
      .def("__repr__", [](nb::handle self) { return nb::module_::import_("maru._show").attr("text")(self); })
      .def("__format__",
           [](nb::handle self, nb::handle how) {
             const Array& x = nb::cast<const Array&>(self);
             return x.rank() == 0 ? nb::object(number(x).attr("__format__")(how)) : nb::object(nb::str(self).attr("__format__")(how));
           })
      .def("__reduce__", [](const Array& x) {
        return nb::make_tuple(nb::module_::import_("maru._maru").attr("tensor"), nb::make_tuple(list_of(x), dtypes[int(x.type)]));
      });
  add_array_operators(c);
  add_array_mathematics(c);
  add_views(c);
}

}  // namespace maru::python
