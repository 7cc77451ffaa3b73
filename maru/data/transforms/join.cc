// Several streams as one: after one another, in turn, or the same again.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/data/transforms/stage.h"

namespace maru::data {
namespace {

void check_same(const Schema& first, const Schema& other) {
  check(first.size() == other.size(), "the parts have different columns: {} in the first, {} in another", first.size(), other.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    check(first[i].name == other[i].name, "the parts have different columns: {} in the first, {} in another", first[i].name, other[i].name);
    check(first[i] == other[i], "the parts differ in the column {}: {} in the first, {} in another", first[i].name, type_text(first[i]),
          type_text(other[i]));
  }
}

class Concatenated : public Stream {
 public:
  explicit Concatenated(std::vector<Rows> parts) : parts_(std::move(parts)) {
    for (const Rows& part : parts_) check_same(parts_[0]->schema(), part->schema());
  }
  const Schema& schema() const override { return parts_[0]->schema(); }
  bool next(Batch& batch) override {
    for (; at_ < parts_.size(); ++at_)
      if (parts_[at_]->next(batch)) return true;
    return false;
  }
  std::optional<std::uint64_t> rows() const override {
    std::uint64_t sum = 0;
    for (const Rows& part : parts_) {
      const auto rows = part->rows();
      if (!rows) return std::nullopt;
      sum += *rows;
    }
    return sum;
  }

 private:
  std::vector<Rows> parts_;
  std::size_t at_ = 0;
};

class Interleaved : public Stream {
 public:
  explicit Interleaved(std::vector<Rows> parts) : parts_(std::move(parts)), batches_(parts_.size()), at_(parts_.size()) {
    for (const Rows& part : parts_) check_same(parts_[0]->schema(), part->schema());
  }
  const Schema& schema() const override { return parts_[0]->schema(); }
  bool next(Batch& batch) override {
    batch = {};
    Builder builder(schema());
    const ReadOptions limits;
    while (!builder.full(limits) && round_ready())
      for (std::size_t i = 0; i < parts_.size(); ++i) builder.add(batches_[i], at_[i]++);
    if (builder.rows() == 0) return false;
    batch = builder.finish();
    return true;
  }

 private:
  // Whether each part has a row for this round.
  bool round_ready() {
    for (std::size_t i = 0; i < parts_.size() && !ended_; ++i) {
      if (at_[i] < batches_[i].rows) continue;
      at_[i] = 0;
      ended_ = !parts_[i]->next(batches_[i]);
    }
    return !ended_;
  }

  std::vector<Rows> parts_;
  std::vector<Batch> batches_;
  std::vector<std::size_t> at_;
  bool ended_ = false;
};

class Repeated : public Stream {
 public:
  Repeated(std::function<Rows()> open, std::uint64_t times) : open_(std::move(open)), endless_(times == 0), left_(times), rows_(open_()) {}
  const Schema& schema() const override { return rows_->schema(); }
  bool next(Batch& batch) override {
    for (bool any = true; any;) {
      if (rows_->next(batch)) return seen_ = true;
      any = seen_;  // what has no rows has none for ever
      if (!endless_ && --left_ == 0) return ++left_, false;
      rows_ = open_();
    }
    return false;
  }

 private:
  std::function<Rows()> open_;
  bool endless_, seen_ = false;
  std::uint64_t left_;
  Rows rows_;
};

}  // namespace

Rows concatenate(std::vector<Rows> parts) {
  check(!parts.empty(), "nothing to read one after the other");
  if (parts.size() == 1) return std::move(parts[0]);
  return std::make_unique<Concatenated>(std::move(parts));
}

Rows interleave(std::vector<Rows> parts) {
  check(!parts.empty(), "nothing to read one after the other");
  return std::make_unique<Interleaved>(std::move(parts));
}

Rows repeat(std::function<Rows()> open, std::uint64_t times) { return std::make_unique<Repeated>(std::move(open), times); }

}  // namespace maru::data
