// The structures of DLPack before its version 1, which every reader takes.
#include "dlpack.h"

namespace maru::python {
namespace {

struct DlTensor {
  void* data;
  std::int32_t device_type, device_id;
  std::int32_t axes;
  std::uint8_t code, bits;
  std::uint16_t lanes;
  std::int64_t *shape, *strides;
  std::uint64_t byte_offset;
};
struct Managed {
  DlTensor tensor;
  void* context;
  void (*deleter)(Managed*);
};
struct Kept {
  Array array;
  Managed managed;
};

}  // namespace

nanobind::object dlpack_capsule(const Array& x) {
  constexpr std::int32_t kCpu = 1;
  constexpr std::uint8_t kInteger = 0, kFloat = 2, kBoolean = 6;
  auto* const kept = new Kept{x, {}};
  const std::uint8_t code = x.type == DType::float32 ? kFloat : x.type == DType::int64 ? kInteger : kBoolean;
  kept->managed = {
      {x.data, kCpu, 0, x.rank(), code, std::uint8_t(8 * size_of(x.type)), 1, kept->array.shape.data(), kept->array.stride.data(), 0},
      kept,
      [](Managed* managed) { delete static_cast<Kept*>(managed->context); }};
  // Who takes the tensor renames the capsule and calls the deleter itself.
  return nanobind::steal(PyCapsule_New(&kept->managed, "dltensor", [](PyObject* capsule) {
    if (auto* managed = static_cast<Managed*>(PyCapsule_IsValid(capsule, "dltensor") ? PyCapsule_GetPointer(capsule, "dltensor") : nullptr))
      managed->deleter(managed);
  }));
}

}  // namespace maru::python
