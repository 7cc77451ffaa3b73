#pragma once
// DLPack's capsule, by which torch, numpy and JAX take a tensor over without a copy. https://dmlc.github.io/dlpack/latest/c_api.html
#include <nanobind/nanobind.h>

#include "array.h"

namespace maru::python {
nanobind::object dlpack_capsule(const Array& x);
}
