// Cuts Arrow's record batches into batches of rows, and turns what Arrow reports into errors. It does not know where blocks come from.
#include <algorithm>

#include "maru/data/arrow/module.h"

namespace maru::data::columnar {
namespace {

// The pool outlives the block, because the block's buffers are given back to it.
struct Held {
  std::shared_ptr<arrow::MemoryPool> pool;
  std::shared_ptr<arrow::RecordBatch> block;
};

// A capped pool over one of its own, so that one stream's limit does not depend on the others.
struct LimitedPool {
  std::unique_ptr<arrow::MemoryPool> inner = arrow::MemoryPool::CreateDefault();
  arrow::CappedMemoryPool capped{inner.get(), kMostMemory};
};

std::size_t bytes_of(const arrow::ArrayData& data) {
  std::size_t total = 0;
  for (const auto& buffer : data.buffers) total += buffer ? std::size_t(buffer->size()) : 0;
  for (const auto& child : data.child_data) total += bytes_of(*child);
  return total;
}

class Cut final : public Stream {
 public:
  Cut(std::string file, Schema schema, Blocks blocks, std::shared_ptr<arrow::MemoryPool> pool, const ReadOptions& options)
      : pool_(std::move(pool)), file_(std::move(file)), schema_(std::move(schema)), blocks_(std::move(blocks)), options_(options) {}
  const Schema& schema() const override { return schema_; }
  std::optional<std::uint64_t> rows() const override { return blocks_.rows; }

  std::uint64_t pass(std::uint64_t rows) override {
    std::uint64_t passed = 0;
    if (block_ && at_ < block_->num_rows()) {
      passed = std::min(rows, std::uint64_t(block_->num_rows() - at_));
      at_ += std::int64_t(passed);
    } else if (blocks_.pass) {
      passed = blocks_.pass(rows);
    }
    row_ += passed;
    return passed;
  }

  bool next(Batch& batch) override {
    batch = {};
    if (options_.cancel) options_.cancel->check();
    while (!block_ || at_ == block_->num_rows())
      if (!take_block()) return false;
    const std::int64_t rows = std::min<std::int64_t>(block_->num_rows() - at_, step_);
    const auto part = block_->Slice(at_, rows);
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      const Source source{.file = file_, .column = schema_[i].name, .first_row = row_ + 1, .max_row_bytes = options_.max_row_bytes,
                          .checked = blocks_.checked, .owner = &owner_, .dictionaries = &dictionaries_};
      batch.columns.push_back(guarded(file_, schema_[i].name, [&] { return column_of(*part->column(int(i)), schema_[i], source); }));
    }
    batch.rows = std::size_t(rows);
    at_ += rows;
    row_ += std::uint64_t(rows);
    return true;
  }

 private:
  bool take_block() {
    block_.reset();
    owner_.reset();
    dictionaries_.clear();
    block_ = blocks_.next();
    if (!block_) return false;
    check(block_->num_columns() == int(schema_.size()), "{}: a batch of {} columns, expected {}", file_, block_->num_columns(),
          schema_.size());
    owner_ = std::make_shared<const Held>(pool_, block_);
    at_ = 0;
    std::size_t bytes = 0;
    for (const auto& column : block_->column_data()) bytes += bytes_of(*column);
    const std::size_t per_row = bytes / std::size_t(std::max<std::int64_t>(block_->num_rows(), 1)) + 1;
    step_ = std::int64_t(std::clamp<std::size_t>(options_.batch_bytes / per_row, 1, std::max<std::size_t>(options_.batch_rows, 1)));
    return true;
  }

  std::shared_ptr<arrow::MemoryPool> pool_;
  std::string file_;
  Schema schema_;
  Blocks blocks_;
  ReadOptions options_;
  std::shared_ptr<arrow::RecordBatch> block_;
  std::shared_ptr<const void> owner_;
  Dictionaries dictionaries_;
  std::int64_t at_ = 0, step_ = 1;
  std::uint64_t row_ = 0;
};

}  // namespace

std::unique_ptr<Stream> stream_of(std::string file, Schema schema, Blocks blocks, std::shared_ptr<arrow::MemoryPool> pool,
                                  const ReadOptions& options) {
  return std::make_unique<Cut>(std::move(file), std::move(schema), std::move(blocks), std::move(pool), options);
}

std::shared_ptr<arrow::MemoryPool> limited_pool() {
  auto both = std::make_shared<LimitedPool>();
  return {both, &both->capped};
}

void fail_with(const arrow::Status& status, std::string_view file, std::string_view part) {
  if (status.IsOutOfMemory())
    fail(ErrorKind::limit,
         "{}: {}: needs more than {} MB of memory at once, which no reasonable file does ({}); write it again in smaller row groups", file,
         part, kMostMemory >> 20, status.message());
  if (status.IsIOError() && status.detail()) fail(ErrorKind::io, "{}: {}: cannot be read: {}", file, part, status.message());
  fail(ErrorKind::invalid, "{}: {}: damaged or not what it says it is: {}", file, part, status.message());
}

}  // namespace maru::data::columnar
