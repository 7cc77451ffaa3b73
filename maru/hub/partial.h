#pragma once
// One file on its way to this disk: its bytes in <digest>.part, and in <digest>.json which of them are there. Knows nothing of the network;
// whoever shares one among threads guards it.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/hub/digest.h"
#include "maru/hub/transfer.h"

namespace maru::hub {

// The bytes from begin to end, of which those before `at` are there. One connection brings a piece.
struct Piece {
  std::uint64_t begin = 0, at = 0, end = 0;
  std::uint64_t furthest = 0;  // the highest `at` so far: what comes a second time is no progress
  Cancel* taken = nullptr;     // of whoever brings it
};

struct Partial {
  Partial(const RemoteFile& file, const TransferOptions& options);  // with what an earlier run left
  ~Partial();
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  const RemoteFile& file;
  std::filesystem::path part, journal;
  std::vector<Piece> pieces;
  std::string sha256;          // known once the sum was right, in this run or an earlier one
  std::string direct;          // where the url redirected to, on another host; "" before that
  bool ranged = true;          // false: the server is asked for the whole only
  bool second_try = false;     // what came first was wrong
  bool changed = false;        // the journal is older than the pieces
  bool right = false;          // whole, and the sum as promised
  bool beginning = false;      // waits for its connections to let go before it begins again
  int busy = 0;                // connections that bring a piece
  unsigned generation = 0;     // counts the times it began from nothing
  // Follows the bytes that are there without a gap.
  unsigned hashed_generation = 0;
  std::uint64_t hashed = 0;
  std::unique_ptr<Digest> sum, git_sum;

  std::uint64_t there() const;     // bytes on the disk
  std::uint64_t prefix() const;    // those without a gap before them
  std::uint64_t disk_needed() const;
  void begin_again(bool in_pieces);  // nothing is there; in one piece or in several
  void begin_sum();
  std::string journal_text() const;

  // The part file. open() makes it at its full size, so that a full disk shows before the first byte comes. All throw Error (io).
  void open();
  void close();
  void write(std::uint64_t at, std::span<const std::byte> bytes) const;
  void read(std::uint64_t at, std::span<std::byte> bytes) const;
  void remove();

 private:
  void add_gap(std::uint64_t begin, std::uint64_t end);
  bool continue_journal();
  [[noreturn]] void refuse(int code) const;
  std::uint64_t piece_bytes_;
  int descriptor_ = -1;
};

// Not synced: what a power cut leaves of it, or of the bytes it lists, is found out by the sum.
void write_journal(const std::filesystem::path& path, const std::string& text);

}  // namespace maru::hub
