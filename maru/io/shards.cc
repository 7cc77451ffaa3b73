// The index is held against what the files hold: every tensor stands where it says, and nowhere else.
#include "maru/io/shards.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "maru/base/json.h"

namespace maru::io {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostTensors = 100'000, kMostShards = 4'096, kMostIndexBytes = 64 << 20;

bool plain_file_name(std::string_view name, std::string_view ending) {
  return is_tensor_name(name) && !name.contains('/') && !name.contains('\\') && !name.starts_with('.') && name.ends_with(ending);
}

// Tensor name to shard name, as the index says.
std::map<std::string, std::string> weight_map(const fs::path& index, std::string_view ending) {
  const std::string where = index.string();
  const Json json = parse_json(read_file(index, kMostIndexBytes), where, 8);
  check(json.is_object() && json.contains("weight_map") && json["weight_map"].is_object(), "{}: weight_map: expected an object", where);
  std::map<std::string, std::string> map;
  for (const auto& [name, shard] : json["weight_map"].items()) {
    check(is_tensor_name(name), "{}: weight_map: the name \"{}\" of a tensor is empty, too long or has control characters", where,
          dump(Json(name)).substr(0, 80));
    check(shard.is_string() && plain_file_name(shard.get_ref<const std::string&>(), ending),
          "{}: weight_map: {}: expected the plain name of a {} file, got {}", where, name, ending, dump(shard).substr(0, 80));
    map.emplace(name, shard.get<std::string>());
  }
  check(!map.empty() && map.size() <= kMostTensors, "{}: weight_map: expected 1 to {} tensors, got {}", where, kMostTensors, map.size());
  return map;
}

}  // namespace

bool is_tensor_name(std::string_view name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !name.empty() && name.size() <= kMostTensorName && std::none_of(name.begin(), name.end(), control);
}

void add_shards(const fs::path& index, std::string_view ending, const AddFile& add, ModelFile& model) {
  const std::string where = index.string();
  const auto map = weight_map(index, ending);
  std::map<std::string, std::size_t> shards;  // name to count of its tensors
  for (const auto& [name, shard] : map) ++shards[shard];
  check(shards.size() <= kMostShards, "{}: weight_map: names {} files, expected at most {}", where, shards.size(), kMostShards);
  for (const auto& [shard, count] : shards) {
    const std::size_t before = model.tensors.size();
    add(index.parent_path() / shard, model);
    for (std::size_t i = before; i < model.tensors.size(); ++i) {
      const auto at = map.find(model.tensors[i].name);
      check(at != map.end(), "{}: weight_map: {} holds the tensor {}, which the index does not name", where, shard, model.tensors[i].name);
      check(at->second == shard, "{}: weight_map: {} holds the tensor {}, the index puts it into {}", where, shard, model.tensors[i].name,
            at->second);
    }
    // Names within one file are unique, so equal counts mean equal sets.
    const std::size_t held = model.tensors.size() - before;
    if (held == count) continue;
    std::unordered_set<std::string_view> names;
    for (std::size_t i = before; i < model.tensors.size(); ++i) names.insert(model.tensors[i].name);
    for (const auto& [name, in] : map) {
      check(in != shard || names.contains(name), "{}: weight_map: {} should hold the tensor {}, but does not", where, shard, name);
    }
  }
}

}  // namespace maru::io
