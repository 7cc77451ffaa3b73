#pragma once
// What several connections and one hasher share while files come: who brings which piece, how far the sums are, and what went wrong first.
// Knows nothing of HTTP.
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "maru/hub/partial.h"

namespace maru::hub {

// Thrown to a worker whose piece is no longer wanted: the file began from nothing meanwhile.
struct Abandoned {};

// One connection's part in it; its thread's alone but for `cancel`, which whoever wants it to let go of its piece raises.
struct Worker {
  Cancel cancel;
  Partial* partial = nullptr;
  std::size_t piece = 0;
  unsigned generation = 0;
  bool progressed = false;  // a byte came that had not come before
};

// What to ask for next.
struct Wish {
  std::uint64_t first = 0, end = 0;
  bool whole = false;   // from the first byte to the last: no range is needed
  std::string direct;   // ask here, where the url redirected to before; "" for the url itself
};

class Download {
 public:
  explicit Download(std::vector<Partial*> partials) : partials_(std::move(partials)) {}

  // A worker's. next() waits for a piece and gives false when there will be none. The others throw Abandoned.
  bool next(Worker& worker);
  std::optional<Wish> wish(Worker& worker);                            // nothing when the piece is whole
  void store(Worker& worker, std::span<const std::byte> bytes);        // writes at the piece's end; throws Error (io)
  void take_whole(Worker& worker);                                     // from here the worker brings the file from its first byte
  void no_ranges(Worker& worker);                                      // begins again, asking for the whole only
  void remember(Worker& worker, std::string direct);
  void mistake(Worker& worker, Phrase what);  // what the server sent cannot be the file: once more from nothing, then it is an Error
  void leave(Worker& worker);
  bool stopped();                                                      // the work has failed: what a worker is told no longer counts

  void hash_all();  // in a thread of its own: follows the bytes, judges the sums
  void fail(std::exception_ptr reason);  // the first reason stays; everybody stops

  struct State {
    std::uint64_t there = 0, hashed = 0, total = 0;
    bool over = false;
  };
  State state();
  bool wait_over(std::chrono::milliseconds time);  // true when every file is right, or the work has failed
  void save();                                     // the journals of what changed
  std::exception_ptr reason();

 private:
  using Lock = std::unique_lock<std::mutex>;
  Partial& current(const Worker& worker) const;  // throws Abandoned
  void begin_again(Lock& lock, Worker* worker, Partial& partial, bool in_pieces);
  Partial* to_hash();
  void judge(Lock& lock, Partial& partial);
  bool over() const;
  void fail_locked(std::exception_ptr reason);

  std::mutex mutex_;
  void tell();                             // everybody that something has changed
  std::condition_variable news_, bytes_;   // bytes_: for the hasher, which alone waits for bytes
  std::vector<Partial*> partials_;
  std::vector<Worker*> workers_;
  std::exception_ptr reason_;
};

}  // namespace maru::hub
