// Looks through the store's folders under its lock, so that no pull commits in between, and asks every pull's own lock whether it runs.
#include "maru/hub/prune.h"

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <set>

#include "maru/base/error.h"
#include "maru/hub/digest_locks.h"
#include "maru/hub/lock.h"
#include "maru/hub/store_files.h"
#include "maru/hub/uploads.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code problem;
  for (fs::directory_iterator walk(folder, problem), end; !problem && walk != end; walk.increment(problem)) out.push_back(walk->path());
  std::ranges::sort(out);
  return out;
}

std::uint64_t disk_bytes(const fs::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 ? std::uint64_t(status.st_blocks) * 512 : 0;
}

std::uint64_t disk_bytes_below(const fs::path& path) {
  std::uint64_t sum = disk_bytes(path);
  std::error_code problem;
  if (!fs::is_directory(fs::symlink_status(path, problem))) return sum;
  for (fs::recursive_directory_iterator walk(path, problem), end; !problem && walk != end; walk.increment(problem))
    sum += disk_bytes(walk->path());
  return sum;
}

// ".maru-<process>-<n>.tmp" of a process that is no more: a file that was never finished.
bool is_dead_temporary(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(".maru-") || !name.ends_with(".tmp")) return false;
  long process = 0;
  const auto [end, bad] = std::from_chars(name.data() + 6, name.data() + name.size(), process);
  if (bad != std::errc() || *end != '-' || process <= 0) return false;
  return ::kill(static_cast<pid_t>(process), 0) != 0 && errno == ESRCH;
}

class Search {
 public:
  explicit Search(const Store& store) : store_(store) {}

  Pruned all() {
    find_temporary();  // also counts the running pulls
    find_views();
    for (const fs::path& path : Uploads(store_).older_than(kUploadLife)) add(Waste::upload, path);
    if (out_.running == 0) {
      find_partials();
      find_blobs();
    }
    return std::move(out_);
  }

 private:
  void add(Waste what, const fs::path& path) { out_.found.push_back({what, path, disk_bytes_below(path)}); }

  void find_temporary() {
    const fs::path& home = store_.home();
    std::set<std::string> running;
    for (const fs::path& lock : entries(home / "locks")) {
      if (lock.extension() != ".pull" || FileLock::if_free(lock)) continue;
      running.insert(lock.stem().string());
      ++out_.running;
    }
    for (const fs::path& rest : entries(home / "tmp"))
      if (!running.contains(rest.filename().string())) add(Waste::temporary, rest);
    for (const char* folder : {"models", "data", "blobs", "partials"})
      for (const fs::path& path : entries(home / folder))
        if (is_dead_temporary(path)) add(Waste::temporary, path);
  }

  void find_views() {
    for (const Kind kind : {Kind::model, Kind::data}) {
      std::set<std::string> names;
      for (const Model& model : store_.list(kind)) names.insert(model.name);
      for (const fs::path& view : entries(view_path(store_.home(), "x", kind).parent_path()))
        if (!names.contains(view.filename().string())) add(Waste::view, view);
    }
  }

  void find_partials() {
    for (const fs::path& path : entries(store_.home() / "partials"))
      if ((path.extension() == ".part" || path.extension() == ".json") && path.stem().string().size() >= 40) add(Waste::partial, path);
  }

  void find_blobs() {
    std::set<std::string> used;
    for (const Kind kind : {Kind::model, Kind::data})
      for (const Model& model : store_.list(kind))
        for (const StoredFile& file : model.files)
          if (file.place.empty()) used.insert(file.sha256);
    for (const fs::path& path : entries(store_.home() / "blobs"))
      if (!used.contains(path.filename().string()) && !path.filename().string().starts_with('.')) add(Waste::blob, path);
  }

  const Store& store_;
  Pruned out_;
};

// The lock without which a part or a blob must not be removed: a pull that began just now may count on it.
std::unique_ptr<DigestLocks> alone_with(const Store& store, const Wasted& one) {
  const bool part = one.what == Waste::partial;
  return DigestLocks::if_free(part ? one.path.parent_path() / ".locks" : blob_locks_path(store.home()), one.path.stem().string());
}

}  // namespace

std::string_view waste_name(Waste waste) {
  switch (waste) {
    case Waste::partial: return "partial";
    case Waste::blob: return "blob";
    case Waste::view: return "view";
    case Waste::temporary: return "temporary";
    case Waste::upload: return "upload";
  }
  return "";
}

std::uint64_t Pruned::bytes() const {
  std::uint64_t sum = 0;
  for (const Wasted& one : found) sum += one.bytes;
  return sum;
}

Pruned prune(const Store& store, bool dry_run, const Cancel* cancel) {
  std::error_code absent;
  if (!fs::exists(store.home() / "locks", absent)) return {};  // nothing was ever pulled
  const FileLock lock(store.home() / "locks" / "store", {}, cancel);
  Pruned pruned = Search(store).all();
  if (dry_run) return pruned;
  std::vector<Wasted> removed;
  for (const Wasted& one : pruned.found) {
    if (cancel != nullptr) cancel->check();
    const bool shared = one.what == Waste::partial || (one.what == Waste::blob && one.path.filename().string().size() == 64);
    const std::unique_ptr<DigestLocks> alone = shared ? alone_with(store, one) : nullptr;
    if (shared && !alone) continue;
    std::error_code problem;
    fs::remove_all(one.path, problem);
    if (problem) fail(ErrorKind::io, "{}: cannot be removed: {}", one.path.string(), system_reason(problem.value()));
    removed.push_back(one);
  }
  pruned.found = std::move(removed);
  return pruned;
}

}  // namespace maru::hub
