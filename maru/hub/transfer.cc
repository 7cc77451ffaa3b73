// Sees to it before the first byte that everything asked for can be had, starts the connections and the hasher, and watches over them.
#include "maru/hub/transfer.h"

#include <algorithm>
#include <map>
#include <thread>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/digest_locks.h"
#include "maru/hub/download.h"
#include "maru/hub/fetch.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 50;
constexpr std::chrono::milliseconds kTurn{50};
constexpr int kTurnsToSave = 5;

void check_file(const RemoteFile& file) {
  check(safe_name(file.name), "the source named a file {:?}, which could leave its folder", file.name);
  // A digest becomes a file's name.
  const std::size_t digits = file.sum == Sum::sha256 ? 64 : 40;
  check(file.digest.size() == digits && file.digest.find_first_not_of("0123456789abcdef") == file.digest.npos,
        "{}: its sum {:?} is not of {} lower-case hex digits", file.name, file.digest.substr(0, 80), digits);
  check(file.size <= kMostBytes, "{}: a size of {} bytes cannot be", file.name, file.size);
  check(net::same_origin(file.url, file.url), "{}: is no URL", file.url);
}

// Whether the file lies in the caller's store already: by its sum, or by the sha256 that an earlier run found for it.
bool present(Partial& partial, const fs::path& blobs) {
  const std::string sha256 = partial.file.sum == Sum::sha256 ? partial.file.digest : partial.sha256;
  if (blobs.empty() || sha256.size() != 64 || sha256.find_first_not_of("0123456789abcdef") != sha256.npos) return false;
  std::error_code problem;
  if (!fs::is_regular_file(blobs / sha256, problem) || fs::file_size(blobs / sha256, problem) != partial.file.size || problem) return false;
  partial.sha256 = sha256;
  return true;
}

void check_room(const std::vector<Partial*>& partials, const fs::path& folder) {
  std::uint64_t needed = 0;
  for (const Partial* partial : partials) needed += partial->disk_needed();
  const std::uint64_t room = free_space(folder);
  if (needed > room) {
    fail(ErrorKind::io, "the files still need {} MB, {} has {} MB free; make room or set MARU_HOME to another disk", needed / 1'000'000 + 1,
         folder.string(), room / 1'000'000);
  }
}

void report(Download& download, const OnProgress& progress) {
  if (!progress) return;
  const Download::State state = download.state();
  const bool sums_only = state.there == state.total;
  progress({.what = sums_only ? "verifying" : "downloading",
            .done = sums_only ? state.hashed : state.there,
            .total = state.total,
            .unit = "bytes"});
}

// Threads of their own, not the pool's: they wait for the network, and the pool's are for computing.
void run(Download& download, const net::Settings& settings, const TransferOptions& options) {
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::jthread> threads;
  try {
    threads.emplace_back([&] {
      try {
        download.hash_all();
      } catch (...) {
        download.fail(std::current_exception());
      }
    });
    for (int i = 0; i < std::clamp(options.connections, 1, 64); ++i) {
      Worker& worker = *workers.emplace_back(std::make_unique<Worker>());
      threads.emplace_back([&] { fetch_pieces(download, worker, settings); });
    }
    for (int turn = 1; !download.wait_over(kTurn); ++turn) {
      if (options.cancel != nullptr) options.cancel->check();
      report(download, options.progress);
      if (turn % kTurnsToSave == 0) download.save();
    }
    report(download, options.progress);
  } catch (...) {
    download.fail(std::current_exception());
  }
  threads.clear();
  download.save();
  if (const std::exception_ptr reason = download.reason()) std::rethrow_exception(reason);
}

}  // namespace

std::vector<Received> transfer(std::span<const RemoteFile> files, const net::Settings& settings, const TransferOptions& options) {
  std::vector<std::string> digests;
  for (const RemoteFile& file : files) {
    check_file(file);
    digests.push_back(file.digest);
  }
  std::error_code problem;
  fs::create_directories(options.partials, problem);
  if (problem) fail(ErrorKind::io, "{}: the folder cannot be made: {}", options.partials.string(), system_reason(problem.value()));
  const auto hold = std::make_shared<DigestLocks>(options.partials / ".locks", digests, options.progress, options.cancel);

  std::map<std::string, std::unique_ptr<Partial>> partials;  // by digest
  std::vector<Partial*> wanted;
  std::map<std::string, fs::path> places;
  for (const RemoteFile& file : files) {
    std::unique_ptr<Partial>& partial = partials[file.digest];
    if (partial != nullptr) {
      check(partial->file.size == file.size, "{} and {} have one sum and two sizes, {} and {}", partial->file.name, file.name,
            partial->file.size, file.size);
      continue;
    }
    partial = std::make_unique<Partial>(file, options);
    const bool there = present(*partial, options.blobs);
    places[file.digest] = there ? options.blobs / partial->sha256 : partial->part;
    if (!there) wanted.push_back(partial.get());
  }
  check_room(wanted, options.partials);
  Download download(wanted);
  if (!wanted.empty()) run(download, settings, options);

  std::vector<Received> received;
  for (const RemoteFile& file : files) {
    received.push_back({.path = places[file.digest], .sha256 = partials[file.digest]->sha256, .size = file.size, .hold = hold});
  }
  return received;
}

}  // namespace maru::hub
