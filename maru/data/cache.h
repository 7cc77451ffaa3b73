#pragma once
// What was costly to find out about files, kept under the name of what it was found out from: the work, its options, and the files' paths,
// sizes and times of change. A file that changes gets another name, so nothing here is ever wrong; it may be removed at any time.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "maru/data/data.h"

namespace maru::data {

std::filesystem::path cache_folder();  // $MARU_HOME/cache

class Cache {
 public:
  // Usually cache_folder(). Made when something is first kept.
  explicit Cache(std::filesystem::path folder);
  // sha256 of the work's name and version ("count rows 1"), its arguments as JSON, and each file's identity. Throws Error (not_found).
  static std::string key(std::string_view work, const Json& arguments, const std::vector<std::filesystem::path>& files);
  std::optional<Json> find(const std::string& key) const;
  // Appears whole. Beyond kMostEntries the oldest go.
  void keep(const std::string& key, const Json& value) const;
  std::uint64_t bytes() const;
  // Removes everything; bytes given back.
  std::uint64_t clear() const;

  static constexpr std::size_t kMostEntries = 1000;

 private:
  std::filesystem::path folder_;
};

}  // namespace maru::data
