// Zip: NAME/data.pkl, NAME/data/KEY, NAME/byteorder.  Legacy: five pickles, then each storage behind its count.  torch/serialization.py.
#include "maru/io/torch_container.h"

#include <algorithm>
#include <cstring>

#include "maru/base/error.h"
#include "maru/base/json.h"
#include "maru/io/torch_zip.h"
#include "maru/io/types.h"

namespace maru::io {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::string_view kMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";   // the pickle of 0x1950a86a20f9469cfc6c
constexpr std::int64_t kProtocol = 1001;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// Null for a value of another kind.
const PickleStorage* storage_of(const PickleValue& value) {
  const auto* boxed = std::get_if<std::unique_ptr<PickleStorage>>(&value);
  return boxed ? boxed->get() : nullptr;
}

void check_size(const PickleStorage& storage, std::uint64_t size, const std::string& where) {
  const std::uint64_t wanted = storage_bytes(storage, where);
  check(size == wanted, "{}: storage {}: {} elements of {} take {} bytes, the file has {}; it is damaged, bring it again", where,
      storage.key,
        storage.count, storage.type.empty() ? "U8" : storage.type, wanted, size);
}

// Torch before 1.6 could also write the order of bytes; a file from a big-endian machine cannot be used in place.
void check_little(const Pickle& info, const std::string& where) {
  const auto* dict = info.get<PickleDict>(info.result);
  check(dict, "{}: its notes on the machine that wrote it are no dictionary; the file is damaged", where);
  for (const auto& [key, value] : dict->items) {
    const auto* name = info.get<std::string_view>(key);
    const auto* little = info.get<bool>(value);
    if (name && *name == "little_endian")
      check(little && *little, "{}: was written on a big-endian machine; save it again on a little-endian one", where);
  }
}

}  // namespace

std::uint64_t storage_bytes(const PickleStorage& storage, const std::string& where) {
  if (storage.type.empty()) return storage.count;
  const auto bytes = bytes_of(*type_by_name(storage.type), storage.count);
  check(bytes.has_value(), "{}: storage {}: {} elements take more than 2^63 - 1 bytes", where, storage.key, storage.count);
  return *bytes;
}

TorchFile read_torch_zip(Bytes bytes, const std::string& where) {
  const auto entries = stored_entries(bytes, where);
  std::string folder;
  for (const auto& [name, data] : entries) {
    if (!name.ends_with("/data.pkl") || std::count(name.begin(), name.end(), '/') != 1) continue;
    check(folder.empty(), "{}: has two objects, {} and {}; expected one", where, folder, name);
    folder = name.substr(0, name.size() - std::strlen("data.pkl"));
  }
  check(!folder.empty(), "{}: is a zip file without a data.pkl, so torch.save did not write it", where);
  check(!entries.contains(folder + "constants.pkl"),
      "{}: is a TorchScript program, not a dictionary of tensors; save model.state_dict() as safetensors",
        where);
  if (const auto order = entries.find(folder + "byteorder"); order != entries.end())
    check(text_of(order->second) == "little", "{}: was written on a big-endian machine; save it again on a little-endian one", where);
  TorchFile file{.object = read_pickle(text_of(entries.find(folder + "data.pkl")->second), where), .storages = {}};
  for (const PickleValue& value : file.object.values) {
    const PickleStorage* const storage = storage_of(value);
    if (!storage) continue;
    const auto entry = entries.find(folder + "data/" + std::string(storage->key));
    check(entry != entries.end(), "{}: storage {}: the file has no entry {}data/{}; it is damaged, bring it again", where,
        dump(Json(std::string(storage->key))),
          folder, dump(Json(std::string(storage->key))));
    check_size(*storage, entry->second.size(), where);
    file.storages.emplace(storage->key, entry->second);
  }
  return file;
}

bool is_torch_legacy(Bytes bytes) { return text_of(bytes).starts_with(kMagic); }

TorchFile read_torch_legacy(Bytes bytes, const std::string& where) {
  std::string_view rest = text_of(bytes);
  const auto next = [&] {
    Pickle pickle = read_pickle(rest, where);
    rest.remove_prefix(pickle.size);
    return pickle;
  };
  rest.remove_prefix(kMagic.size());
  const Pickle protocol = next();
  const auto* version = protocol.get<std::int64_t>(protocol.result);
  check(version && *version == kProtocol, "{}: is of another version of torch's old format than {}", where, kProtocol);
  check_little(next(), where);
  TorchFile file{.object = next(), .storages = {}};
  std::map<std::string_view, const PickleStorage*> named;
  for (const PickleValue& value : file.object.values)
    if (const PickleStorage* const storage = storage_of(value)) {
      const auto [at, first] = named.emplace(storage->key, storage);
      check(first || storage_bytes(*at->second, where) == storage_bytes(*storage, where),
          "{}: storage {}: is named with two sizes; the file is damaged", where,
            dump(Json(std::string(storage->key))));
    }
  const Pickle keys = next();
  const auto* list = keys.get<PickleItems>(keys.result);
  check(list, "{}: the list of its storages is no list; the file is damaged", where);
  for (const PickleId id : list->items) {
    const auto* key = keys.get<std::string_view>(id);
    const auto at = key ? named.find(*key) : named.end();
    check(at != named.end(), "{}: holds a storage that its object does not name; the file is damaged", where);
    std::uint64_t count = 0;
    check(rest.size() >= sizeof count, "{}: storage {}: the file is cut short before it, bring it again", where, at->first);
    std::memcpy(&count, rest.data(), sizeof count);
    rest.remove_prefix(sizeof count);
    const std::uint64_t size = storage_bytes(*at->second, where);
    check(count == at->second->count, "{}: storage {}: {} elements, but its object says {}; the file is damaged", where, at->first, count,
        at->second->count);
    check(size <= rest.size(), "{}: storage {}: needs {} bytes, but only {} are left; the file is cut short, bring it again", where,
        at->first, size, rest.size());
    check(file.storages.emplace(at->first, std::as_bytes(std::span(rest)).first(size)).second, "{}: storage {}: stands twice", where,
        at->first);
    rest.remove_prefix(size);
  }
  check(file.storages.size() == named.size(), "{}: its object names {} storages, the file holds {}; it is damaged, bring it again", where,
      named.size(),
        file.storages.size());
  check(rest.empty(), "{}: {} bytes follow its last storage; the file is damaged", where, rest.size());
  return file;
}

}  // namespace maru::io
