// Rows dealt out to shards and to the two sides of a split, and batches of a size asked for.
#include <cmath>

#include "maru/base/error.h"
#include "maru/data/random.h"
#include "maru/data/transforms/stage.h"

namespace maru::data {
namespace {

// Keeps rows by their number in the stream.
class Picked : public Stage {
 public:
  Picked(Rows from, std::function<bool(std::uint64_t)> pick) : Stage(std::move(from)), pick_(std::move(pick)) {}
  bool next(Batch& batch) override {
    while (from_->next(batch)) {
      std::vector<bool> mask(batch.rows);
      for (std::size_t row = 0; row < batch.rows; ++row) mask[row] = pick_(number_++);
      batch = masked(schema(), std::move(batch), mask);
      if (batch.rows > 0) return true;
    }
    return false;
  }

 private:
  std::function<bool(std::uint64_t)> pick_;
  std::uint64_t number_ = 0;
};

class Batched : public Stage {
 public:
  Batched(Rows from, std::size_t size, bool drop_last) : Stage(std::move(from)), size_(size), drop_last_(drop_last) {}
  bool next(Batch& batch) override {
    batch = {};
    Builder builder(schema());
    while (builder.rows() < size_) {
      if (at_ == held_.rows) {
        at_ = 0;
        held_ = {};
        if (!from_->next(held_)) break;
      }
      const std::size_t count = std::min(size_ - builder.rows(), held_.rows - at_);
      if (count == size_) {  // nothing of another batch to join
        batch = slice(schema(), held_, at_, count);
        at_ += count;
        return true;
      }
      for (std::size_t i = 0; i < count; ++i) builder.add(held_, at_++);
    }
    if (builder.rows() == 0 || (drop_last_ && builder.rows() < size_)) return false;
    batch = builder.finish();
    return true;
  }

 private:
  std::size_t size_;
  bool drop_last_;
  Batch held_;
  std::size_t at_ = 0;
};

}  // namespace

Rows shard(Rows rows, std::uint64_t index, std::uint64_t parts) {
  if (parts == 0 || index >= parts) fail(ErrorKind::usage, "shard {} of {}: expected a number below the number of shards", index, parts);
  return std::make_unique<Picked>(std::move(rows), [=](std::uint64_t number) { return number % parts == index; });
}

Rows batched(Rows rows, std::size_t size, bool drop_last) {
  if (size == 0) fail(ErrorKind::usage, "a batch has at least one row");
  return std::make_unique<Batched>(std::move(rows), size, drop_last);
}

Rows sampled(Rows rows, Sample sample) {
  if (sample.chosen > sample.total) fail(ErrorKind::usage, "{} of {} rows cannot be chosen", sample.chosen, sample.total);
  const auto pick = [sample, random = Random(sample.seed), left = sample.chosen](std::uint64_t number) mutable {
    check(number < sample.total, "there are more rows than the {} that were counted; did the file change?", sample.total);
    const bool taken = random.below(sample.total - number) < left;
    left -= taken;
    return taken != sample.others;
  };
  return std::make_unique<Picked>(std::move(rows), pick);
}

TrainTest train_test_split(const std::function<Rows()>& open, std::uint64_t total, double test_share, std::uint64_t seed) {
  if (!(test_share > 0 && test_share < 1))
    fail(ErrorKind::usage, "the share of the test split: expected more than 0 and less than 1, got {}", test_share);
  const auto test = static_cast<std::uint64_t>(std::ceil(test_share * double(total)));
  check(test < total, "{} rows are too few for a test split of {} and a train split", total, test);
  const Sample sample{.total = total, .chosen = test, .seed = seed, .others = false};
  Sample others = sample;
  others.others = true;
  return {.train = sampled(open(), others), .test = sampled(open(), sample)};
}

}  // namespace maru::data
