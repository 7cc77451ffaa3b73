// Another order, fixed by its seed: through a buffer, or of all rows at once.
#include <utility>

#include "maru/base/error.h"
#include "maru/data/random.h"
#include "maru/data/transforms/stage.h"

namespace maru::data {
namespace {

class Buffered : public Stage {
 public:
  Buffered(Rows from, std::uint64_t seed, std::size_t buffer) : Stage(std::move(from)), random_(seed), room_(buffer) {}
  bool next(Batch& batch) override {
    batch = {};
    Builder builder(schema());
    const ReadOptions limits;
    while (!builder.full(limits)) {
      while (buffer_.size() < room_ && next_row()) {}
      if (buffer_.empty()) break;
      const std::size_t drawn = random_.below(buffer_.size());
      builder.add(*buffer_[drawn].batch, buffer_[drawn].row);
      buffer_[drawn] = std::move(buffer_.back());
      buffer_.pop_back();
    }
    if (builder.rows() == 0) return false;
    batch = builder.finish();
    return true;
  }

 private:
  // A row is copied into a batch of its own, so that it does not hold the memory of those beside it.
  bool next_row() {
    if (at_ == held_.rows) {
      at_ = 0;
      if (ended_ || !from_->next(held_)) {
        ended_ = true;
        held_ = {};
        return false;
      }
    }
    Builder one(schema());
    one.add(held_, at_++);
    buffer_.push_back({std::make_unique<Batch>(one.finish()), 0});
    return true;
  }

  struct Held {
    std::unique_ptr<Batch> batch;
    std::size_t row;
  };
  Random random_;
  std::size_t room_;
  std::vector<Held> buffer_;
  Batch held_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

class Exact : public Stage {
 public:
  Exact(Rows from, std::uint64_t seed, std::size_t memory_bytes) : Stage(std::move(from)), seed_(seed), memory_bytes_(memory_bytes) {}
  bool next(Batch& batch) override {
    batch = {};
    if (!filled_) fill();
    Builder builder(schema());
    const ReadOptions limits;
    for (; at_ < order_.size() && !builder.full(limits); ++at_) builder.add(batches_[order_[at_].first], order_[at_].second);
    if (builder.rows() == 0) return false;
    batch = builder.finish();
    return true;
  }
  std::uint64_t pass(std::uint64_t rows) override {
    if (!filled_) fill();
    const std::uint64_t done = std::min<std::uint64_t>(rows, order_.size() - at_);
    at_ += done;
    return done;
  }

 private:
  void fill() {
    filled_ = true;
    std::size_t bytes = 0;
    for (Batch batch; from_->next(batch);) {
      Builder copy(schema());
      for (std::size_t row = 0; row < batch.rows; ++row) {
        copy.add(batch, row);
        order_.emplace_back(std::uint32_t(batches_.size()), std::uint32_t(row));
      }
      bytes += copy.bytes() + 8 * batch.rows;
      if (bytes > memory_bytes_)
        fail(ErrorKind::limit, "an exact shuffle holds all rows, and these take more than {} MB; shuffle through a buffer instead",
             memory_bytes_ >> 20);
      batches_.push_back(copy.finish());
    }
    Random random(seed_);
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
  }

  std::uint64_t seed_;
  std::size_t memory_bytes_;
  std::vector<Batch> batches_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order_;  // batch, row
  std::size_t at_ = 0;
  bool filled_ = false;
};

}  // namespace

Rows shuffle_buffered(Rows rows, std::uint64_t seed, std::size_t buffer) {
  if (buffer == 0) fail(ErrorKind::usage, "a buffer to shuffle in holds at least one row");
  return std::make_unique<Buffered>(std::move(rows), seed, buffer);
}

Rows shuffle_exact(Rows rows, std::uint64_t seed, std::size_t memory_bytes) {
  return std::make_unique<Exact>(std::move(rows), seed, memory_bytes);
}

}  // namespace maru::data
