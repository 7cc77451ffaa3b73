// One mutex guards every Partial but for reading and writing bytes, which go to places that one thread alone has.
#include "maru/hub/download.h"

#include <algorithm>

#include "maru/base/error.h"

namespace maru::hub {

Partial& Download::current(const Worker& worker) const {
  if (worker.partial == nullptr || reason_ || worker.generation != worker.partial->generation) throw Abandoned{};
  return *worker.partial;
}

void Download::tell() {
  news_.notify_all();
  bytes_.notify_all();
}

bool Download::over() const {
  return reason_ || std::ranges::all_of(partials_, [](const Partial* one) { return one->right; });
}

bool Download::next(Worker& worker) {
  Lock lock(mutex_);
  if (std::ranges::find(workers_, &worker) == workers_.end()) workers_.push_back(&worker);
  while (!over()) {
    for (Partial* partial : partials_) {
      if (partial->right || partial->beginning) continue;
      for (std::size_t i = 0; i < partial->pieces.size(); ++i) {
        Piece& piece = partial->pieces[i];
        if (piece.taken != nullptr || piece.at == piece.end) continue;
        partial->open();
        piece.taken = &worker.cancel;
        ++partial->busy;
        worker.cancel.clear();
        worker.partial = partial;
        worker.piece = i;
        worker.generation = partial->generation;
        return true;
      }
    }
    news_.wait(lock);
  }
  return false;
}

std::optional<Wish> Download::wish(Worker& worker) {
  const Lock lock(mutex_);
  Partial& partial = current(worker);
  Piece& piece = partial.pieces[worker.piece];
  if (piece.at == piece.end) return std::nullopt;
  worker.progressed = false;
  if (!partial.ranged && piece.at > 0) {
    piece.at = 0;
    worker.generation = ++partial.generation;
  }
  return Wish{.first = piece.at, .end = piece.end, .whole = piece.at == 0 && piece.end == partial.file.size, .direct = partial.direct};
}

void Download::store(Worker& worker, std::span<const std::byte> bytes) {
  std::uint64_t at = 0;
  const Partial* partial = nullptr;
  {
    const Lock lock(mutex_);
    partial = &current(worker);
    at = partial->pieces[worker.piece].at;
  }
  partial->write(at, bytes);
  const Lock lock(mutex_);
  Piece& piece = current(worker).pieces[worker.piece];
  piece.at += bytes.size();
  if (piece.at > piece.furthest) {
    piece.furthest = piece.at;
    worker.progressed = true;
  }
  worker.partial->changed = true;
  bytes_.notify_one();
}

// The others let go first: two must not write into one file at the same place.
void Download::begin_again(Lock& lock, Worker* worker, Partial& partial, bool in_pieces) {
  const std::uint64_t furthest = partial.pieces.size() == 1 && !in_pieces ? partial.pieces[0].furthest : 0;
  for (const Piece& piece : partial.pieces) {
    if (piece.taken != nullptr && (worker == nullptr || piece.taken != &worker->cancel)) piece.taken->raise();
  }
  const unsigned begun = ++partial.generation;
  partial.beginning = true;
  news_.wait(lock, [&] { return reason_ || partial.busy == (worker != nullptr ? 1 : 0); });
  partial.beginning = false;
  if (reason_) throw Abandoned{};
  partial.begin_again(in_pieces);
  partial.generation = begun;
  if (!partial.pieces.empty()) partial.pieces[0].furthest = std::max(partial.pieces[0].furthest, furthest);
  if (worker != nullptr) {
    worker->piece = 0;
    worker->generation = begun;
    partial.pieces[0].taken = &worker->cancel;
  }
  tell();
}

void Download::take_whole(Worker& worker) {
  Lock lock(mutex_);
  begin_again(lock, &worker, current(worker), false);
}

void Download::no_ranges(Worker& worker) {
  Lock lock(mutex_);
  Partial& partial = current(worker);
  partial.ranged = false;
  begin_again(lock, &worker, partial, false);
}

void Download::remember(Worker& worker, std::string direct) {
  const Lock lock(mutex_);
  current(worker).direct = std::move(direct);
}

void Download::mistake(Worker& worker, Phrase what) {
  Lock lock(mutex_);
  Partial& partial = current(worker);
  if (partial.second_try) throw Error(ErrorKind::invalid, std::move(what));
  partial.second_try = true;
  partial.direct.clear();
  begin_again(lock, &worker, partial, false);
}

void Download::leave(Worker& worker) {
  const Lock lock(mutex_);
  if (worker.partial == nullptr) return;
  // Of an older generation, the piece is gone, but the file still waits for those who had one.
  if (worker.generation == worker.partial->generation) worker.partial->pieces[worker.piece].taken = nullptr;
  --worker.partial->busy;
  worker.partial = nullptr;
  tell();
}

bool Download::stopped() {
  const Lock lock(mutex_);
  return reason_ != nullptr;
}

void Download::fail_locked(std::exception_ptr reason) {
  if (!reason_) reason_ = std::move(reason);
  for (Worker* worker : workers_) worker->cancel.raise();
  tell();
}

void Download::fail(std::exception_ptr reason) {
  const Lock lock(mutex_);
  fail_locked(std::move(reason));
}

Download::State Download::state() {
  const Lock lock(mutex_);
  State state{.over = over()};
  for (const Partial* partial : partials_) {
    state.there += partial->there();
    state.hashed += partial->hashed_generation == partial->generation ? partial->hashed : 0;
    state.total += partial->file.size;
  }
  return state;
}

bool Download::wait_over(std::chrono::milliseconds time) {
  Lock lock(mutex_);
  const auto end = std::chrono::steady_clock::now() + time;
  while (!over()) {
    if (news_.wait_until(lock, end) == std::cv_status::timeout) return over();
  }
  return true;
}

void Download::save() {
  std::vector<std::pair<std::filesystem::path, std::string>> texts;
  {
    const Lock lock(mutex_);
    for (Partial* partial : partials_) {
      if (!std::exchange(partial->changed, false)) continue;
      texts.emplace_back(partial->journal, partial->journal_text());
    }
  }
  for (const auto& [path, text] : texts) write_journal(path, text);
}

std::exception_ptr Download::reason() {
  const Lock lock(mutex_);
  return reason_;
}

}  // namespace maru::hub
