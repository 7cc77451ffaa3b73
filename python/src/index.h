#pragma once
// x[…] and x[…] = …: numbers, slices, None, …, masks and lists of numbers.
#include <nanobind/nanobind.h>

#include "array.h"

namespace maru::python {
Array indexed(const Array& x, nanobind::handle key);
void assign_indexed(const Array& x, nanobind::handle key, const Array& value);
}
