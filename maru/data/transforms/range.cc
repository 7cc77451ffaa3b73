// The first rows, or all but the first.
#include <algorithm>

#include "maru/data/transforms/stage.h"

namespace maru::data {
namespace {

class Take : public Stage {
 public:
  Take(Rows from, std::uint64_t count) : Stage(std::move(from)), left_(count) {}
  bool next(Batch& batch) override {
    batch = {};
    if (left_ == 0 || !from_->next(batch)) return false;
    if (batch.rows > left_) batch = slice(schema(), batch, 0, left_);
    left_ -= batch.rows;
    return true;
  }
  std::optional<std::uint64_t> rows() const override {
    const auto all = from_->rows();
    return all ? std::optional(std::min(*all, left_)) : std::nullopt;
  }
  std::uint64_t pass(std::uint64_t rows) override {
    const std::uint64_t done = from_->pass(std::min(rows, left_));
    left_ -= done;
    return done;
  }

 private:
  std::uint64_t left_;
};

class Skip : public Stage {
 public:
  Skip(Rows from, std::uint64_t count) : Stage(std::move(from)), count_(count), left_(count) {}
  bool next(Batch& batch) override {
    for (;;) {
      while (left_ > 0) {
        const std::uint64_t passed = from_->pass(left_);
        if (passed == 0) break;
        left_ -= passed;
      }
      if (!from_->next(batch)) return false;
      const std::uint64_t off = std::min<std::uint64_t>(left_, batch.rows);
      left_ -= off;
      if (off == batch.rows) continue;
      if (off > 0) batch = slice(schema(), batch, off, batch.rows - off);
      return true;
    }
  }
  std::optional<std::uint64_t> rows() const override {
    const auto all = from_->rows();
    return all ? std::optional(*all - std::min(*all, count_)) : std::nullopt;
  }

 private:
  std::uint64_t count_, left_;
};

}  // namespace

Rows take(Rows rows, std::uint64_t count) { return std::make_unique<Take>(std::move(rows), count); }
Rows skip(Rows rows, std::uint64_t count) { return std::make_unique<Skip>(std::move(rows), count); }

}  // namespace maru::data
