#pragma once
// What is done to rows between a reader and whoever uses them. Each takes a stream and gives one, means what it means in Hugging Face's
// `datasets`, and holds no more than a few batches unless its comment says so. Nothing here knows files.
//
// To go on where one stopped: build the same streams again and skip() the rows already seen. Every order here is fixed by its seed.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "maru/data/batch.h"
#include "maru/data/data.h"

namespace maru::data {

using Rows = std::unique_ptr<Stream>;

Rows take(Rows rows, std::uint64_t count);
Rows skip(Rows rows, std::uint64_t count);
// Only these columns, in this order. Throws Error (usage) naming those there are.
Rows select(Rows rows, std::vector<std::string> columns);
// Old and new names. Throws Error (usage) for a name that is not there or would stand twice.
Rows rename(Rows rows, const std::vector<std::pair<std::string, std::string>>& names);

Rows filter(Rows rows, std::function<bool(const Row&)> keep);
// `write` fills the columns of one new row and calls row_done(); it may write none or several.
Rows map(Rows rows, Schema schema, std::function<void(const Row&, Builder&)> write);
// A whole batch at once; the result has the columns of `schema` and any number of rows.
Rows map_batches(Rows rows, Schema schema, std::function<Batch(const Schema&, const Batch&)> change);

// Every parts-th row beginning at `index`, as shard(contiguous=False): the shards are disjoint and together they are all.
Rows shard(Rows rows, std::uint64_t index, std::uint64_t parts);
// Batches of exactly `size` rows; the last is smaller, or left out.
Rows batched(Rows rows, std::size_t size, bool drop_last);

// One after the other. Throws Error (invalid) where the schemas differ, naming the column.
Rows concatenate(std::vector<Rows> parts);
// A row of each in turn, in whole rounds, until one is at its end ("first_exhausted").
Rows interleave(std::vector<Rows> parts);
// The same rows again and again; `times` 0 is for ever.
Rows repeat(std::function<Rows()> open, std::uint64_t times);

// Shuffled through a buffer: each row given is drawn from the next `buffer` ones. Near to where it was: not every order can come out.
Rows shuffle_buffered(Rows rows, std::uint64_t seed, std::size_t buffer);
// Every order is possible (Fisher and Yates). Holds all rows: throws Error (limit) once they take more than `memory_bytes`.
Rows shuffle_exact(Rows rows, std::uint64_t seed, std::size_t memory_bytes = std::size_t{512} << 20);

// Exactly `chosen` of `total` rows, every set of so many equally likely, in their order; or exactly the others. Knuth, TAOCP 3.4.2, S.
struct Sample {
  std::uint64_t total = 0, chosen = 0, seed = 0;
  bool others = false;
};
Rows sampled(Rows rows, Sample sample);
// The two parts of one split. `test_share` 0 to 1 is rounded up, as train_test_split does.
struct TrainTest {
  Rows train, test;
};
TrainTest train_test_split(const std::function<Rows()>& open, std::uint64_t total, double test_share, std::uint64_t seed);

}  // namespace maru::data
