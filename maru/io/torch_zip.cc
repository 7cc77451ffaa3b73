// The directory at the end of the file is walked strictly, and every entry's own header has to agree with it.
#include "maru/io/torch_zip.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "maru/base/error.h"
#include "maru/base/json.h"

namespace maru::io {
namespace {

constexpr std::uint32_t kEntry = 0x04034b50, kDirectory = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::uint64_t kMostEntries = 200'000, kMostComment = 65'535;
constexpr std::uint32_t kLarge = 0xFFFFFFFF;   // "see the zip64 field"

class Walker {
 public:
  Walker(std::span<const std::byte> bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  auto entries() {
    find_end();
    std::map<std::string, std::span<const std::byte>, std::less<>> out;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
    std::uint64_t at = directory_;
    for (std::uint64_t i = 0; i < count_; ++i) {
      const Entry entry = entry_at(at);
      places.emplace_back(entry.header, entry.begin + entry.size);
      if (!entry.name.ends_with('/'))
        check(out.emplace(entry.name, bytes_.subspan(entry.begin, entry.size)).second, "{}: the entry {} stands twice", where_,
            shown(entry.name));
    }
    check(at == directory_ + directory_size_, "{}: its directory of files has another size than it says; the file is damaged", where_);
    std::ranges::sort(places);
    for (std::size_t i = 1; i < places.size(); ++i)
      check(places[i].first >= places[i - 1].second, "{}: two of its entries overlap; the file is damaged", where_);
    return out;
  }

 private:
  struct Entry {
    std::string name;
    std::uint64_t header = 0, begin = 0, size = 0;
  };

  static std::string shown(std::string_view name) { return dump(Json(std::string(name.substr(0, 80)))); }

  std::span<const std::byte> part(std::uint64_t at, std::uint64_t size) const {
    check(at <= bytes_.size() && size <= bytes_.size() - at,
        "{}: its directory of files points to byte {}, but it has {}; the file is cut short, bring it again",
          where_, at, bytes_.size());
    return bytes_.subspan(at, size);
  }
  template <class T>
  T number(std::uint64_t at) const {
    T value;
    std::memcpy(&value, part(at, sizeof value).data(), sizeof value);
    return value;
  }

  // Sets where the directory lies.
  void find_end() {
    check(bytes_.size() >= 22, "{}: is too short for a zip file; bring it again", where_);
    const std::uint64_t first = bytes_.size() - 22 > kMostComment ? bytes_.size() - 22 - kMostComment : 0;
    std::uint64_t end = bytes_.size() - 22;
    while (number<std::uint32_t>(end) != kEnd || end + 22 + number<std::uint16_t>(end + 20) != bytes_.size()) {
      check(end > first, "{}: has no directory of its files at the end; the file is cut short, bring it again", where_);
      --end;
    }
    check(number<std::uint16_t>(end + 4) == 0 && number<std::uint16_t>(end + 6) == 0, "{}: is a part of a zip file in several parts",
        where_);
    count_ = number<std::uint16_t>(end + 10);
    directory_size_ = number<std::uint32_t>(end + 12);
    directory_ = number<std::uint32_t>(end + 16);
    if (end >= 20 && number<std::uint32_t>(end - 20) == kLocator64) {
      const auto large = number<std::uint64_t>(end - 20 + 8);
      check(number<std::uint32_t>(large) == kEnd64, "{}: the end of its directory is damaged", where_);
      count_ = number<std::uint64_t>(large + 32);
      directory_size_ = number<std::uint64_t>(large + 40);
      directory_ = number<std::uint64_t>(large + 48);
    }
    check(count_ <= kMostEntries, "{}: has {} entries, expected at most {}", where_, count_, kMostEntries);
    part(directory_, directory_size_);
  }

  // The entry that the directory names at `at`, which moves behind it.
  Entry entry_at(std::uint64_t& at) {
    check(number<std::uint32_t>(at) == kDirectory, "{}: its directory of files is damaged at byte {}", where_, at);
    const auto flags = number<std::uint16_t>(at + 8), method = number<std::uint16_t>(at + 10);
    std::uint64_t packed = number<std::uint32_t>(at + 20), size = number<std::uint32_t>(at + 24), header = number<std::uint32_t>(at + 42);
    const auto name_size = number<std::uint16_t>(at + 28), extra_size = number<std::uint16_t>(at + 30),
        comment_size = number<std::uint16_t>(at + 32);
    const auto name_bytes = part(at + 46, name_size);
    Entry entry{.name = std::string(reinterpret_cast<const char*>(name_bytes.data()), name_size)};
    check(plain(entry.name), "{}: the entry {} has a name that leaves its folder", where_, shown(entry.name));
    read_large(at + 46 + name_size, extra_size, {&size, &packed, &header});
    at += 46u + name_size + extra_size + comment_size;
    check((flags & 1) == 0, "{}: the entry {} is encrypted", where_, shown(entry.name));
    check(method == 0 && packed == size,
        "{}: the entry {} is compressed, as a TorchScript program has it and torch.save never does; save model.state_dict() with "
            "torch.save, or as safetensors", where_,
          shown(entry.name));
    // The entry's own header has a name and a padding of its own, behind which the bytes begin.
    check(number<std::uint32_t>(header) == kEntry && number<std::uint16_t>(header + 8) == 0, "{}: the entry {} is damaged", where_,
        shown(entry.name));
    const auto own_name = number<std::uint16_t>(header + 26), own_extra = number<std::uint16_t>(header + 28);
    check(own_name == name_size && std::ranges::equal(part(header + 30, own_name), name_bytes),
        "{}: the entry {} has another name in its own header",
          where_, shown(entry.name));
    entry.header = header;
    entry.begin = header + 30 + own_name + own_extra;
    entry.size = size;
    part(entry.begin, size);
    check(entry.begin + size <= directory_, "{}: the entry {} reaches into the directory of files", where_, shown(entry.name));
    return entry;
  }

  // Zip64: what does not fit into 32 bits stands, in this order, in a field of the extra part.
  void read_large(std::uint64_t at, std::uint64_t size, std::initializer_list<std::uint64_t*> values) const {
    if (std::ranges::none_of(values, [](const std::uint64_t* value) { return *value == kLarge; })) return;
    const std::uint64_t end = at + size;
    while (at + 4 <= end && number<std::uint16_t>(at) != 1) at += 4u + number<std::uint16_t>(at + 2);
    check(at + 4 <= end && at + 4 + number<std::uint16_t>(at + 2) <= end,
        "{}: an entry of more than 4 GB without its size; the file is damaged", where_);
    const std::uint64_t field_end = at + 4 + number<std::uint16_t>(at + 2);
    at += 4;
    for (std::uint64_t* value : values) {
      if (*value != kLarge) continue;
      check(at + 8 <= field_end, "{}: an entry of more than 4 GB without its size; the file is damaged", where_);
      *value = number<std::uint64_t>(at);
      at += 8;
    }
  }

  static bool plain(std::string_view name) {
    if (name.empty() || name.starts_with('/') || name.contains('\\') || name.contains(':') || name.contains('\0')) return false;
    for (std::size_t at = 0; at <= name.size();) {
      const std::size_t end = std::min(name.find('/', at), name.size());
      if (name.substr(at, end - at) == "..") return false;
      at = end + 1;
    }
    return true;
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::uint64_t count_ = 0, directory_ = 0, directory_size_ = 0;
};

}  // namespace

bool is_zip(std::span<const std::byte> bytes) { return bytes.size() >= 4 && std::memcmp(bytes.data(), "PK\3\4", 4) == 0; }

std::map<std::string, std::span<const std::byte>, std::less<>> stored_entries(std::span<const std::byte> bytes, const std::string& where) {
  return Walker(bytes, where).entries();
}

}  // namespace maru::io
