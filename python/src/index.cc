// Numbers and slices give views. What picks rows by a list or a mask is applied last, over the axes that it stands at.
#include "index.h"

#include <algorithm>

#include "python.h"

namespace maru::python {
namespace {

struct Picked {
  int axis;
  Array index;
};
struct Cut {
  Array view;
  std::vector<Picked> picks;           // in the order of their axes
  std::optional<Picked> mask;
};

bool is_whole_number(nb::handle key) { return PyIndex_Check(key.ptr()) && !PyBool_Check(key.ptr()) && !nb::isinstance<Array>(key); }

Cut cut(const Array& x, nb::handle key) {
  std::vector<nb::object> keys;
  if (nb::isinstance<nb::tuple>(key))
    for (const nb::handle one : key) keys.push_back(nb::borrow(one));
  else
    keys.push_back(nb::borrow(key));
  int taken = 0;
  bool rest = false;
  for (const nb::object& one : keys) {
    if (one.is_none() || one.ptr() == Py_Ellipsis) continue;
    const bool mask = nb::isinstance<Array>(one) && nb::cast<Array>(one).type == DType::boolean;
    taken += mask ? nb::cast<Array>(one).rank() : 1;
  }
  if (taken > x.rank()) throw nb::index_error(fmt::format("{} indices for a tensor with {} axes", taken, x.rank()).c_str());
  Cut out{x, {}, {}};
  int axis = 0;
  for (const nb::object& one : keys) {
    if (one.is_none()) {
      out.view = unsqueeze(out.view, axis++);
    } else if (one.ptr() == Py_Ellipsis) {
      check(!rest, "an index can hold only one …");
      rest = true;
      axis += x.rank() - taken;
    } else if (nb::isinstance<nb::slice>(one)) {
      Py_ssize_t begin, end, step;
      if (PySlice_Unpack(one.ptr(), &begin, &end, &step) < 0) throw nb::python_error();
      const Py_ssize_t count = PySlice_AdjustIndices(Py_ssize_t(out.view.shape[std::size_t(axis)]), &begin, &end, step);
      out.view = narrow(out.view, axis++, begin, count, step);
    } else if (is_whole_number(one)) {
      const auto n = out.view.shape[std::size_t(axis)];
      const auto i = std::int64_t(PyNumber_AsSsize_t(one.ptr(), PyExc_IndexError));
      if (i == -1 && PyErr_Occurred()) throw nb::python_error();
      if (i < -n || i >= n) throw nb::index_error(fmt::format("index {} is out of range: axis {} has {}", i, axis, n).c_str());
      out.view = select(out.view, axis, i);
    } else {
      const Array index = array_of(one);
      if (index.type == DType::boolean) {
        check(!out.mask && out.picks.empty(), "one mask at a time, please, and no list of numbers beside it");
        out.mask = Picked{axis, index};
        axis += index.rank();
      } else {
        check(index.type == DType::int64, "an index is of whole numbers or a mask, not {}", name_of(index.type));
        if (index.rank() == 0) {
          out.view = select(out.view, axis, *index.as<std::int64_t>());
        } else {
          out.picks.push_back({axis++, index});
        }
      }
    }
  }
  return out;
}

// The axes that are picked from brought to the front and made one, and which of its rows are meant.
struct Rows {
  Array flat;                          // [product of picked axes, …the others]
  Dims shape;                          // of the index
  std::vector<std::int64_t> rows;
  int first;                           // where the index's axes go in the result
};

Rows rows_of(const Cut& c) {
  Rows out{c.view, {}, {}, 0};
  if (c.mask) {
    const int axis = c.mask->axis;
    const Array on = dense(c.mask->index);
    for (int i = 0; i < on.rank(); ++i)
      check(on.shape[std::size_t(i)] == c.view.shape[std::size_t(axis + i)], "the mask has {} at axis {}, the tensor {}",
            on.shape[std::size_t(i)], i, c.view.shape[std::size_t(axis + i)]);
    for (std::int64_t i = 0, n = on.size(); i < n; ++i)
      if (on.as<std::uint8_t>()[i]) out.rows.push_back(i);
    out.shape = {std::int64_t(out.rows.size())};
  } else {
    for (const Picked& pick : c.picks) out.shape = broadcast(out.shape, pick.index.shape);
    out.rows.assign(std::size_t(product(out.shape)), 0);
    for (const Picked& pick : c.picks) {
      const Array index = dense(expand(pick.index, out.shape));
      const std::int64_t n = c.view.shape[std::size_t(pick.axis)];
      for (std::size_t i = 0; i < out.rows.size(); ++i) {
        std::int64_t at = index.as<std::int64_t>()[i];
        if (at < -n || at >= n) throw nb::index_error(fmt::format("index {} is out of range: axis {} has {}", at, pick.axis, n).c_str());
        out.rows[i] = out.rows[i] * n + (at < 0 ? at + n : at);
      }
    }
  }
  std::vector<int> picked, order;
  if (c.mask)
    for (int i = 0; i < c.mask->index.rank(); ++i) picked.push_back(c.mask->axis + i);
  else
    for (const Picked& pick : c.picks) picked.push_back(pick.axis);
  const bool together = picked.back() - picked.front() + 1 == int(picked.size());
  out.first = together ? picked.front() : 0;
  order = picked;
  for (int axis = 0; axis < c.view.rank(); ++axis)
    if (std::ranges::find(picked, axis) == picked.end()) order.push_back(axis);
  out.flat = permute(c.view, order);
  return out;
}

// One row of flat: the index over the first `count` axes, counted together.
Array row(const Array& flat, int count, std::int64_t at) {
  Dims where(std::size_t(count), 0);
  for (int axis = count; axis-- > 0;) {
    where[std::size_t(axis)] = at % flat.shape[std::size_t(axis)];
    at /= flat.shape[std::size_t(axis)];
  }
  Array out = flat;
  for (const std::int64_t i : where) out = select(out, 0, i);
  return out;
}

}  // namespace

Array indexed(const Array& x, nb::handle key) {
  const Cut c = cut(x, key);
  if (c.picks.empty() && !c.mask) return c.view;
  const Rows r = rows_of(c);
  const int count = c.mask ? c.mask->index.rank() : int(c.picks.size());
  Dims rest(r.flat.shape.begin() + count, r.flat.shape.end()), shape = {std::int64_t(r.rows.size())};
  shape.insert(shape.end(), rest.begin(), rest.end());
  const Array out = Array::empty(x.type, shape);
  for (std::size_t i = 0; i < r.rows.size(); ++i) assign(select(out, 0, std::int64_t(i)), row(r.flat, count, r.rows[i]));
  Dims full = r.shape;
  full.insert(full.end(), rest.begin(), rest.end());
  const Array whole = reshape(out, full);
  // The index's axes stand where the first picked axis stood.
  std::vector<int> order;
  const int of_index = int(r.shape.size());
  for (int i = 0; i < r.first; ++i) order.push_back(of_index + i);
  for (int i = 0; i < of_index; ++i) order.push_back(i);
  for (int i = of_index + r.first; i < whole.rank(); ++i) order.push_back(i);
  return dense(permute(whole, order));
}

void assign_indexed(const Array& x, nb::handle key, const Array& value) {
  const Cut c = cut(x, key);
  if (c.picks.empty() && !c.mask) return assign(c.view, value);
  const Rows r = rows_of(c);
  const int count = c.mask ? c.mask->index.rank() : int(c.picks.size());
  Dims shape = {std::int64_t(r.rows.size())};
  shape.insert(shape.end(), r.flat.shape.begin() + count, r.flat.shape.end());
  const Array values = expand(value, shape);
  for (std::size_t i = 0; i < r.rows.size(); ++i) assign(row(r.flat, count, r.rows[i]), select(values, 0, std::int64_t(i)));
}

}  // namespace maru::python
