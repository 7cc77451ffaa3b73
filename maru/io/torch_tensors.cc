// Finds the dictionary of tensors in what was pickled, and each tensor's bytes in its storage.
#include "maru/io/torch_tensors.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <unordered_set>

#include "maru/base/json.h"
#include "maru/base/unicode.h"
#include "maru/io/shards.h"
#include "maru/io/torch_zip.h"
#include "maru/io/types.h"

namespace maru::io {
namespace {

constexpr std::size_t kMostTensors = 100'000;

std::string shown(std::string_view text) { return dump(Json(std::string(text.substr(0, 80)))); }

// Memory that is held like a file, since tensors keep files: a file without a name, of memfd_create(2).
std::shared_ptr<const MappedFile> held_in_memory(const std::string& where, std::size_t size, const std::function<void(std::span<std::byte>)>& fill) {
  const int descriptor = ::memfd_create("maru", MFD_CLOEXEC);
  const std::unique_ptr<const int, void (*)(const int*)> closed(&descriptor, [](const int* number) { ::close(*number); });
  void* at = MAP_FAILED;
  if (descriptor >= 0 && ::ftruncate(descriptor, off_t(size)) == 0)
    at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (at == MAP_FAILED) fail(ErrorKind::limit, "{}: no memory for {} bytes of it: {}", where, size, system_reason(errno));
  fill({static_cast<std::byte*>(at), size});
  ::munmap(at, size);
  return MappedFile::open("/proc/self/fd/" + std::to_string(descriptor));
}

class Reader {
 public:
  Reader(const std::shared_ptr<const MappedFile>& mapped, std::vector<Phrase>& notes)
      : mapped_(mapped), where_(mapped->path().string()), notes_(notes),
        file_(is_zip(mapped->bytes()) ? read_torch_zip(mapped->bytes(), where_) : read_torch_legacy(mapped->bytes(), where_)) {}

  std::vector<StoredTensor> tensors() {
    const PickleDict& dict = dictionary();
    check(dict.items.size() <= kMostTensors, "{}: has {} tensors, expected at most {}", where_, dict.items.size(), kMostTensors);
    std::vector<StoredTensor> out;
    std::unordered_set<std::string> names;
    std::size_t others = 0;
    for (const auto& [key, value] : dict.items) {
      const auto* name = file_.object.get<std::string_view>(key);
      check(name && is_tensor_name(*name) && !unicode::first_invalid(*name),
          "{}: the name of a tensor: expected a text of 1 to {} bytes without control characters, got {}",
            where_, kMostTensorName, name ? shown(*name) : "something else");
      check(names.insert(unicode::nfc(*name)).second, "{}: the tensor {} stands twice, perhaps in two Unicode spellings", where_, *name);
      if (const auto* tensor = file_.object.get<PickleTensor>(value)) out.push_back(placed(std::string(*name), *tensor));
      else ++others;
    }
    if (others > 0) notes_.push_back(phrase("{}: {} entries beside the tensors are no tensors and were left out", where_, others));
    without_wrapper(out);
    return out;
  }

 private:
  bool holds_tensors(PickleId id) const {
    const auto* dict = file_.object.get<PickleDict>(id);
    return dict && std::ranges::any_of(dict->items, [&](const auto& item) { return file_.object.get<PickleTensor>(item.second); });
  }

  // The object itself, or in a checkpoint of training the one member that holds tensors.
  const PickleDict& dictionary() {
    const PickleId whole = file_.object.result;
    const auto* dict = file_.object.get<PickleDict>(whole);
    check(dict, "{}: holds no dictionary of tensors but something else; save model.state_dict(), or the model as safetensors", where_);
    if (holds_tensors(whole) || dict->items.empty()) return *dict;
    std::vector<std::pair<std::string_view, PickleId>> found;
    for (const auto& [key, value] : dict->items) {
      const auto* name = file_.object.get<std::string_view>(key);
      if (name && holds_tensors(value)) found.emplace_back(*name, value);
    }
    check(!found.empty(), "{}: its dictionary holds no tensors; save model.state_dict(), or the model as safetensors", where_);
    check(found.size() == 1, "{}: {} of its members hold tensors, such as {} and {}; save the one that is the model", where_, found.size(),
          shown(found[0].first), found.size() > 1 ? shown(found[1].first) : "");
    notes_.push_back(phrase("{}: the tensors of its member {} are read; {} other members were left out", where_, shown(found[0].first),
                            dict->items.size() - 1));
    return *file_.object.get<PickleDict>(found[0].second);
  }

  // DataParallel puts a name of its own before every other.
  void without_wrapper(std::vector<StoredTensor>& tensors) {
    constexpr std::string_view kWrapper = "module.";
    const auto wrapped = [&](const StoredTensor& t) { return t.name.starts_with(kWrapper) && t.name.size() > kWrapper.size(); };
    if (tensors.empty() || !std::ranges::all_of(tensors, wrapped)) return;
    for (StoredTensor& t : tensors) t.name.erase(0, kWrapper.size());
    notes_.push_back(phrase("{}: {} names begin with \"module.\", as DataParallel saves them; it was left out", where_, tensors.size()));
  }

  StoredTensor placed(std::string name, const PickleTensor& tensor) {
    const auto* storage = file_.object.get<PickleStorage>(tensor.storage);
    const std::span<const std::byte> bytes = file_.storages.at(storage->key);
    const std::uint64_t unit = bytes_of(*type_by_name(tensor.type), 1).value_or(0), held = unit == 0 ? 0 : bytes.size() / unit;
    check(unit > 0, "{}: tensor {}: type {} cannot be read from this kind of file", where_, name, tensor.type);
    std::uint64_t count = 1, last = 0;   // last: how far behind the offset the last element lies
    bool empty = false, in_order = true;
    for (const std::int64_t side : tensor.shape) empty = empty || side == 0;
    for (std::size_t i = tensor.shape.size(); i-- > 0 && !empty;) {
      const auto side = std::uint64_t(tensor.shape[i]), stride = std::uint64_t(tensor.strides[i]);
      if (side > 1) in_order = in_order && stride == count;
      const auto way = product(side - 1, stride);
      const auto all = product(count, side), far = way ? sum(last, *way) : std::nullopt;
      check(all && far, "{}: tensor {}: its sides multiply to more than 2^63 - 1", where_, name);
      count = *all;
      last = *far;
    }
    StoredTensor out{.name = std::move(name), .shape = tensor.shape, .type = std::string(tensor.type), .bytes = {}, .file = mapped_};
    if (empty) return out;
    const auto end = sum(tensor.offset, last);
    check(end && *end < held, "{}: tensor {}: needs element {} of storage {}, which has {}; the file is damaged", where_, out.name,
          end.value_or(INT64_MAX), shown(storage->key), held);
    if (in_order) out.bytes = bytes.subspan(tensor.offset * unit, count * unit);
    else copy(tensor, bytes.subspan(tensor.offset * unit), count, unit, out);
    return out;
  }

  // Elements in the order of the shape, taken from where the strides say.
  void copy(const PickleTensor& tensor, std::span<const std::byte> from, std::uint64_t count, std::uint64_t unit, StoredTensor& out) {
    check(count <= from.size() / unit, "{}: tensor {}: is a view that repeats elements of its storage; save it with .contiguous()",
        where_, out.name);
    copied_ += count * unit;
    check(copied_ <= mapped_->bytes().size(),
        "{}: tensor {}: the file's transposed views together are larger than the file; save them with .contiguous()",
          where_, out.name);
    out.file = held_in_memory(where_, count * unit, [&](std::span<std::byte> memory) {
      std::vector<std::int64_t> index(tensor.shape.size(), 0);
      std::uint64_t at = 0;
      for (std::uint64_t i = 0; i < count; ++i) {
        std::memcpy(memory.data() + i * unit, from.data() + at * unit, unit);
        for (std::size_t d = tensor.shape.size(); d-- > 0;) {
          at += std::uint64_t(tensor.strides[d]);
          if (++index[d] < tensor.shape[d]) break;
          at -= std::uint64_t(tensor.shape[d]) * std::uint64_t(tensor.strides[d]);
          index[d] = 0;
        }
      }
    });
    out.bytes = out.file->bytes();
  }

  const std::shared_ptr<const MappedFile>& mapped_;
  std::string where_;
  std::vector<Phrase>& notes_;
  TorchFile file_;
  std::uint64_t copied_ = 0;
};

}  // namespace

std::vector<StoredTensor> torch_tensors(const std::shared_ptr<const MappedFile>& mapped, std::vector<Phrase>& notes) {
  return Reader(mapped, notes).tensors();
}

}  // namespace maru::io
