#pragma once
// How the work of attention is cut: tiles of a few query rows, and, where there are too few of them for the threads, shares of a tile. What is
// computed is the kernel's affair.
#include <cstdint>
#include <functional>
#include <span>

#include "maru/kernels/kernels.h"

namespace maru::ops {

constexpr int kRows = 4;  // query rows that one call of the kernel takes

// What one call of the kernel does: `count` rows of the queries of one key-value head, counted over tokens and the heads that share it.
struct Tile {
  std::int64_t sequence, kv_head, begin, count;
};
struct Share {
  kernels::AttentionTile::Part part = kernels::AttentionTile::Part::all;
  std::int64_t first = 0, last = 0;    // pages or columns
};

// This thread's room for scores, until it asks again.
float* scores_room(std::int64_t floats);

// Whether threads would wait for the last of so few tiles, long enough to be worth cutting them.
bool worth_cutting(std::int64_t tiles, std::int64_t longest);

// A few tiles of many keys, each cut among the threads: pages for the scores, columns for the values. `stride` tells the room of a row's
// scores; call(tile, scores, share) runs the kernel. The bits are those of whole tiles.
void attend_cut(std::span<const Tile> tiles, const std::function<std::int64_t(const Tile&)>& stride, std::int64_t head,
                const std::function<void(const Tile&, float*, const Share&)>& call);

}  // namespace maru::ops
