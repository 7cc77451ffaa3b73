// One small JSON file per entry.
#include "maru/data/cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::data {
namespace {

namespace fs = std::filesystem;

struct Entry {
  fs::path path;
  fs::file_time_type written;
  std::uint64_t bytes = 0;
};

std::vector<Entry> entries(const fs::path& folder) {
  std::vector<Entry> out;
  std::error_code code;
  for (const auto& file : fs::directory_iterator(folder, code))
    if (file.path().extension() == ".json" && file.is_regular_file(code))
      out.push_back({file.path(), file.last_write_time(code), file.file_size(code)});
  return out;
}

}  // namespace

fs::path cache_folder() { return home() / "cache"; }

Cache::Cache(fs::path folder) : folder_(std::move(folder)) {}

std::string Cache::key(std::string_view work, const Json& arguments, const std::vector<fs::path>& files) {
  Json all = {{"work", work}, {"arguments", arguments}, {"files", Json::array()}};
  for (const fs::path& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) fail(ErrorKind::not_found, "{}: no such file", file.string());
    all["files"].push_back({fs::absolute(file).lexically_normal().string(), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                            std::uint64_t(status.st_ino)});
  }
  const std::string text = dump(all);
  return sha256(std::as_bytes(std::span(text)));
}

std::optional<Json> Cache::find(const std::string& key) const {
  try {
    return parse_json(read_file(folder_ / (key + ".json"), std::size_t{16} << 20), key);
  } catch (const Error&) {  // absent or damaged: found out anew
    return std::nullopt;
  }
}

void Cache::keep(const std::string& key, const Json& value) const {
  std::error_code code;
  fs::create_directories(folder_, code);
  write_file(folder_ / (key + ".json"), dump(value));
  std::vector<Entry> all = entries(folder_);
  if (all.size() <= kMostEntries) return;
  std::ranges::sort(all, {}, &Entry::written);
  for (std::size_t i = 0; i < all.size() - kMostEntries; ++i) fs::remove(all[i].path, code);
}

std::uint64_t Cache::bytes() const {
  std::uint64_t out = 0;
  for (const Entry& entry : entries(folder_)) out += entry.bytes;
  return out;
}

std::uint64_t Cache::clear() const {
  std::uint64_t out = 0;
  std::error_code code;
  for (const Entry& entry : entries(folder_))
    if (fs::remove(entry.path, code)) out += entry.bytes;
  return out;
}

}  // namespace maru::data
