// Rows into batches.
#include "maru/data/row_stream.h"

namespace maru::data {

void RowStream::begin(Schema schema) {
  schema_ = std::move(schema);
  builder_.emplace(schema_);
}

bool RowStream::next(Batch& batch) {
  batch = {};
  if (options_.cancel) options_.cancel->check();
  while (!builder_->full(options_)) {
    try {
      if (!fill_row()) break;
      builder_->row_done();
    } catch (const BadRow& bad) {
      builder_->row_failed();
      bad_row(options_, place(), bad.why);
    }
  }
  if (builder_->rows() == 0) return false;
  batch = builder_->finish();
  return true;
}

}  // namespace maru::data
