// Tensors and storages out of the arguments that torch writes for them.  torch/_utils.py, torch/serialization.py.
#include "maru/io/torch_rebuild.h"

#include <algorithm>

#include "maru/base/error.h"

namespace maru::io {
namespace {

constexpr std::size_t kMostDimensions = 64;   // as in torch

// The arguments of one thing, each asked for by its kind.
class Arguments {
 public:
  Arguments(const Pickle& pickle, const std::vector<PickleId>& ids, const std::string& where, std::size_t at, std::string_view what)
      : pickle_(pickle), ids_(ids), where_(where), at_(at), what_(what) {}

  void count(std::size_t low, std::size_t high) const { right(ids_.size() >= low && ids_.size() <= high, "number of parts"); }
  template <class T>
  const T& get(std::size_t i, std::string_view part) const {
    const T* const found = i < ids_.size() ? pickle_.get<T>(ids_[i]) : nullptr;
    right(found, part);
    return *found;
  }
  std::uint64_t number(std::size_t i, std::string_view part) const {
    const std::int64_t value = get<std::int64_t>(i, part);
    right(value >= 0, part);
    return std::uint64_t(value);
  }
  std::vector<std::int64_t> numbers(std::size_t i, std::string_view part) const {
    const auto& items = get<PickleItems>(i, part).items;
    right(items.size() <= kMostDimensions, part);
    std::vector<std::int64_t> out;
    for (const PickleId id : items) {
      const auto* value = pickle_.get<std::int64_t>(id);
      right(value && *value >= 0, part);
      out.push_back(*value);
    }
    return out;
  }
  bool has(std::size_t i) const { return i < ids_.size() && !pickle_.get<PickleNone>(ids_[i]); }
  PickleId id(std::size_t i) const { return ids_[i]; }
  void right(bool claim, std::string_view part) const {
    check(claim, "{}: byte {}: {}: the {} is not what torch.save writes; the file is damaged", where_, at_, what_, part);
  }

 private:
  const Pickle& pickle_;
  const std::vector<PickleId>& ids_;
  const std::string& where_;
  std::size_t at_;
  std::string_view what_;
};

std::unique_ptr<PickleTensor> tensor(const Arguments& given, PickleName function) {
  const std::size_t most = function == PickleName::rebuild_tensor ? 4 : function == PickleName::rebuild_tensor_v2 ? 7 : 8;
  given.count(function == PickleName::rebuild_tensor ? 4 : function == PickleName::rebuild_tensor_v2 ? 6 : 7, most);
  const auto& storage = given.get<PickleStorage>(0, "storage");
  auto made = std::make_unique<PickleTensor>();
  PickleTensor& out = *made;
  out.storage = given.id(0);
  out.type = storage.type;
  out.offset = given.number(1, "offset");
  out.shape = given.numbers(2, "shape");
  out.strides = given.numbers(3, "strides");
  given.right(out.shape.size() == out.strides.size(), "strides");
  if (function == PickleName::rebuild_tensor_v3) {
    const auto& dtype = given.get<PickleGlobal>(6, "dtype");
    given.right(dtype.name == PickleName::dtype, "dtype");
    given.right(storage.type.empty() || storage.type == dtype.type, "dtype");
    out.type = dtype.type;
  }
  given.right(!out.type.empty(), "dtype");
  // The last part says that values are to be conjugated or negated when read.
  const std::size_t last = most - 1;
  if (most > 4 && given.has(last)) given.right(given.get<PickleDict>(last, "metadata").items.empty(), "metadata");
  return made;
}

PickleDict ordered_dict(const Pickle& pickle, const Arguments& given, std::size_t count) {
  given.count(0, 1);
  PickleDict out{.items = {}, .ordered = true};
  if (count == 0) return out;
  for (const PickleId id : given.get<PickleItems>(0, "list of pairs").items) {
    const auto* pair = pickle.get<PickleItems>(id);
    given.right(pair && pair->items.size() == 2, "list of pairs");
    out.items.emplace_back(pair->items[0], pair->items[1]);
  }
  return out;
}

}  // namespace

Rebuilt rebuilt(const Pickle& pickle, const PickleGlobal& function, const std::vector<PickleId>& arguments, const std::string& where,
                std::size_t at) {
  const auto given = [&](std::string_view what) { return Arguments(pickle, arguments, where, at, what); };
  switch (function.name) {
    case PickleName::rebuild_tensor:
    case PickleName::rebuild_tensor_v2:
    case PickleName::rebuild_tensor_v3: return {tensor(given("tensor"), function.name), {}};
    case PickleName::rebuild_parameter: {
      const Arguments parameter = given("parameter");
      parameter.count(2, 3);
      parameter.get<PickleTensor>(0, "tensor");
      return {{}, parameter.id(0)};
    }
    case PickleName::ordered_dict: return {ordered_dict(pickle, given("OrderedDict"), arguments.size()), {}};
    case PickleName::size: {
      const Arguments size = given("torch.Size");
      size.count(1, 1);
      size.numbers(0, "shape");
      return {{}, size.id(0)};
    }
    case PickleName::storage_type:
    case PickleName::dtype: break;
  }
  fail(ErrorKind::invalid,
      "{}: byte {}: calls a type, which no file of tensors does; if you trust the file, convert it to safetensors where it was made",
       where, at);
}

std::unique_ptr<PickleStorage> stored(const Pickle& pickle, PickleId reference, const std::string& where, std::size_t at) {
  const auto* tuple = pickle.get<PickleItems>(reference);
  static const std::vector<PickleId> none;
  const Arguments given(pickle, tuple ? tuple->items : none, where, at, "storage");
  given.count(5, 6);
  given.right(given.get<std::string_view>(0, "kind") == "storage", "kind");
  const auto& type = given.get<PickleGlobal>(1, "type");
  given.right(type.name == PickleName::storage_type, "type");
  const std::string_view key = given.get<std::string_view>(2, "key");
  given.right(!key.empty() && key.size() <= 64, "key");
  given.get<std::string_view>(3, "device");
  check(!given.has(5),
      "{}: byte {}: storage {}: is a view of another storage, as files before torch 0.2 have them; save it again with a newer torch",
        where, at, key);
  return std::make_unique<PickleStorage>(key, type.type, given.number(4, "size"));
}

}  // namespace maru::io
