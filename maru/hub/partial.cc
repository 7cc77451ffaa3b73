// Reads and writes the two files of a Partial. A journal is believed only as far as it fits the file that is wanted; the sum decides.
#include "maru/hub/partial.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kJournalBytes = std::size_t{4} << 20;
constexpr std::uint64_t kMostPieces = 4096;

const char* sum_name(Sum sum) { return sum == Sum::sha256 ? "sha256" : "git_sha1"; }

}  // namespace

Partial::Partial(const RemoteFile& wanted, const TransferOptions& options)
    : file(wanted),
      part(options.partials / (wanted.digest + ".part")),
      journal(options.partials / (wanted.digest + ".json")),
      piece_bytes_(std::max({options.piece_bytes, wanted.size / kMostPieces, std::uint64_t{1}})) {
  bool continued = false;
  try {
    continued = continue_journal();
  } catch (const std::exception&) {
    // A journal that cannot be read is none: the file is fetched from nothing.
  }
  if (!continued) begin_again(true);
  generation = 0;
}

Partial::~Partial() { close(); }

bool Partial::continue_journal() {
  const Json saved = parse_json(read_file(journal, kJournalBytes), journal.string());
  if (saved.at("digest") != file.digest || saved.at("sum") != sum_name(file.sum) || saved.at("size") != file.size) return false;
  if (const auto known = saved.find("sha256"); known != saved.end()) sha256 = known->get<std::string>();
  if (!fs::is_regular_file(fs::symlink_status(part)) || fs::file_size(part) != file.size) return false;
  std::uint64_t end = 0;
  pieces.clear();
  for (const Json& range : saved.at("ranges")) {
    const auto first = range.at(0).get<std::uint64_t>(), last = range.at(1).get<std::uint64_t>();
    if (first < end || last <= first || last > file.size) return false;
    add_gap(end, first);
    pieces.push_back({.begin = first, .at = last, .end = last, .furthest = last});
    end = last;
  }
  add_gap(end, file.size);
  return true;
}

void Partial::add_gap(std::uint64_t begin, std::uint64_t end) {
  for (; begin < end; begin += std::min(piece_bytes_, end - begin)) {
    pieces.push_back({.begin = begin, .at = begin, .end = begin + std::min(piece_bytes_, end - begin), .furthest = begin});
  }
}

void Partial::begin_again(bool in_pieces) {
  pieces.clear();
  if (in_pieces) {
    add_gap(0, file.size);
  } else if (file.size > 0) {
    pieces.push_back({.begin = 0, .at = 0, .end = file.size});
  }
  ++generation;
  changed = true;
}

std::uint64_t Partial::there() const {
  std::uint64_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.at - piece.begin;
  return bytes;
}

std::uint64_t Partial::prefix() const {
  for (const Piece& piece : pieces) {
    if (piece.at < piece.end) return piece.at;
  }
  return file.size;
}

std::uint64_t Partial::disk_needed() const {
  struct stat status {};
  if (::stat(part.c_str(), &status) != 0) return file.size;
  return file.size - std::min(file.size, std::uint64_t(status.st_blocks) * 512);
}

void Partial::begin_sum() {
  hashed = 0;
  hashed_generation = generation;
  sum = std::make_unique<Digest>();
  if (file.sum != Sum::git_sha1) return;
  git_sum = std::make_unique<Digest>(Hash::sha1);
  const std::string head = fmt::format("blob {}", file.size);
  git_sum->add(std::as_bytes(std::span(head.c_str(), head.size() + 1)));
}

std::string Partial::journal_text() const {
  Json ranges = Json::array();
  for (const Piece& piece : pieces) {
    if (piece.at == piece.begin) continue;
    if (!ranges.empty() && ranges.back()[1] == piece.begin) {
      ranges.back()[1] = piece.at;
    } else {
      ranges.push_back({piece.begin, piece.at});
    }
  }
  // A signed URL's query is a secret, and stale soon.
  Json text = {{"url", file.url.substr(0, file.url.find('?'))}, {"size", file.size}, {"sum", sum_name(file.sum)}, {"digest", file.digest},
               {"ranges", std::move(ranges)}};
  if (!sha256.empty()) text["sha256"] = sha256;
  return dump(text);
}

void Partial::refuse(int code) const {
  if (code == ENOSPC || code == EDQUOT) {
    fail(ErrorKind::io, "{}: the disk is full: {} MB are still to come, {} has {} MB free; make room or set MARU_HOME to another disk",
         file.name, (file.size - there()) / 1'000'000 + 1, part.parent_path().string(), free_space(part.parent_path()) / 1'000'000);
  }
  fail(ErrorKind::io, "{}: the part of a download cannot be used: {}", part.string(), system_reason(code));
}

void Partial::open() {
  if (descriptor_ >= 0) return;
  descriptor_ = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (descriptor_ < 0) refuse(errno);
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) refuse(errno);
  if (std::uint64_t(status.st_size) == file.size) return;
  if (::ftruncate(descriptor_, 0) != 0) refuse(errno);
  if (file.size == 0 || ::fallocate(descriptor_, 0, 0, off_t(file.size)) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) refuse(errno);
  if (::ftruncate(descriptor_, off_t(file.size)) != 0) refuse(errno);
}

void Partial::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void Partial::write(std::uint64_t at, std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), off_t(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) refuse(count < 0 ? errno : EIO);
    at += std::uint64_t(count);
    bytes = bytes.subspan(std::size_t(count));
  }
}

void Partial::read(std::uint64_t at, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pread(descriptor_, bytes.data(), bytes.size(), off_t(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) refuse(count < 0 ? errno : EIO);
    at += std::uint64_t(count);
    bytes = bytes.subspan(std::size_t(count));
  }
}

void Partial::remove() {
  close();
  std::error_code ignored;
  fs::remove(part, ignored);
  fs::remove(journal, ignored);
}

void write_journal(const fs::path& path, const std::string& text) {
  const fs::path fresh = path.string() + ".new";
  {
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) return;  // a full disk shows in the part itself; without a journal the file is fetched again
  }
  std::error_code ignored;
  fs::rename(fresh, path, ignored);
}

}  // namespace maru::hub
