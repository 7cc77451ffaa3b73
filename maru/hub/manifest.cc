// Writes and reads a model's manifest; every field read is checked before it becomes a path.
#include "maru/hub/manifest.h"

#include <algorithm>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMaxManifestBytes = std::size_t{4} << 20;

std::string text_field(const Json& object, const char* field, const fs::path& path) {
  const auto found = object.find(field);
  check(found != object.end() && found->is_string(), "{}: {} must be a text; remove the file and pull the model again", path.string(),
        field);
  return found->get<std::string>();
}

std::string optional_text(const Json& object, const char* field, const fs::path& path) {
  return object.contains(field) ? text_field(object, field, path) : std::string();
}

StoredFile read_file_entry(const Json& entry, const fs::path& path) {
  check(entry.is_object(), "{}: files must hold objects", path.string());
  StoredFile file{.name = text_field(entry, "name", path),
                  .sha256 = text_field(entry, "sha256", path),
                  .size = 0,
                  .place = optional_text(entry, "place", path),
                  .git_sha1 = optional_text(entry, "git_sha1", path)};
  check(safe_name(file.name), "{}: the file name {:?} could leave its folder", path.string(), file.name);
  check(is_hex(file.sha256, 64), "{}: sha256 of {} must be 64 hex digits, got {:?}", path.string(), file.name, file.sha256);
  const auto size = entry.find("size");
  check(size != entry.end() && size->is_number_unsigned(), "{}: size of {} must be a whole number", path.string(), file.name);
  file.size = size->get<std::uint64_t>();
  check(file.place.empty() || (fs::path(file.place).is_absolute() && file.place.find('\0') == std::string::npos),
        "{}: place of {} must be an absolute path, got {:?}", path.string(), file.name, file.place);
  check(file.git_sha1.empty() || is_hex(file.git_sha1, 40), "{}: git_sha1 of {} must be 40 hex digits, got {:?}", path.string(), file.name,
        file.git_sha1);
  return file;
}

}  // namespace

bool valid_model_name(std::string_view name) {
  if (name.empty() || name.size() > 100 || name[0] == '.' || name[0] == '-') return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

std::string manifest_text(const Model& model) {
  Json files = Json::array();
  for (const StoredFile& file : model.files) {
    Json entry = {{"name", file.name}, {"sha256", file.sha256}, {"size", file.size}};
    if (!file.place.empty()) entry["place"] = file.place;
    if (!file.git_sha1.empty()) entry["git_sha1"] = file.git_sha1;
    files.push_back(std::move(entry));
  }
  const Json manifest = {{"version", kVersion},          {"name", model.name},       {"reference", model.reference},
                         {"revision", model.revision}, {"licence", model.licence}, {"pulled", model.pulled},
                         {"files", std::move(files)}};
  return dump(manifest, 2) + "\n";
}

Model read_manifest(const fs::path& path, Kind kind) {
  const Json json = parse_json(read_file(path, kMaxManifestBytes), path.string());
  check(json.is_object(), "{}: expected an object", path.string());
  const auto version = json.find("version");
  check(version != json.end() && *version == kVersion, "{}: version must be {}; it was written by another maru", path.string(), kVersion);
  Model model{.name = text_field(json, "name", path),
              .reference = text_field(json, "reference", path),
              .revision = optional_text(json, "revision", path),
              .licence = text_field(json, "licence", path),
              .files = {},
              .pulled = text_field(json, "pulled", path),
              .kind = kind};
  check(model.name == path.stem().string(), "{}: name must be {:?}, got {:?}", path.string(), path.stem().string(), model.name);
  const auto files = json.find("files");
  check(files != json.end() && files->is_array() && !files->empty(), "{}: files must be a list that is not empty", path.string());
  std::set<std::string> seen;
  for (const Json& entry : *files) {
    model.files.push_back(read_file_entry(entry, path));
    check(seen.insert(model.files.back().name).second, "{}: the file {} is listed twice", path.string(), model.files.back().name);
  }
  return model;
}

}  // namespace maru::hub
