#pragma once
// The part of Python's pickle that a file of tensors needs, read as data: an allow-list of opcodes and names, nothing is ever called.
// Knows neither zip files nor where a storage's bytes lie.  Format: CPython Lib/pickletools.py; torch/_utils.py for what is rebuilt.
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace maru::io {

// Values lie in one list and name each other by their place there: what a pickle shares stays shared, and nothing is as deep as the file
// says.
using PickleId = std::uint32_t;

struct PickleNone {};
struct PickleLong { std::string_view bytes; };       // a whole number of more than 8 bytes, little-endian
struct PickleItems { std::vector<PickleId> items; bool tuple = false; };
struct PickleDict { std::vector<std::pair<PickleId, PickleId>> items; bool ordered = false; };
// A name that the allow-list knows.
enum class PickleName { rebuild_tensor, rebuild_tensor_v2, rebuild_tensor_v3, rebuild_parameter, ordered_dict, size, storage_type, dtype };
struct PickleGlobal { PickleName name; std::string_view type; };  // type: "F32" …; "" of an untyped storage
struct PickleStorage { std::string_view key, type; std::uint64_t count = 0; };  // count: elements, or bytes of an untyped one
struct PickleTensor {
  PickleId storage = 0;
  std::string_view type;
  std::uint64_t offset = 0;                          // in elements
  std::vector<std::int64_t> shape, strides;          // in elements
};
using PickleValue = std::variant<PickleNone, bool, std::int64_t, double, PickleLong, std::string_view, PickleItems, PickleDict,
    PickleGlobal,
                                 std::unique_ptr<PickleStorage>, std::unique_ptr<PickleTensor>>;

struct Pickle {
  std::deque<PickleValue> values;
  PickleId result = 0;
  std::size_t size = 0;                              // bytes up to and with STOP

  template <class T>
  const T* get(PickleId id) const {
    if constexpr (std::is_same_v<T, PickleStorage> || std::is_same_v<T, PickleTensor>) {
      const auto* boxed = std::get_if<std::unique_ptr<T>>(&values[id]);
      return boxed ? boxed->get() : nullptr;
    } else {
      return std::get_if<T>(&values[id]);
    }
  }
};

// Reads one pickle from the front of `bytes`; texts point into them. Throws Error (invalid) naming `where` and the byte: for a name or an
// opcode that is not allowed, for what does not fit together, and where a limit is passed.
Pickle read_pickle(std::string_view bytes, const std::string& where);

// The names that are allowed. Throws Error saying that the file would run code for every other.
PickleGlobal pickle_global(std::string_view module, std::string_view name, const std::string& where, std::size_t at);

}  // namespace maru::io
