// Shapes, strides, and the copies that follow from them.
#include "array.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace maru::python {
namespace {

Dims dense_strides(const Dims& shape) {
  Dims stride(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) stride[i - 1] = stride[i] * std::max<std::int64_t>(shape[i], 1);
  return stride;
}

// Calls each(offset) for every element in order, with its offset in elements.
template <class Each>
void walk(const Dims& shape, const Dims& stride, Each each) {
  const std::int64_t total = product(shape);
  Dims at(shape.size(), 0);
  std::int64_t offset = 0;
  for (std::int64_t n = 0; n < total; ++n) {
    each(offset);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      offset += stride[axis];
      if (++at[axis] < shape[axis]) break;
      offset -= stride[axis] * shape[axis];
      at[axis] = 0;
    }
  }
}

template <class Each>
void by_type(DType type, Each each) {
  switch (type) {
    case DType::boolean: return each(std::uint8_t{});
    case DType::int64: return each(std::int64_t{});
    case DType::float32: return each(float{});
  }
}

std::string text_of(const Dims& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

}  // namespace

std::string_view name_of(DType type) { return type == DType::boolean ? "bool" : type == DType::int64 ? "int64" : "float32"; }
std::size_t size_of(DType type) { return type == DType::boolean ? 1 : type == DType::int64 ? 8 : 4; }
std::int64_t product(const Dims& dims) { return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>()); }

Array Array::empty(DType type, Dims shape) {
  for (const std::int64_t d : shape) check(d >= 0 && d < (std::int64_t{1} << 40), "a tensor cannot have an axis of {}", d);
  Array x{type, {}, nullptr, std::move(shape), {}};
  x.stride = dense_strides(x.shape);
  double bytes = double(size_of(type));
  for (const std::int64_t d : x.shape) bytes *= double(d);
  check(bytes < 1e12, "a tensor {} would take {:.0f} GB", text_of(x.shape), bytes / 1e9);
  std::shared_ptr<std::byte[]> block(new std::byte[std::max<std::size_t>(std::size_t(bytes), 1)]);
  x.data = block.get();
  x.owner = std::shared_ptr<void>(block, block.get());
  return x;
}

Array Array::of(Tensor tensor) {
  auto kept = std::make_shared<Tensor>(tensor.decoded());
  Array x{DType::float32, kept, reinterpret_cast<std::byte*>(kept->data()), {}, {}};
  for (int axis = 0; axis < kept->shape().rank(); ++axis) x.shape.push_back(kept->dim(axis));
  x.stride = dense_strides(x.shape);
  return x;
}

Array Array::scalar(DType type, double value) {
  Array x = empty(type, {});
  by_type(type, [&]<class T>(T) { *x.as<T>() = T(value); });
  return x;
}

bool Array::dense() const {
  std::int64_t expected = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (shape[i] != 1 && stride[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

int axis_of(const Array& x, std::int64_t axis) {
  const int rank = std::max(x.rank(), 1);
  check(axis >= -rank && axis < rank, "dim {}: this tensor has {} axes, so {} to {} are there", axis, x.rank(), -rank, rank - 1);
  return int(axis < 0 ? axis + rank : axis);
}

Array dense(const Array& x) {
  if (x.dense()) return x;
  Array out = Array::empty(x.type, x.shape);
  by_type(x.type, [&]<class T>(T) {
    T* to = out.as<T>();
    walk(x.shape, x.stride, [&](std::int64_t at) { *to++ = x.as<T>()[at]; });
  });
  return out;
}

Array converted(const Array& x, DType type) {
  if (x.type == type) return x;
  const Array from = dense(x);
  Array out = Array::empty(type, x.shape);
  by_type(x.type, [&]<class From>(From) {
    by_type(type, [&]<class To>(To) {
      for (std::int64_t i = 0, n = x.size(); i < n; ++i) {
        const From value = from.as<From>()[i];
        out.as<To>()[i] = type == DType::boolean ? To(value != From{}) : To(value);
      }
    });
  });
  return out;
}

Tensor to_tensor(const Array& x) {
  check(x.rank() >= 1 && x.rank() <= 4, "the engine takes tensors of one to four axes, this has {}", x.rank());
  const Array from = dense(converted(x, DType::float32));
  return Tensor::of(Shape(std::span<const std::int64_t>(from.shape)), {from.as<float>(), std::size_t(from.size())});
}

std::vector<std::int32_t> to_ids(const Array& x, std::string_view what) {
  check(x.type != DType::float32, "{}: expected whole numbers, got {}", what, name_of(x.type));
  const Array from = dense(converted(x, DType::int64));
  std::vector<std::int32_t> out;
  for (std::int64_t i = 0, n = from.size(); i < n; ++i) {
    const std::int64_t id = from.as<std::int64_t>()[i];
    check(id >= -1 && id < (std::int64_t{1} << 31), "{}: {} is no id", what, id);
    out.push_back(std::int32_t(id));
  }
  return out;
}

Array reshape(const Array& x, Dims shape) {
  std::int64_t known = 1, open = -1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1) {
      check(open < 0, "a shape can leave one axis (-1) to be worked out, this leaves two");
      open = std::int64_t(i);
    } else {
      known *= shape[i];
    }
  }
  if (open >= 0 && known > 0 && x.size() % known == 0) shape[std::size_t(open)] = x.size() / known;
  check(std::ranges::all_of(shape, [](std::int64_t d) { return d >= 0; }) && product(shape) == x.size(),
        "shape {} does not fit {} numbers of {}", text_of(shape), x.size(), text_of(x.shape));
  Array out = dense(x);
  out.stride = dense_strides(shape);
  out.shape = std::move(shape);
  return out;
}

Array permute(const Array& x, std::span<const int> axes) {
  check(int(axes.size()) == x.rank(), "permute: {} axes given, the tensor has {}", axes.size(), x.rank());
  Array out = x;
  std::vector<bool> used(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto from = std::size_t(axis_of(x, axes[i]));
    check(!used[from], "permute: axis {} stands twice", from);
    used[from] = true;
    out.shape[i] = x.shape[from];
    out.stride[i] = x.stride[from];
  }
  return out;
}

Array transpose(const Array& x, std::int64_t a, std::int64_t b) {
  Array out = x;
  if (x.rank() == 0) return out;
  const auto i = std::size_t(axis_of(x, a)), j = std::size_t(axis_of(x, b));
  std::swap(out.shape[i], out.shape[j]);
  std::swap(out.stride[i], out.stride[j]);
  return out;
}

Dims broadcast(const Dims& a, const Dims& b) {
  Dims out(std::max(a.size(), b.size()), 1);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1, y = i < b.size() ? b[b.size() - 1 - i] : 1;
    check(x == y || x == 1 || y == 1, "shapes {} and {} do not fit: {} against {} at axis -{}", text_of(a), text_of(b), x, y, i + 1);
    out[out.size() - 1 - i] = x == 1 ? y : x;
  }
  return out;
}

Array expand(const Array& x, const Dims& wanted) {
  Dims shape = wanted;
  check(shape.size() >= x.shape.size(), "expand: {} has more axes than {}", text_of(x.shape), text_of(shape));
  Array out = x;
  out.stride.assign(shape.size(), 0);
  const std::size_t more = shape.size() - x.shape.size();
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (shape[more + i] == -1) shape[more + i] = x.shape[i];
    check(x.shape[i] == shape[more + i] || x.shape[i] == 1, "expand: {} cannot become {}", text_of(x.shape), text_of(shape));
    out.stride[more + i] = x.shape[i] == 1 ? 0 : x.stride[i];
  }
  out.shape = std::move(shape);
  return out;
}

Array narrow(const Array& x, int axis, std::int64_t begin, std::int64_t count, std::int64_t step) {
  Array out = x;
  const auto i = std::size_t(axis);
  if (count > 0) out.data += begin * x.stride[i] * std::int64_t(size_of(x.type));
  out.shape[i] = std::max<std::int64_t>(count, 0);
  out.stride[i] = x.stride[i] * step;
  return out;
}

Array select(const Array& x, int axis, std::int64_t index) {
  const auto i = std::size_t(axis);
  check(axis < x.rank(), "too many indices: the tensor has {} axes", x.rank());
  const std::int64_t n = x.shape[i];
  if (index < -n || index >= n) fail(ErrorKind::not_found, "index {} is out of range: axis {} has {}", index, axis, n);
  Array out = x;
  out.data += (index < 0 ? index + n : index) * x.stride[i] * std::int64_t(size_of(x.type));
  out.shape.erase(out.shape.begin() + axis);
  out.stride.erase(out.stride.begin() + axis);
  return out;
}

Array squeeze(const Array& x, int axis) {
  if (x.rank() == 0 || x.shape[std::size_t(axis)] != 1) return x;
  return select(x, axis, 0);
}

Array unsqueeze(const Array& x, std::int64_t axis) {
  const std::int64_t rank = x.rank() + 1;
  check(axis >= -rank && axis < rank, "unsqueeze: dim {} of a tensor with {} axes", axis, x.rank());
  if (axis < 0) axis += rank;
  Array out = x;
  out.shape.insert(out.shape.begin() + axis, 1);
  out.stride.insert(out.stride.begin() + axis, 1);
  return out;
}

Array take(const Array& x, int axis, std::span<const std::int64_t> index) {
  Dims shape = x.shape;
  shape[std::size_t(axis)] = std::int64_t(index.size());
  Array out = Array::empty(x.type, shape);
  for (std::size_t i = 0; i < index.size(); ++i) assign(select(out, axis, std::int64_t(i)), select(x, axis, index[i]));
  return out;
}

Array masked(const Array& x, const Array& mask) {
  check(mask.rank() <= x.rank() && std::equal(mask.shape.begin(), mask.shape.end(), x.shape.begin()), "a mask {} does not fit a tensor {}",
        text_of(mask.shape), text_of(x.shape));
  const Array on = dense(mask);
  Dims flat = {mask.size()};
  flat.insert(flat.end(), x.shape.begin() + mask.rank(), x.shape.end());
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0, n = on.size(); i < n; ++i)
    if (on.as<std::uint8_t>()[i]) rows.push_back(i);
  return take(reshape(x, flat), 0, rows);
}

void assign(const Array& to, const Array& from) {
  const Array source = dense(expand(converted(from, to.type), to.shape));
  by_type(to.type, [&]<class T>(T) {
    const T* value = source.as<T>();
    walk(to.shape, to.stride, [&](std::int64_t at) { to.as<T>()[at] = *value++; });
  });
}

void fill_where(const Array& to, const Array& mask, const Array& from) { assign(to, where(mask, from, to)); }

Array cat(std::span<const Array> parts, std::int64_t axis_given) {
  check(!parts.empty(), "cat: no tensors given");
  const int axis = axis_of(parts[0], axis_given);
  Dims shape = parts[0].shape;
  DType type = parts[0].type;
  for (std::size_t p = 1; p < parts.size(); ++p) {
    for (int i = 0; i < parts[0].rank(); ++i)
      check(parts[p].rank() == parts[0].rank() && (i == axis || parts[p].shape[std::size_t(i)] == shape[std::size_t(i)]),
            "cat: {} and {} do not fit", text_of(parts[0].shape), text_of(parts[p].shape));
    shape[std::size_t(axis)] += parts[p].shape[std::size_t(axis)];
    type = std::max(type, parts[p].type);
  }
  Array out = Array::empty(type, shape);
  std::int64_t at = 0;
  for (const Array& part : parts) {
    assign(narrow(out, axis, at, part.shape[std::size_t(axis)], 1), part);
    at += part.shape[std::size_t(axis)];
  }
  return out;
}

}  // namespace maru::python
