// Nothing is fetched that this machine has: blobs are known by their sha256, small files of a repository by what git called them before,
// and another program's files by their place, whose bytes are hashed before they are believed.
#include "maru/hub/bring.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/git_sum.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

// Files of earlier pulls by what their source called them.
std::map<std::string, StoredFile> known_by_git(const Store& store) {
  std::map<std::string, StoredFile> known;
  for (const Kind kind : {Kind::model, Kind::data}) {
    for (const Model& model : store.list(kind)) {
      for (const StoredFile& file : model.files) {
        if (!file.git_sha1.empty()) known.emplace(file.git_sha1, file);
      }
    }
  }
  return known;
}

bool is_file_of(const fs::path& path, std::uint64_t size) {
  std::error_code problem;
  return fs::is_regular_file(path, problem) && fs::file_size(path, problem) == size && !problem;
}

// In another program's store: believed only when its bytes say what the plan says.
std::optional<StoredFile> found_elsewhere(const Reference& reference, const RemoteFile& remote, const PullOptions& options) {
  const Source& source = source_of(reference);
  if (source.elsewhere == nullptr) return std::nullopt;
  const fs::path place = source.elsewhere(reference, remote);
  if (place.empty() || !is_file_of(place, remote.size)) return std::nullopt;
  const OnBytes count = counter("verifying", remote.size, options.progress, options.cancel);
  StoredFile file{.name = remote.name, .sha256 = {}, .size = remote.size, .place = place.string(), .git_sha1 = {}};
  file.sha256 = hash_file(place, count);
  if (remote.sum == Sum::git_sha1) file.git_sha1 = git_sha1(read_file(place));
  if ((remote.sum == Sum::sha256 ? file.sha256 : file.git_sha1) == remote.digest) return file;
  if (options.note)
    options.note(phrase("{}: its bytes are not what {} should be; it is left alone and fetched anew", place.string(), remote.name));
  return std::nullopt;
}

// Bytes of a part that is there from an earlier run; holes of a sparse file do not count.
std::uint64_t part_bytes(const fs::path& partials, const RemoteFile& remote) {
  struct stat status{};
  if (::stat((partials / (remote.digest + ".part")).c_str(), &status) != 0) return 0;
  return std::min<std::uint64_t>(std::uint64_t(status.st_blocks) * 512, remote.size);
}

// Room for what is still to come, a fiftieth more for the file system, and a reserve so that the machine goes on living.
void check_disk(const fs::path& home, const Reference& reference, const std::vector<RemoteFile>& missing) {
  constexpr std::uint64_t kReserve = 200'000'000;
  std::uint64_t need = 0;
  for (const RemoteFile& file : missing) need += file.size - part_bytes(home / "partials", file);
  if (need == 0) return;
  need += need / 50 + kReserve;
  const std::uint64_t room = free_space(home);
  if (room >= need) return;
  fail(ErrorKind::io, "{} needs {} MB of disk, {} MB of it as a reserve, and {} has {} MB free; make room or set MARU_HOME to another disk",
       reference.text(), need / 1'000'000 + 1, kReserve / 1'000'000, home.string(), room / 1'000'000);
}

}  // namespace

std::vector<Expected> compare(const Store& store, const Reference& reference, const Plan& plan, const PullOptions& options) {
  const std::map<std::string, StoredFile> by_git = known_by_git(store);
  std::vector<Expected> out;
  for (const RemoteFile& remote : plan.files) {
    Expected one{.remote = remote, .have = std::nullopt};
    StoredFile file{.name = remote.name, .sha256 = {}, .size = remote.size, .place = {}, .git_sha1 = {}};
    if (remote.sum == Sum::sha256) {
      file.sha256 = remote.digest;
    } else if (const auto known = by_git.find(remote.digest); known != by_git.end()) {
      file.sha256 = known->second.sha256;
      file.git_sha1 = remote.digest;
    }
    if (!file.sha256.empty() && is_file_of(blob_path(store.home(), file.sha256), remote.size)) one.have = file;
    else one.have = found_elsewhere(reference, remote, options);
    out.push_back(std::move(one));
  }
  return out;
}

std::uint64_t missing_bytes(const std::vector<Expected>& expected) {
  std::uint64_t sum = 0;
  for (const Expected& one : expected) sum += one.have ? 0 : one.remote.size;
  return sum;
}

std::vector<Staged> bring(const Store& store, const Reference& reference, const std::vector<Expected>& expected,
                          const net::Settings& network, const PullOptions& options) {
  std::vector<RemoteFile> missing;
  for (const Expected& one : expected) {
    if (!one.have) missing.push_back(one.remote);
  }
  check_disk(store.home(), reference, missing);
  const TransferOptions transfers{.partials = store.home() / "partials",
                                  .blobs = store.home() / "blobs",
                                  .progress = options.progress,
                                  .cancel = options.cancel};
  const std::vector<Received> received = missing.empty() ? std::vector<Received>{} : transfer(missing, network, transfers);
  std::vector<Staged> staged;
  std::size_t next = 0;
  for (const Expected& one : expected) {
    if (one.have) {
      staged.push_back({.file = *one.have, .path = {}, .hold = {}});
      continue;
    }
    const Received& got = received[next++];
    const std::string git = one.remote.sum == Sum::git_sha1 ? one.remote.digest : std::string();
    const bool ours = got.path == blob_path(store.home(), got.sha256);
    staged.push_back({.file = {.name = one.remote.name, .sha256 = got.sha256, .size = got.size, .place = {}, .git_sha1 = git},
                      .path = ours ? fs::path() : got.path,
                      .hold = got.hold});
  }
  return staged;
}

}  // namespace maru::hub
