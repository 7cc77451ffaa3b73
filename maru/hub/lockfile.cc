// Writes and reads maru.lock, and holds a pull against it.
#include "maru/hub/lockfile.h"

#include <algorithm>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest.h"
#include "maru/hub/manifest.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr int kVersion = 1;
constexpr std::size_t kMaxLockBytes = std::size_t{16} << 20, kMaxText = 4096;

std::string text_of(const Json& object, const char* field, std::string_view where, bool required = true) {
  const auto found = object.find(field);
  if (found == object.end() && !required) return {};
  check(found != object.end() && found->is_string(), "{}: {} must be a text", where, field);
  std::string text = found->get<std::string>();
  const bool plain = std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  check(plain && text.size() <= kMaxText, "{}: {} must be a text of one line, at most {} bytes", where, field, kMaxText);
  return text;
}

LockedFile read_file_entry(const Json& entry, std::string_view where) {
  check(entry.is_object(), "{}: files must hold objects", where);
  LockedFile file{.name = text_of(entry, "name", where), .size = 0, .sha256 = text_of(entry, "sha256", where)};
  check(safe_name(file.name), "{}: the file name {:?} could leave its folder", where, file.name);
  check(is_hex(file.sha256, 64), "{}: sha256 of {} must be 64 hex digits, got {:?}", where, file.name, file.sha256.substr(0, 100));
  const auto size = entry.find("size");
  check(size != entry.end() && size->is_number_unsigned(), "{}: size of {} must be a whole number", where, file.name);
  file.size = size->get<std::uint64_t>();
  return file;
}

Locked read_model(const Json& entry, std::string_view lock) {
  check(entry.is_object(), "{}: models must hold objects", lock);
  Locked model;
  model.name = text_of(entry, "name", lock);
  check(valid_model_name(model.name), "{}: {:?} cannot be a model's name", lock, model.name.substr(0, 100));
  const std::string where = fmt::format("{}: {}", lock, model.name);
  model.reference = text_of(entry, "reference", where);
  model.revision = text_of(entry, "revision", where, false);
  model.licence = text_of(entry, "licence", where, false);
  const std::string kind = text_of(entry, "kind", where, false);
  check(kind.empty() || kind == "model" || kind == "data", "{}: kind must be \"model\" or \"data\", got {:?}", where, kind.substr(0, 100));
  model.kind = kind == "data" ? Kind::data : Kind::model;
  const auto files = entry.find("files");
  check(files != entry.end() && files->is_array() && !files->empty(), "{}: files must be a list that is not empty", where);
  std::set<std::string> seen;
  for (const Json& file : *files) {
    model.files.push_back(read_file_entry(file, where));
    check(seen.insert(model.files.back().name).second, "{}: the file {} is listed twice", where, model.files.back().name);
  }
  return model;
}

// What a file is called by in a comparison: its size where the sizes differ already.
std::string said(std::uint64_t size) { return fmt::format("{} bytes", size); }
std::string said(const std::string& sha256) { return "sha256 " + sha256; }

[[noreturn]] void refuse(const Locked& locked, const Difference& one) {
  const std::string expected = one.expected.empty() ? std::string("-") : one.expected, got = one.got.empty() ? std::string("-") : one.got;
  fail(ErrorKind::invalid, "{}: {} differs from {}: expected {}, got {}; nothing was stored. Its source no longer gives what was locked; to take "
       "what it gives now: maru pull {} --name {}, then maru lock {}", locked.name, one.file, kLockName, expected, got, locked.reference,
       locked.name, locked.name);
}

// What the plan says before the first byte: sizes always, sums where the source tells them as sha256.
void check_plan(const Locked& locked, const Plan& plan) {
  Model planned;
  for (const RemoteFile& file : plan.files) {
    const auto known = std::ranges::find(locked.files, file.name, &LockedFile::name);
    const std::string sum = file.sum == Sum::sha256 || known == locked.files.end() ? file.digest : known->sha256;
    planned.files.push_back({.name = file.name, .sha256 = sum, .size = file.size, .place = {}, .git_sha1 = {}});
  }
  if (const auto found = differences(locked, planned); !found.empty()) refuse(locked, found.front());
}

void check_model(const Locked& locked, const Model& model) {
  if (const auto found = differences(locked, model); !found.empty()) refuse(locked, found.front());
}

}  // namespace

Lock parse_lock(std::string_view text, std::string_view where) {
  const Json json = parse_json(text, where, 8);
  check(json.is_object(), "{}: expected an object", where);
  const auto version = json.find("version");
  check(version != json.end() && *version == kVersion, "{}: version must be {}; it was written by another maru", where, kVersion);
  const auto models = json.find("models");
  check(models != json.end() && models->is_array(), "{}: models must be a list", where);
  Lock lock;
  std::set<std::pair<Kind, std::string>> seen;
  for (const Json& entry : *models) {
    lock.push_back(read_model(entry, where));
    check(seen.emplace(lock.back().kind, lock.back().name).second, "{}: {} is listed twice", where, lock.back().name);
  }
  return lock;
}

Lock read_lock(const fs::path& path) { return parse_lock(read_file(path, kMaxLockBytes), path.string()); }

std::string lock_text(const Lock& lock) {
  std::string out = fmt::format("{{\n  \"version\": {},\n  \"models\": [", kVersion);
  for (const Locked& model : lock) {
    out += &model == &lock.front() ? "\n    {" : ",\n    {";
    out += fmt::format("\"name\": {}", dump(model.name));
    if (model.kind == Kind::data) out += ", \"kind\": \"data\"";
    out += fmt::format(",\n     \"reference\": {}", dump(model.reference));
    if (!model.revision.empty()) out += fmt::format(",\n     \"revision\": {}", dump(model.revision));
    out += fmt::format(",\n     \"licence\": {},\n     \"files\": [", dump(model.licence));
    for (const LockedFile& file : model.files)
      out += fmt::format("{}\n       {{\"name\": {}, \"size\": {}, \"sha256\": {}}}", &file == &model.files.front() ? "" : ",", dump(file.name),
                         file.size, dump(file.sha256));
    out += "]}";
  }
  return out + (lock.empty() ? "]\n}\n" : "\n  ]\n}\n");
}

void write_lock(const fs::path& path, const Lock& lock) { write_file(path, lock_text(lock)); }

Locked locked(const Model& model) {
  Locked out{.name = model.name, .reference = model.reference, .revision = model.revision, .licence = model.licence, .kind = model.kind,
             .files = {}};
  for (const StoredFile& file : model.files) out.files.push_back({.name = file.name, .size = file.size, .sha256 = file.sha256});
  std::ranges::sort(out.files, {}, &LockedFile::name);
  return out;
}

void set_locked(Lock& lock, Locked model) {
  std::erase_if(lock, [&](const Locked& other) { return other.name == model.name && other.kind == model.kind; });
  lock.push_back(std::move(model));
  std::ranges::stable_sort(lock, {}, &Locked::name);
}

std::vector<Difference> differences(const Locked& locked, const Model& model) {
  std::vector<Difference> out;
  for (const LockedFile& file : locked.files) {
    const auto got = std::ranges::find(model.files, file.name, &StoredFile::name);
    if (got == model.files.end()) out.push_back({file.name, said(file.sha256), {}});
    else if (got->size != file.size) out.push_back({file.name, said(file.size), said(got->size)});
    else if (got->sha256 != file.sha256) out.push_back({file.name, said(file.sha256), said(got->sha256)});
  }
  for (const StoredFile& file : model.files) {
    if (std::ranges::find(locked.files, file.name, &LockedFile::name) == locked.files.end())
      out.push_back({file.name, {}, said(file.sha256)});
  }
  return out;
}

namespace {

// One that was made on a machine comes from nowhere: it is there, as it is locked, or it is not.
Model made_as_locked(const Store& store, const Locked& locked) {
  const std::optional<Model> model = store.find(locked.name, locked.kind);
  if (!model)
    fail(ErrorKind::not_found, "{} was made on a machine ({}) and cannot be pulled; make it from the same Modelfile: maru create {}", locked.name,
         locked.reference, locked.name);
  check_model(locked, *model);
  return *model;
}

}  // namespace

Model pull_locked(Store& store, const Locked& locked, PullOptions options) {
  if (locked.reference.starts_with("made:")) return made_as_locked(store, locked);
  options.name = locked.name;
  options.revision = locked.revision;
  options.planned = [&locked, said = options.planned](const Model& model, const Plan& plan, std::uint64_t download_bytes) {
    check_plan(locked, plan);
    if (said) said(model, plan, download_bytes);
  };
  options.arrived = [&locked](const Model& model) { check_model(locked, model); };
  Model model = store.pull(locked.reference, options);
  check_model(locked, model);  // what was there already has not been compared yet
  return model;
}

}  // namespace maru::hub
