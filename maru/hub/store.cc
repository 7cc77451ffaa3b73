// The content-addressed store: blobs named by their sha256, manifests that name them, views that the engine opens.
// It does not know how a source fetches, nor what is inside a model's files.
#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest_locks.h"
#include "maru/hub/lock.h"
#include "maru/hub/manifest.h"
#include "maru/hub/store_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr Kind kKinds[] = {Kind::model, Kind::data};

fs::path manifests(const fs::path& home, Kind kind) { return home / (kind == Kind::model ? "models" : "data"); }

// What a link of the view points to: relative for our blobs, so that the store may be moved; another program's file where it is.
fs::path link_target(const fs::path& home, const StoredFile& file, const fs::path& link) {
  if (!file.place.empty()) return file.place;
  fs::path up;
  const fs::path inside = link.parent_path().lexically_relative(home).lexically_normal();
  for ([[maybe_unused]] const fs::path& part : inside) up /= "..";
  return up / "blobs" / file.sha256;
}

void make_view(const fs::path& home, const Model& model) {
  const fs::path view = view_path(home, model.name, model.kind);
  std::error_code ignored;
  fs::remove_all(view, ignored);
  for (const StoredFile& file : model.files) {
    const fs::path link = view / file.name;
    make_folder(link.parent_path());
    std::error_code problem;
    fs::create_symlink(link_target(home, file, link), link, problem);
    if (problem) fail(ErrorKind::io, "{}: the link cannot be made: {}", link.string(), system_reason(problem.value()));
  }
}

bool view_is_right(const fs::path& home, const Model& model) {
  const fs::path view = view_path(home, model.name, model.kind);
  return std::ranges::all_of(model.files, [&](const StoredFile& file) {
    std::error_code problem;
    return fs::read_symlink(view / file.name, problem) == link_target(home, file, view / file.name) && !problem;
  });
}

// Removes blobs that no manifest names, but for those that a running pull counts on. The store's lock is held.
std::uint64_t collect_garbage(const Store& store) {
  std::set<std::string> used;
  for (const Kind kind : kKinds) {
    for (const Model& model : store.list(kind)) {
      for (const StoredFile& file : model.files) used.insert(file.sha256);
    }
  }
  std::uint64_t freed = 0;
  const fs::path blobs = store.home() / "blobs";
  if (!fs::exists(blobs)) return 0;
  std::vector<fs::directory_entry> idle;
  for (const fs::directory_entry& entry : fs::directory_iterator(blobs)) {
    if (!used.contains(entry.path().filename().string())) idle.push_back(entry);
  }
  for (const fs::directory_entry& entry : idle) {
    const std::string name = entry.path().filename().string();
    const auto alone = name.size() == 64 ? DigestLocks::if_free(blob_locks_path(store.home()), name) : nullptr;
    if (name.size() == 64 && !alone) continue;
    std::error_code problem;
    const std::uintmax_t size = entry.file_size(problem);
    if (fs::remove(entry.path(), problem) && !problem) freed += size;
  }
  return freed;
}

bool whole(const fs::path& path, std::uint64_t size) {
  std::error_code problem;
  return fs::is_regular_file(path, problem) && fs::file_size(path, problem) == size && !problem;
}

}  // namespace

fs::path manifest_path(const fs::path& home, std::string_view name, Kind kind) {
  return manifests(home, kind) / fmt::format("{}.json", name);
}
fs::path view_path(const fs::path& home, std::string_view name, Kind kind) {
  return home / (kind == Kind::model ? "views" : "data-views") / name;
}
fs::path blob_locks_path(const fs::path& home) { return home / "locks" / "blobs"; }
fs::path blob_path(const fs::path& home, std::string_view sha256) { return home / "blobs" / sha256; }

std::string now_utc() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

void make_folder(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) fail(ErrorKind::io, "{}: the folder cannot be made: {}", path.string(), system_reason(problem.value()));
}

void clear_rests(const fs::path& home) {
  std::error_code problem;
  std::vector<fs::path> rests;
  for (const fs::directory_entry& entry : fs::directory_iterator(home / "tmp", problem)) rests.push_back(entry.path());
  for (const fs::path& rest : rests) {
    const auto lock = FileLock::if_free(home / "locks" / (rest.filename().string() + ".pull"));
    if (lock) fs::remove_all(rest, problem);
  }
}

OnBytes counter(std::string_view what, std::uint64_t total, const OnProgress& progress, const Cancel* cancel) {
  return [what, total, &progress, cancel, done = std::uint64_t{0}](std::uint64_t bytes) mutable {
    if (cancel != nullptr) cancel->check();
    done += bytes;
    if (progress) progress({.what = what, .done = done, .total = total, .unit = "bytes"});
  };
}

void commit(const Store& store, const Model& model, const std::vector<Staged>& staged, const OnProgress& progress, const Cancel* cancel) {
  const fs::path& home = store.home();
  const FileLock lock(home / "locks" / "store", progress, cancel);
  const bool replaces = fs::exists(manifest_path(home, model.name, model.kind));
  std::error_code ignored;
  try {
    for (const Staged& one : staged) {
      const fs::path there = store.path_of(one.file);
      // Two files of a model may have the same bytes, which are moved once.
      if (one.path.empty() || (whole(there, one.file.size) && !fs::exists(one.path))) {
        if (!whole(there, one.file.size))
          fail(ErrorKind::io, "{}: was removed while {} was being pulled; pull it again", there.string(), model.name);
        continue;
      }
      publish(one.path, there);
      fs::permissions(there, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    }
    make_view(home, model);
    write_file(manifest_path(home, model.name, model.kind), manifest_text(model));
    for (const Staged& one : staged) {
      if (one.part.empty()) continue;
      fs::remove(one.part, ignored);
      fs::remove(fs::path(one.part).replace_extension(".json"), ignored);
    }
  } catch (...) {
    collect_garbage(store);
    throw;
  }
  if (replaces) collect_garbage(store);
}

Store::Store(fs::path home, Inspect inspect) : home_(std::move(home)), inspect_(std::move(inspect)) {}

std::vector<Model> Store::list(Kind kind) const {
  std::vector<fs::path> paths;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(manifests(home_, kind), problem)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Model> models;
  for (const fs::path& path : paths) models.push_back(read_manifest(path, kind));
  return models;
}

std::optional<Model> Store::find(std::string_view name, Kind kind) const {
  if (!valid_model_name(name)) return std::nullopt;
  const fs::path path = manifest_path(home_, name, kind);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  return read_manifest(path, kind);
}

std::optional<Model> Store::find_reference(const Reference& reference) const {
  const std::string text = reference.text();
  for (const Kind kind : kKinds) {
    for (Model& model : list(kind)) {
      if (model.reference == text) return std::move(model);
    }
  }
  return std::nullopt;
}

std::uint64_t Store::remove(std::string_view name, Kind kind) {
  const fs::path path = manifest_path(home_, name, kind);
  if (!valid_model_name(name) || !fs::exists(path)) {
    fail(ErrorKind::not_found, "no model is called {:?}; maru list shows what is there", name);
  }
  make_folder(home_ / "locks");
  const FileLock lock(home_ / "locks" / "store", {}, nullptr);
  std::error_code problem;
  fs::remove(path, problem);
  if (problem) fail(ErrorKind::io, "{}: cannot be removed: {}", path.string(), system_reason(problem.value()));
  fs::remove_all(view_path(home_, name, kind), problem);
  return collect_garbage(*this);
}

std::vector<std::string> Store::verify(const Model& model, const OnProgress& progress, const Cancel* cancel) const {
  const OnBytes count = counter("verifying", model.bytes(), progress, cancel);
  std::vector<std::string> damaged;
  for (const StoredFile& file : model.files) {
    const fs::path path = path_of(file);
    if (!whole(path, file.size) || hash_file(path, count) != file.sha256) damaged.push_back(file.name);
  }
  return damaged;
}

bool Store::present(const Model& model) const {
  return std::ranges::all_of(model.files, [&](const StoredFile& file) { return whole(path_of(file), file.size); });
}

fs::path Store::path_of(const StoredFile& file) const {
  return file.place.empty() ? blob_path(home_, file.sha256) : fs::path(file.place);
}

fs::path Store::open_path(const Model& model) const {
  for (const StoredFile& file : model.files) {
    std::error_code problem;
    const std::uintmax_t size = fs::file_size(path_of(file), problem);
    if (!file.place.empty()) {
      check(!problem && size == file.size, "model {}: {} lay at {}, kept by another program, and is gone or changed; bring it again: "
            "maru pull {} --name {}", model.name, file.name, file.place, model.reference, model.name);
    }
    check(!problem, "model {}: {} is missing in the store; bring it again: maru pull {} --name {}", model.name, file.name,
          model.reference, model.name);
    check(size == file.size, "model {}: {} has {} bytes in the store, expected {}; remove it (maru rm {}) and bring it again",
          model.name, file.name, size, file.size, model.name);
  }
  if (!view_is_right(home_, model)) make_view(home_, model);
  const fs::path view = view_path(home_, model.name, model.kind);
  const bool lone_gguf = model.kind == Kind::model && model.files.front().name.ends_with(".gguf");
  return lone_gguf ? view / model.files.front().name : view;
}

}  // namespace maru::hub
