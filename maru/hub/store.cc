// The content-addressed store: a pull fetches into tmp/, hashes, moves blobs into place, and writes the manifest last.
// It does not know how a source fetches, nor what is inside a model's files.
#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest.h"
#include "maru/hub/hub.h"
#include "maru/hub/lock.h"
#include "maru/hub/manifest.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

fs::path manifest_path(const fs::path& home, std::string_view name) { return home / "models" / fmt::format("{}.json", name); }
fs::path blob_path(const fs::path& home, const StoredFile& file) { return home / "blobs" / file.sha256; }

void make_folder(const fs::path& path) {
  std::error_code problem;
  fs::create_directories(path, problem);
  if (problem) fail(ErrorKind::io, "{}: the folder cannot be made: {}", path.string(), system_reason(problem.value()));
}

// An empty folder for the length of a pull. The model's lock is held around it, so a rest of a killed pull may be cleared.
class WorkFolder {
 public:
  explicit WorkFolder(fs::path path) : path_(std::move(path)) {
    clear();
    make_folder(path_);
  }
  ~WorkFolder() { clear(); }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  void clear() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path path_;
};

bool blobs_present(const fs::path& home, const Model& model) {
  return std::ranges::all_of(model.files, [&](const StoredFile& file) {
    std::error_code problem;
    const std::uintmax_t size = fs::file_size(blob_path(home, file), problem);
    return !problem && size == file.size;
  });
}

// Adds what was read to a running sum, reports it, and lets the person stop the work.
OnBytes counter(std::string_view what, std::uint64_t total, const OnProgress& progress, const Cancel* cancel) {
  return [what, total, &progress, cancel, done = std::uint64_t{0}](std::uint64_t bytes) mutable {
    if (cancel != nullptr) cancel->check();
    done += bytes;
    if (progress) progress({.what = what, .done = done, .total = total, .unit = "bytes"});
  };
}

// What pulls that were killed left behind: folders in tmp/ whose pull holds no lock any more.
void clear_rests(const fs::path& home) {
  std::error_code problem;
  std::vector<fs::path> rests;
  for (const fs::directory_entry& entry : fs::directory_iterator(home / "tmp", problem)) rests.push_back(entry.path());
  for (const fs::path& rest : rests) {
    const auto lock = FileLock::if_free(home / "locks" / (rest.filename().string() + ".pull"));
    if (lock) fs::remove_all(rest, problem);
  }
}

// Where the model is opened: a lone GGUF itself, else the folder.
fs::path model_in(const Fetched& fetched) {
  const bool lone_gguf = !fetched.files.empty() && fetched.files.front().ends_with(".gguf");
  if (lone_gguf) return fetched.folder / fetched.files.front();
  return fetched.folder.has_filename() ? fetched.folder : fetched.folder.parent_path();
}

struct Staged {
  StoredFile file;
  fs::path path;  // where the finished bytes lie, inside the store's own file system
};

bool is_inside(const fs::path& path, const fs::path& folder) {
  const fs::path inner = fs::weakly_canonical(path), outer = fs::weakly_canonical(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

// Hashes what was fetched; files that lie outside the store (a person's own) are copied in the same pass.
std::vector<Staged> stage(const Fetched& fetched, const fs::path& temporary, const OnProgress& progress, const Cancel* cancel) {
  check(!fetched.files.empty(), "{}: the source brought no files", fetched.folder.string());
  const bool ours = is_inside(fetched.folder, temporary);
  std::uint64_t total = 0;
  for (const std::string& name : fetched.files) {
    check(safe_name(name), "the source named a file {:?}, which could leave its folder", name);
    total += fs::file_size(fetched.folder / name);
  }
  const std::uint64_t room = free_space(temporary);
  if (!ours && room < total) {
    fail(ErrorKind::io, "the model takes {} MB, {} has {} MB free; make room or set MARU_HOME to another disk", total / 1'000'000 + 1,
         temporary.string(), room / 1'000'000);
  }
  const OnBytes count = counter(ours ? "verifying" : "copying", total, progress, cancel);
  std::vector<Staged> staged;
  for (const std::string& name : fetched.files) {
    const fs::path from = fetched.folder / name;
    const fs::path to = ours ? from : temporary / fmt::format("copy-{}", staged.size());
    std::string sha = ours ? hash_file(from, count) : copy_file_hashed(from, to, count);
    staged.push_back({.file = {.name = name, .sha256 = std::move(sha), .size = fs::file_size(to)}, .path = to});
  }
  return staged;
}

void check_weights(const Known& known, const std::vector<Staged>& staged) {
  for (const Staged& one : staged) {
    if (!is_weights(one.file.name)) continue;
    check(one.file.sha256 == known.weights_sha256,
          "{}: {} has sha256 {}, expected {}; nothing was stored. The package was changed or damaged on its way: try again, "
          "and do not use it if this repeats",
          known.reference, one.file.name, one.file.sha256, known.weights_sha256);
  }
}

// views/<name>/: links with the files' own names. Relative, so that the store may be moved.
void make_view(const fs::path& home, const Model& model) {
  const fs::path view = home / "views" / model.name;
  std::error_code ignored;
  fs::remove_all(view, ignored);
  for (const StoredFile& file : model.files) {
    const fs::path link = view / file.name;
    make_folder(link.parent_path());
    const fs::path target = fs::path(link.parent_path().lexically_relative(home)).lexically_normal();
    fs::path up;
    for ([[maybe_unused]] const fs::path& part : target) up /= "..";
    std::error_code problem;
    fs::create_symlink(up / "blobs" / file.sha256, link, problem);
    if (problem) fail(ErrorKind::io, "{}: the link cannot be made: {}", link.string(), system_reason(problem.value()));
  }
}

bool view_is_right(const fs::path& home, const Model& model) {
  return std::ranges::all_of(model.files, [&](const StoredFile& file) {
    std::error_code problem;
    return fs::read_symlink(home / "views" / model.name / file.name, problem).filename() == file.sha256 && !problem;
  });
}

// Removes blobs that no manifest names. The store's lock is held.
std::uint64_t collect_garbage(const Store& store) {
  std::set<std::string> used;
  for (const Model& model : store.list()) {
    for (const StoredFile& file : model.files) used.insert(file.sha256);
  }
  std::uint64_t freed = 0;
  const fs::path blobs = store.home() / "blobs";
  if (!fs::exists(blobs)) return 0;
  std::vector<fs::directory_entry> idle;
  for (const fs::directory_entry& entry : fs::directory_iterator(blobs)) {
    if (!used.contains(entry.path().filename().string())) idle.push_back(entry);
  }
  for (const fs::directory_entry& entry : idle) {
    std::error_code problem;
    const std::uintmax_t size = entry.file_size(problem);
    if (fs::remove(entry.path(), problem) && !problem) freed += size;
  }
  return freed;
}

// Blobs first, the manifest last: a reader sees the whole model or none of it.
void commit(const Store& store, const Model& model, const std::vector<Staged>& staged, const OnProgress& progress, const Cancel* cancel) {
  const fs::path& home = store.home();
  const FileLock lock(home / "locks" / "store", progress, cancel);
  try {
    for (const Staged& one : staged) {
      const fs::path blob = blob_path(home, one.file);
      publish(one.path, blob);
      fs::permissions(blob, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    }
    make_view(home, model);
    write_file(manifest_path(home, model.name), manifest_text(model));
  } catch (...) {
    collect_garbage(store);
    throw;
  }
}

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

// What a source calls the model, with every other character replaced.
std::string default_name(const Source& source, const Reference& reference) {
  std::string text = source.name(reference);
  for (char& c : text) {
    if (!valid_model_name(std::string{'a', c})) c = '-';
  }
  while (text.starts_with('-') || text.starts_with('.')) text.erase(0, 1);
  return text.substr(0, 100);
}

const Known* find_known(std::string_view name_or_reference) {
  for (const Known& one : catalogue()) {
    if (one.name == name_or_reference || one.reference == name_or_reference) return &one;
  }
  return nullptr;
}

const Source& source_of(const Reference& reference) {
  for (const Source& source : sources()) {
    if (source.scheme == reference.scheme) return source;
  }
  fail(ErrorKind::internal, "no source for the scheme {}", reference.scheme);
}

}  // namespace

Store::Store(fs::path home, Inspect inspect) : home_(std::move(home)), inspect_(std::move(inspect)) {}

Model Store::pull(std::string_view name_or_reference, std::optional<std::string> name, const OnProgress& progress, const Cancel* cancel) {
  const Known* known = find_known(name_or_reference);
  const Reference given = parse_reference(known != nullptr ? known->reference : name_or_reference);
  const Source& source = source_of(given);
  const Reference reference = source.tidy(given);
  Model model;
  model.reference = reference.scheme + ":" + reference.rest;
  if (known == nullptr) known = find_known(model.reference);
  model.name = name ? *name : known != nullptr ? std::string(known->name) : default_name(source, reference);
  if (!valid_model_name(model.name)) {
    fail(ErrorKind::usage, "{:?} cannot be a model's name: use the letters a to z, digits, . _ - (--name chooses one)", model.name);
  }

  for (const char* folder : {"blobs", "models", "views", "locks", "tmp"}) make_folder(home_ / folder);
  const FileLock lock(home_ / "locks" / (model.name + ".pull"), progress, cancel);
  if (const std::optional<Model> stored = find(model.name)) {
    if (stored->reference != model.reference) {
      fail(ErrorKind::usage, "the name {} is taken by {}; choose another with --name, or: maru rm {}", model.name, stored->reference,
           model.name);
    }
    // A person's own file may have changed since.
    if (source.pinned && blobs_present(home_, *stored)) return *stored;
  }

  clear_rests(home_);
  const WorkFolder work(home_ / "tmp" / model.name);
  const Fetched fetched = source.fetch(reference, {.temporary = work.path(),
                                                                 .expected_bytes = known != nullptr ? known->download_bytes : 0,
                                                                 .progress = progress,
                                                                 .cancel = cancel});
  if (inspect_) inspect_(model_in(fetched));
  const std::vector<Staged> staged = stage(fetched, work.path(), progress, cancel);
  if (known != nullptr) check_weights(*known, staged);
  for (const Staged& one : staged) model.files.push_back(one.file);
  model.licence = fetched.licence;
  model.pulled = now_utc();
  commit(*this, model, staged, progress, cancel);
  return model;
}

std::vector<Model> Store::list() const {
  std::vector<fs::path> paths;
  std::error_code problem;
  for (const fs::directory_entry& entry : fs::directory_iterator(home_ / "models", problem)) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Model> models;
  for (const fs::path& path : paths) models.push_back(read_manifest(path));
  return models;
}

std::optional<Model> Store::find(std::string_view name) const {
  if (!valid_model_name(name)) return std::nullopt;
  const fs::path path = manifest_path(home_, name);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  return read_manifest(path);
}

std::uint64_t Store::remove(std::string_view name) {
  if (!valid_model_name(name) || !fs::exists(manifest_path(home_, name))) {
    fail(ErrorKind::not_found, "no model is called {:?}; maru list shows what is there", name);
  }
  make_folder(home_ / "locks");
  const FileLock lock(home_ / "locks" / "store", {}, nullptr);
  std::error_code problem;
  fs::remove(manifest_path(home_, name), problem);
  if (problem) fail(ErrorKind::io, "{}: cannot be removed: {}", manifest_path(home_, name).string(), system_reason(problem.value()));
  fs::remove_all(home_ / "views" / name, problem);
  return collect_garbage(*this);
}

std::vector<std::string> Store::verify(const Model& model, const OnProgress& progress, const Cancel* cancel) const {
  const OnBytes count = counter("verifying", model.bytes(), progress, cancel);
  std::vector<std::string> damaged;
  for (const StoredFile& file : model.files) {
    const fs::path path = blob_path(home_, file);
    std::error_code problem;
    const bool whole = fs::is_regular_file(path, problem) && fs::file_size(path, problem) == file.size && !problem;
    if (!whole || hash_file(path, count) != file.sha256) damaged.push_back(file.name);
  }
  return damaged;
}

fs::path Store::open_path(const Model& model) const {
  for (const StoredFile& file : model.files) {
    std::error_code problem;
    const std::uintmax_t size = fs::file_size(blob_path(home_, file), problem);
    check(!problem, "model {}: {} is missing in the store; bring it again: maru pull {} --name {}", model.name, file.name,
          model.reference, model.name);
    check(size == file.size, "model {}: {} has {} bytes in the store, expected {}; remove it (maru rm {}) and bring it again",
          model.name, file.name, size, file.size, model.name);
  }
  if (!view_is_right(home_, model)) make_view(home_, model);
  const fs::path view = home_ / "views" / model.name;
  const bool lone_gguf = model.files.front().name.ends_with(".gguf");
  return lone_gguf ? view / model.files.front().name : view;
}

}  // namespace maru::hub
