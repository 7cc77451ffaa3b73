// The hasher of a Download: it reads back what has come without a gap, mostly out of the system's memory, while more comes.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/hub/download.h"

namespace maru::hub {
namespace {

constexpr std::uint64_t kAtOnce = std::uint64_t{1} << 20;

// Where a worker is still at it, its connection may bring more than was promised.
bool whole(const Partial& partial) { return partial.prefix() == partial.file.size && partial.busy == 0; }

}  // namespace

// The first file with a step worth doing: a megabyte, or the rest.
Partial* Download::to_hash() {
  for (Partial* partial : partials_) {
    if (partial->right) continue;
    if (partial->sum == nullptr || partial->hashed_generation != partial->generation) partial->begin_sum();
    const std::uint64_t ready = partial->prefix() - partial->hashed;
    if (ready >= kAtOnce || whole(*partial) || (ready > 0 && partial->prefix() == partial->file.size)) return partial;
  }
  return nullptr;
}

void Download::hash_all() {
  std::vector<std::byte> buffer(kAtOnce);
  Lock lock(mutex_);
  while (!over()) {
    Partial* partial = to_hash();
    if (partial == nullptr) {
      bytes_.wait(lock);
      continue;
    }
    partial->open();
    const unsigned generation = partial->generation;
    const std::uint64_t from = partial->hashed;
    const std::span<std::byte> bytes(buffer.data(), std::size_t(std::min(kAtOnce, partial->prefix() - from)));
    if (bytes.empty()) {
      judge(lock, *partial);
      continue;
    }
    lock.unlock();
    partial->read(from, bytes);
    partial->sum->add(bytes);
    if (partial->git_sum != nullptr) partial->git_sum->add(bytes);
    lock.lock();
    if (partial->generation == generation) partial->hashed = from + bytes.size();
  }
}

void Download::judge(Lock& lock, Partial& partial) {
  const std::string sha256 = partial.sum->hex(), got = partial.git_sum != nullptr ? partial.git_sum->hex() : sha256;
  partial.sum.reset();
  if (got == partial.file.digest) {
    partial.sha256 = sha256;
    partial.right = partial.changed = true;
    partial.close();
    tell();
    return;
  }
  if (partial.second_try) {
    partial.remove();
    partial.changed = false;
    maru::fail(ErrorKind::invalid,
               "{}: what came has the {} sum {}, expected {}, and was wrong twice; it was removed. It was changed or damaged on its way, "
               "or the list of files is out of date: try again, and do not use it if this repeats",
               partial.file.name, partial.file.sum == Sum::sha256 ? "sha256" : "git sha1", got, partial.file.digest);
  }
  partial.second_try = true;
  partial.direct.clear();
  begin_again(lock, nullptr, partial, true);
}

}  // namespace maru::hub
