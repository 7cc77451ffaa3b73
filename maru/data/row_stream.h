#pragma once
// What readers share that make their rows one by one: batches within their limits, and a bad row taken away again.
#include "maru/base/error.h"
#include "maru/data/batch.h"

namespace maru::data {

// Thrown inside a reader where one row cannot be read and those behind it can.
struct BadRow {
  Phrase why;
};

class RowStream : public Stream {
 public:
  explicit RowStream(const ReadOptions& options) : options_(options) {}
  const Schema& schema() const override { return schema_; }
  bool next(Batch& batch) final;

 protected:
  // Sets what the rows are made of; before the first next().
  void begin(Schema schema);
  // Fills one row of builder().columns(). False at the end; throws BadRow.
  virtual bool fill_row() = 0;
  virtual Place place() const = 0;
  Builder& builder() { return *builder_; }

  const ReadOptions options_;
  Schema schema_;

 private:
  std::optional<Builder> builder_;
};

}  // namespace maru::data
