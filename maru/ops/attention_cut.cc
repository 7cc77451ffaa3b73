// A lone answer at a long context has one tile a key-value head: three of them on two threads would leave one idle a third of the time.
#include "maru/ops/attention_cut.h"

#include <atomic>
#include <vector>

#include "maru/base/pool.h"

namespace maru::ops {

using Part = kernels::AttentionTile::Part;

float* scores_room(std::int64_t floats) {
  thread_local std::vector<float> room;
  if (std::int64_t(room.size()) < floats) room.resize(std::size_t(floats));
  return room.data();
}

bool worth_cutting(std::int64_t tiles, std::int64_t longest) {
  constexpr std::int64_t kFewKeys = 512;
  const std::int64_t threads = thread_count();
  return longest >= kFewKeys && threads > 1 && tiles < 4 * threads && (tiles + threads - 1) / threads * threads * 4 > tiles * 5;
}

void attend_cut(std::span<const Tile> tiles, const std::function<std::int64_t(const Tile&)>& stride, std::int64_t head,
                const std::function<void(const Tile&, float*, const Share&)>& call) {
  constexpr std::int64_t kPages = 16, kColumns = 32;  // of a share
  struct Piece {
    std::size_t tile;
    Share share;
  };
  std::vector<Piece> pages, columns;
  std::vector<std::int64_t> place;  // of each tile's scores in the room
  std::int64_t floats = 0;
  std::vector<std::atomic<std::int64_t>> left(tiles.size());
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    const std::int64_t keys = stride(tiles[i]);
    place.push_back(floats);
    floats += kRows * keys;
    for (std::int64_t page = 0; page * kernels::kPage < keys; page += kPages, left[i] += 1) pages.push_back({i, {Part::scores, page, page + kPages}});
    for (std::int64_t column = 0; column < head; column += kColumns) columns.push_back({i, {Part::values, column, column + kColumns}});
  }
  float* const scores = scores_room(floats);
  const auto run = [&](const Piece& piece) { call(tiles[piece.tile], scores + place[piece.tile], piece.share); };
  parallel(std::int64_t(pages.size()), [&](std::int64_t i) {
    const Piece& piece = pages[std::size_t(i)];
    run(piece);
    if (left[piece.tile].fetch_sub(1) == 1) run({piece.tile, {Part::softmax}});  // who ends the last scores of a tile goes on with it
  });
  parallel(std::int64_t(columns.size()), [&](std::int64_t i) { run(columns[std::size_t(i)]); });
}

}  // namespace maru::ops
