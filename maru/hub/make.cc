// Everything is hashed and lies in the store's file system before the manifest names it.
#include "maru/hub/make.h"

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest_locks.h"
#include "maru/hub/lock.h"
#include "maru/hub/manifest.h"
#include "maru/hub/model_files.h"
#include "maru/hub/store_files.h"
#include "maru/hub/work_folder.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

Staged stage(const Part& part, const fs::path& folder, std::size_t number, const MakeOptions& options) {
  if (part.stored) {
    StoredFile file = *part.stored;
    file.name = part.name;
    return {.file = std::move(file), .path = {}, .hold = {}};
  }
  fs::path path = part.file;
  if (path.empty()) {
    path = folder / std::to_string(number);
    write_file(path, part.text);
  }
  const std::uint64_t size = fs::file_size(path);
  const OnBytes count = counter("verifying", size, options.progress, options.cancel);
  std::string sum = part.sha256.empty() ? hash_file(path, count) : part.sha256;
  return {.file = {.name = part.name, .sha256 = std::move(sum), .size = size, .place = {}, .git_sha1 = {}}, .path = path, .hold = {}};
}

}  // namespace

std::shared_ptr<const void> hold(const Store& store, std::span<const StoredFile> files, const OnProgress& progress, const Cancel* cancel) {
  std::vector<std::string> digests;
  for (const StoredFile& file : files) digests.push_back(file.sha256);
  if (digests.empty()) return nullptr;
  make_folder(store.home() / "locks");
  return std::make_shared<const DigestLocks>(blob_locks_path(store.home()), digests, progress, cancel, DigestLocks::Use::together);
}

Model make(Store& store, std::string_view name, const MakeOptions& options) {
  if (!valid_model_name(name)) fail(ErrorKind::usage, "{:?} cannot be a model's name: use the letters a to z, digits, . _ -", name);
  const fs::path& home = store.home();
  for (const char* folder : {"blobs", "models", "data", "views", "locks", "tmp"}) make_folder(home / folder);
  std::vector<std::string> names;
  for (const Part& part : options.parts) names.push_back(part.name);
  check_names(std::string(name), names);
  // The same lock as a pull of this name holds.
  const FileLock lock(home / "locks" / (std::string(name) + ".pull"), options.progress, options.cancel);
  const WorkFolder work(home / "tmp" / name);
  std::vector<StoredFile> counted_on;
  for (const Part& part : options.parts)
    if (part.stored) counted_on.push_back(*part.stored);
  const std::shared_ptr<const void> held = hold(store, counted_on, options.progress, options.cancel);
  std::vector<Staged> staged;
  for (std::size_t i = 0; i < options.parts.size(); ++i) staged.push_back(stage(options.parts[i], work.path(), i, options));
  Model model{
      .name = std::string(name),
      .reference = options.reference,
      .revision = {},
      .licence = options.licence,
      .files = {},
      .pulled = now_utc(),
      .kind = Kind::model};
  for (const Staged& one : staged) model.files.push_back(one.file);
  if (options.arrived) options.arrived(model);
  commit(store, model, staged, options.progress, options.cancel);
  return model;
}

Model copy(Store& store, const Model& model, std::string_view name, std::string_view reference) {
  MakeOptions options{.reference = std::string(reference), .licence = model.licence, .parts = {}};
  for (const StoredFile& file : model.files) options.parts.push_back({.name = file.name, .stored = file});
  return make(store, name, options);
}

}  // namespace maru::hub
