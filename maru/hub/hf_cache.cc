// Follows a ref to a snapshot, and its links to blobs, none of them out of the cache.
#include "maru/hub/hf_cache.h"

#include <algorithm>
#include <cstdlib>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxFiles = 10'000;

fs::path variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

// "models--org--name"; "" for what cannot be a repository.
std::string folder_name(std::string_view repository, Kind kind) {
  if (!safe_name(repository) || repository.find("--") != std::string_view::npos) return {};
  std::string out = kind == Kind::model ? "models--" : "datasets--";
  for (const char c : repository) out += c == '/' ? std::string("--") : std::string(1, c);
  return out;
}

// What the last part of a blob's path says of its content.
void read_blob_name(const fs::path& blob, RemoteFile& file) {
  const std::string name = blob.filename().string();
  if (blob.parent_path().filename() != "blobs") return;
  if (is_hex(name, 64)) file.sum = Sum::sha256;
  else if (is_hex(name, 40)) file.sum = Sum::git_sha1;
  else return;
  file.digest = name;
}

HfSnapshot read_snapshot(const fs::path& cache, const fs::path& folder) {
  HfSnapshot snapshot{.commit = folder.filename().string(), .folder = folder, .files = {}};
  std::error_code problem;
  fs::recursive_directory_iterator walk(folder, problem), end;
  for (; !problem && walk != end; walk.increment(problem)) {
    if (walk.depth() >= kMaxDepth) walk.disable_recursion_pending();
    std::error_code absent;
    if (walk->is_directory(absent) && !walk->is_symlink(absent)) continue;
    if (!fs::exists(walk->path(), absent)) continue;  // a link to a blob that was removed
    const std::string name = walk->path().lexically_relative(folder).generic_string();
    check(safe_name(name), "{}: the file name {:?} could leave its folder", folder.string(), name);
    const fs::path file = file_inside(cache, walk->path());
    check(!file.empty(), "{}: leads out of the cache {}, or to no regular file; it is not read", walk->path().string(), cache.string());
    RemoteFile one{.name = name, .url = {}, .size = fs::file_size(file), .sum = Sum::sha256, .digest = {}, .authorization = {}};
    read_blob_name(file, one);
    snapshot.files.push_back(std::move(one));
    check(snapshot.files.size() <= kMaxFiles, "{}: more than {} files; expected a model folder", folder.string(), kMaxFiles);
  }
  if (problem) fail(ErrorKind::io, "{}: the folder cannot be read: {}", folder.string(), system_reason(problem.value()));
  std::ranges::sort(snapshot.files, {}, &RemoteFile::name);
  return snapshot;
}

// The commit that a branch or tag meant when it was last asked for; "" when the cache does not know it.
std::string commit_of(const fs::path& cache, const fs::path& repository, std::string_view revision) {
  if (is_hex(revision, 40)) return std::string(revision);
  if (!safe_name(revision)) return {};
  const fs::path ref = file_inside(cache, repository / "refs" / revision);
  if (ref.empty()) return {};
  std::string commit = read_file(ref, 1024);
  while (!commit.empty() && (commit.back() == '\n' || commit.back() == '\r')) commit.pop_back();
  check(is_hex(commit, 40), "{}: must hold a commit of 40 hex digits, got {:?}", ref.string(), commit.substr(0, 60));
  return commit;
}

// The names of the folders below one, sorted.
std::vector<std::string> folders_in(const fs::path& path) {
  std::vector<std::string> names;
  std::error_code problem, absent;
  for (fs::directory_iterator walk(path, problem), end; !problem && walk != end; walk.increment(problem))
    if (walk->is_directory(absent)) names.push_back(walk->path().filename().string());
  std::ranges::sort(names);
  return names;
}

void add_models(const std::string& repository, std::string_view revision, std::vector<Kept>& all) {
  const std::optional<HfSnapshot> snapshot = find_in_hf_cache(repository, revision);
  if (!snapshot) return;
  const std::string reference = "hf:" + repository + (revision == "main" ? "" : fmt::format("@{}", revision));
  Kept folder{.reference = reference, .place = snapshot->folder, .bytes = 0};
  bool weights = false;
  for (const RemoteFile& file : snapshot->files) {
    if (file.name.ends_with(".gguf")) {
      all.push_back({.reference = reference + ":" + file.name, .place = snapshot->folder, .bytes = file.size});
      continue;
    }
    folder.bytes += file.size;
    weights = weights || is_weights(file.name);
  }
  if (weights) all.push_back(std::move(folder));
}

}  // namespace

fs::path hf_cache() {
  fs::path path;
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"})
    if (path.empty()) path = variable(name);
  if (path.empty() && !variable("HF_HOME").empty()) path = variable("HF_HOME") / "hub";
  if (path.empty() && !variable("XDG_CACHE_HOME").empty()) path = variable("XDG_CACHE_HOME") / "huggingface" / "hub";
  if (path.empty() && !variable("HOME").empty()) path = variable("HOME") / ".cache" / "huggingface" / "hub";
  if (path.string().starts_with("~/")) path = variable("HOME") / path.string().substr(2);
  std::error_code absent;
  return !path.empty() && fs::is_directory(path, absent) ? fs::absolute(path) : fs::path();
}

std::optional<HfSnapshot> find_in_hf_cache(std::string_view repository, std::string_view revision, Kind kind) {
  const fs::path cache = hf_cache();
  const std::string name = folder_name(repository, kind);
  if (cache.empty() || name.empty()) return std::nullopt;
  const std::string commit = commit_of(cache, cache / name, revision.empty() ? "main" : revision);
  const fs::path folder = cache / name / "snapshots" / commit;
  std::error_code absent;
  if (commit.empty() || !fs::is_directory(folder, absent)) return std::nullopt;
  return read_snapshot(cache, folder);
}

void add_digests(const HfSnapshot& snapshot, std::vector<RemoteFile>& files, const Cancel* cancel) {
  for (RemoteFile& file : files) {
    if (!file.digest.empty()) continue;
    file.sum = Sum::sha256;
    file.digest = hash_file(snapshot.folder / file.name, [&](std::uint64_t) {
      if (cancel != nullptr) cancel->check();
    });
  }
}

fs::path find_hf_blob(std::string_view repository, const RemoteFile& file, Kind kind) {
  const fs::path cache = hf_cache();
  const std::string name = folder_name(repository, kind);
  if (cache.empty() || name.empty() || !safe_name(file.name)) return {};
  std::error_code problem;
  const auto fits = [&](const fs::path& path) { return !path.empty() && fs::file_size(path, problem) == file.size && !problem; };
  if (is_hex(file.digest, 64) || is_hex(file.digest, 40)) {
    if (const fs::path blob = file_inside(cache, cache / name / "blobs" / file.digest); fits(blob)) return blob;
  }
  for (const std::string& commit : folders_in(cache / name / "snapshots")) {
    const fs::path copy = cache / name / "snapshots" / commit / file.name;
    if (fs::is_symlink(copy, problem)) continue;  // its blob has another name, so it is another file
    if (const fs::path inside = file_inside(cache, copy); fits(inside)) return inside;
  }
  return {};
}

std::vector<Kept> models_of_hf_cache() {
  std::vector<Kept> all;
  const fs::path cache = hf_cache();
  if (cache.empty()) return all;
  for (const std::string& name : folders_in(cache)) {
    if (!name.starts_with("models--")) continue;
    std::string repository = name.substr(8);
    if (const std::size_t at = repository.find("--"); at != std::string::npos) repository.replace(at, 2, "/");
    if (folder_name(repository, Kind::model) != name) continue;
    try {
      std::error_code absent;
      const std::vector<std::string> commits = folders_in(cache / name / "snapshots");
      if (fs::exists(cache / name / "refs" / "main", absent)) add_models(repository, "main", all);
      else if (!commits.empty() && is_hex(commits.back(), 40)) add_models(repository, commits.back(), all);
    } catch (const Error&) {  // what cannot be read cannot be offered
    }
  }
  return all;
}

}  // namespace maru::hub
