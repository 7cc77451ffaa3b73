// Uploads lie in the store's file system, so that a model takes them without a copy.
#include "maru/hub/uploads.h"

#include <system_error>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/store_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(fs::symlink_status(path, ignored));
}

}  // namespace

fs::path Uploads::path_of(const BlobName& name) const { return store_.home() / "uploads" / name.hex(); }

bool Uploads::exists(const BlobName& name) const { return is_file(path_of(name)) || is_file(blob_path(store_.home(), name.hex())); }

std::optional<StoredFile> Uploads::stored(const BlobName& name) const {
  const fs::path path = blob_path(store_.home(), name.hex());
  if (!is_file(path)) return std::nullopt;
  return StoredFile{.name = {}, .sha256 = name.hex(), .size = fs::file_size(path), .place = {}, .git_sha1 = {}};
}

void Uploads::add(const fs::path& file, const std::string& sha256, const BlobName& name) const {
  check(sha256 == name.hex(), "digest mismatch, expected \"sha256:{}\", got \"sha256:{}\"", name.hex(), sha256);
  const fs::path place = path_of(name);
  make_folder(place.parent_path());
  // The file may lie on another disk, where a body is received: then a copy is hashed again.
  const fs::path near = place.parent_path() / (".maru-" + file.filename().string() + ".tmp");
  std::error_code problem;
  fs::rename(file, near, problem);
  if (problem == std::errc::cross_device_link) {
    const std::string copied = copy_file_hashed(file, near, {});
    check(copied == sha256, "digest mismatch, expected \"sha256:{}\", got \"sha256:{}\"", sha256, copied);
  } else if (problem) {
    fail(ErrorKind::io, "{}: cannot be written: {}", place.string(), system_reason(problem.value()));
  }
  fs::permissions(near, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read | fs::perms::others_read, problem);
  fs::last_write_time(near, fs::file_time_type::clock::now(), problem);   // its day begins now
  publish(near, place);
}

void Uploads::remove(const BlobName& name) const {
  std::error_code ignored;
  fs::remove(path_of(name), ignored);
}

std::vector<fs::path> Uploads::older_than(std::chrono::seconds age) const {
  std::vector<fs::path> out;
  std::error_code problem;
  const auto now = fs::file_time_type::clock::now();
  for (const fs::directory_entry& entry : fs::directory_iterator(store_.home() / "uploads", problem)) {
    std::error_code ignored;
    const auto written = entry.last_write_time(ignored);
    if (!ignored && now - written > age) out.push_back(entry.path());
  }
  return out;
}

std::uint64_t tidy_up(const Store& store) {
  std::uint64_t bytes = 0;
  std::error_code problem;
  for (const fs::path& path : Uploads(store).older_than(kUploadLife)) {
    const std::uintmax_t size = fs::file_size(path, problem);
    const bool known = !problem;
    if (fs::remove(path, problem) && known) bytes += size;
  }
  clear_rests(store.home());
  return bytes;
}

void link_or_copy(const fs::path& from, const fs::path& to, const OnProgress& progress, const Cancel* cancel) {
  std::error_code problem;
  fs::create_hard_link(from, to, problem);
  if (!problem) return;
  if (problem == std::errc::no_such_file_or_directory) fail(ErrorKind::not_found, "{}: no such file or folder", from.string());
  const std::uint64_t size = fs::file_size(from), room = free_space(to.parent_path());
  if (room < size)
    fail(ErrorKind::io, "the model takes {} MB, {} has {} MB free; make room or set MARU_HOME to another disk", size / 1'000'000 + 1,
         to.parent_path().string(), room / 1'000'000);
  copy_file_hashed(from, to, counter("copying", size, progress, cancel));
}

}  // namespace maru::hub
