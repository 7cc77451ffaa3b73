// The names that a pickle of tensors may call for. Everything else would be code of somebody else's choosing.
#include <algorithm>
#include <array>

#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/io/torch_pickle.h"

namespace maru::io {
namespace {

struct Allowed {
  std::string_view module, name;
  PickleName means;
  std::string_view type = {};
};

constexpr auto kStorage = PickleName::storage_type, kDtype = PickleName::dtype;

constexpr std::array kAllowed = std::to_array<Allowed>({
    {"collections", "OrderedDict", PickleName::ordered_dict},
    {"torch", "Size", PickleName::size},
    {"torch._utils", "_rebuild_tensor", PickleName::rebuild_tensor},
    {"torch._utils", "_rebuild_tensor_v2", PickleName::rebuild_tensor_v2},
    {"torch._utils", "_rebuild_tensor_v3", PickleName::rebuild_tensor_v3},
    {"torch._utils", "_rebuild_parameter", PickleName::rebuild_parameter},
    {"torch", "FloatStorage", kStorage, "F32"},       {"torch", "DoubleStorage", kStorage, "F64"},
    {"torch", "HalfStorage", kStorage, "F16"},        {"torch", "BFloat16Storage", kStorage, "BF16"},
    {"torch", "LongStorage", kStorage, "I64"},        {"torch", "IntStorage", kStorage, "I32"},
    {"torch", "ShortStorage", kStorage, "I16"},       {"torch", "CharStorage", kStorage, "I8"},
    {"torch", "ByteStorage", kStorage, "U8"},         {"torch", "BoolStorage", kStorage, "BOOL"},
    {"torch", "ComplexFloatStorage", kStorage, "C64"}, {"torch", "UntypedStorage", kStorage, ""},
    {"torch.storage", "UntypedStorage", kStorage, ""},
    {"torch", "float32", kDtype, "F32"},              {"torch", "float64", kDtype, "F64"},
    {"torch", "float16", kDtype, "F16"},              {"torch", "bfloat16", kDtype, "BF16"},
    {"torch", "int64", kDtype, "I64"},                {"torch", "int32", kDtype, "I32"},
    {"torch", "int16", kDtype, "I16"},                {"torch", "int8", kDtype, "I8"},
    {"torch", "uint8", kDtype, "U8"},                 {"torch", "bool", kDtype, "BOOL"},
    {"torch", "uint16", kDtype, "U16"},               {"torch", "uint32", kDtype, "U32"},
    {"torch", "uint64", kDtype, "U64"},               {"torch", "complex64", kDtype, "C64"},
    {"torch", "float8_e4m3fn", kDtype, "F8_E4M3"},    {"torch", "float8_e5m2", kDtype, "F8_E5M2"},
    {"torch", "float8_e8m0fnu", kDtype, "F8_E8M0"},
});

std::string shown(std::string_view text) {
  const std::string quoted = dump(Json(std::string(text.substr(0, 80))));
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

PickleGlobal pickle_global(std::string_view module, std::string_view name, const std::string& where, std::size_t at) {
  const auto found = std::find_if(kAllowed.begin(), kAllowed.end(), [&](const Allowed& a) { return a.module == module && a.name == name; });
  if (found != kAllowed.end()) return {found->means, found->type};
  fail(ErrorKind::invalid,
       "{}: byte {}: names {}.{}, which no file of tensors needs: this file would run code, and none of it was run; if you trust it, "
           "convert it "
       "to safetensors where it was made",
       where, at, shown(module), shown(name));
}

}  // namespace maru::io
