// Rows kept or left out by a claim, and rows or batches made into others.
#include "maru/base/error.h"
#include "maru/data/transforms/stage.h"

namespace maru::data {
namespace {

class Filter : public Stage {
 public:
  Filter(Rows from, std::function<bool(const Row&)> keep) : Stage(std::move(from)), keep_(std::move(keep)) {}
  bool next(Batch& batch) override {
    while (from_->next(batch)) {
      std::vector<bool> mask(batch.rows);
      for (std::size_t row = 0; row < batch.rows; ++row) mask[row] = keep_(Row(schema(), batch, row));
      batch = masked(schema(), std::move(batch), mask);
      if (batch.rows > 0) return true;
    }
    return false;
  }

 private:
  std::function<bool(const Row&)> keep_;
};

class Map : public Stage {
 public:
  Map(Rows from, Schema schema, std::function<void(const Row&, Builder&)> write)
      : Stage(std::move(from)), schema_(std::move(schema)), write_(std::move(write)) {}
  const Schema& schema() const override { return schema_; }
  bool next(Batch& batch) override {
    Builder builder(schema_);
    while (builder.rows() == 0) {
      if (!from_->next(batch)) return false;
      for (std::size_t row = 0; row < batch.rows; ++row) write_(Row(from_->schema(), batch, row), builder);
    }
    batch = builder.finish();
    return true;
  }

 private:
  Schema schema_;
  std::function<void(const Row&, Builder&)> write_;
};

class MapBatches : public Stage {
 public:
  MapBatches(Rows from, Schema schema, std::function<Batch(const Schema&, const Batch&)> change)
      : Stage(std::move(from)), schema_(std::move(schema)), change_(std::move(change)) {}
  const Schema& schema() const override { return schema_; }
  bool next(Batch& batch) override {
    while (from_->next(batch)) {
      batch = change_(from_->schema(), batch);
      check(batch.columns.size() == schema_.size(), "map: the schema has {} columns, the batch made has {}", schema_.size(),
            batch.columns.size());
      if (batch.rows > 0) return true;
    }
    return false;
  }

 private:
  Schema schema_;
  std::function<Batch(const Schema&, const Batch&)> change_;
};

}  // namespace

Batch masked(const Schema& schema, Batch batch, const std::vector<bool>& mask) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < mask.size(); ++row)
    if (mask[row]) rows.push_back(row);
  return rows.size() == batch.rows ? batch : gather(schema, batch, rows);
}

Rows filter(Rows rows, std::function<bool(const Row&)> keep) { return std::make_unique<Filter>(std::move(rows), std::move(keep)); }

Rows map(Rows rows, Schema schema, std::function<void(const Row&, Builder&)> write) {
  return std::make_unique<Map>(std::move(rows), std::move(schema), std::move(write));
}

Rows map_batches(Rows rows, Schema schema, std::function<Batch(const Schema&, const Batch&)> change) {
  return std::make_unique<MapBatches>(std::move(rows), std::move(schema), std::move(change));
}

}  // namespace maru::data
