// Nothing is fetched that this machine has: blobs are known by their sha256, small files of a repository by what git called them before,
// and another program's files by their place, whose bytes are hashed before they are believed.
#include "maru/hub/bring.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest_locks.h"
#include "maru/hub/git_sum.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr int kTurns = 5;

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

namespace {

// Keeps blobs from being collected. Whether each is still there is to be asked afterwards.
std::shared_ptr<const void> hold_blobs(const Store& store, const std::vector<std::string>& sums, const PullOptions& options) {
  if (sums.empty()) return nullptr;
  return std::make_shared<DigestLocks>(blob_locks_path(store.home()), sums, options.progress, options.cancel, DigestLocks::Use::together);
}

// The part that a killed transfer left of a file that came another way goes, unless somebody is at it.
void forget_part(const Store& store, const RemoteFile& remote) {
  const fs::path part = store.home() / "partials" / (remote.digest + ".part"), journal = fs::path(part).replace_extension(".json");
  std::error_code problem;
  if (!fs::exists(part, problem) && !fs::exists(journal, problem)) return;
  const auto alone = DigestLocks::if_free(part.parent_path() / ".locks", remote.digest);
  if (!alone) return;
  fs::remove(part, problem);
  fs::remove(journal, problem);
}

// Files that are here, each kept from being collected; the others' numbers.
std::vector<std::size_t> take_what_is_here(const Store& store, std::span<const Expected> expected, const PullOptions& options,
                                           std::vector<Staged>& staged) {
  std::vector<std::string> sums;
  for (const Expected& one : expected) {
    if (one.have && one.have->place.empty()) sums.push_back(one.have->sha256);
  }
  const std::shared_ptr<const void> hold = hold_blobs(store, sums, options);
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::optional<StoredFile>& have = expected[i].have;
    if (have && is_file_of(store.path_of(*have), have->size)) {
      staged[i] = {.file = *have, .path = {}, .hold = hold};
      forget_part(store, expected[i].remote);
    } else {
      missing.push_back(i);
    }
  }
  return missing;
}

// What came of the missing ones; the numbers of those that were removed before they could be held.
std::vector<std::size_t> take_what_came(const Store& store, const std::vector<RemoteFile>& remotes, const std::vector<Received>& received,
                                        const std::vector<std::size_t>& missing, const PullOptions& options, std::vector<Staged>& staged) {
  std::vector<std::string> sums;
  const auto stored = [&](const Received& got) { return got.path == blob_path(store.home(), got.sha256); };
  for (const Received& got : received) {
    if (stored(got)) sums.push_back(got.sha256);
  }
  const std::shared_ptr<const void> hold = hold_blobs(store, sums, options);
  std::vector<std::size_t> again;
  for (std::size_t k = 0; k < received.size(); ++k) {
    const Received& got = received[k];
    const std::string git = remotes[k].sum == Sum::git_sha1 ? remotes[k].digest : std::string();
    staged[missing[k]] = {.file = {.name = remotes[k].name, .sha256 = got.sha256, .size = got.size, .place = {}, .git_sha1 = git},
                          .path = stored(got) ? fs::path() : got.path,
                          .hold = stored(got) ? hold : got.hold,
                          .part = store.home() / "partials" / (remotes[k].digest + ".part")};
    if (stored(got) && !is_file_of(got.path, got.size)) again.push_back(missing[k]);
  }
  return again;
}

}  // namespace

std::uint64_t missing_bytes(const std::vector<Expected>& expected) {
  std::uint64_t sum = 0;
  for (const Expected& one : expected) sum += one.have ? 0 : one.remote.size;
  return sum;
}

std::vector<Staged> bring(const Store& store, const Reference& reference, std::span<const Expected> expected,
                          const net::Settings& network, const PullOptions& options) {
  const TransferOptions transfers{.partials = store.home() / "partials",
                                  .blobs = store.home() / "blobs",
                                  .progress = options.progress,
                                  .cancel = options.cancel};
  std::vector<Staged> staged(expected.size());
  std::vector<std::size_t> missing = take_what_is_here(store, expected, options, staged);
  // Once more where a blob that another process brought was removed by a third before it could be held.
  for (int turn = 0; !missing.empty(); ++turn) {
    if (turn == kTurns)
      fail(ErrorKind::io, "{}: what is pulled is removed at the same time, over and over; pull it again", reference.text());
    std::vector<RemoteFile> remotes;
    for (const std::size_t i : missing) remotes.push_back(expected[i].remote);
    check_disk(store.home(), reference, remotes);
    missing = take_what_came(store, remotes, transfer(remotes, network, transfers), missing, options, staged);
  }
  return staged;
}

}  // namespace maru::hub
