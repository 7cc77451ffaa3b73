#pragma once
// A stream over another one: what most transforms are.
#include "maru/data/transforms.h"

namespace maru::data {

class Stage : public Stream {
 public:
  explicit Stage(Rows from) : from_(std::move(from)) {}
  const Schema& schema() const override { return from_->schema(); }

 protected:
  Rows from_;
};

// The rows of `mask` that are set, of a batch; the batch itself when all are.
Batch masked(const Schema& schema, Batch batch, const std::vector<bool>& mask);

}  // namespace maru::data
