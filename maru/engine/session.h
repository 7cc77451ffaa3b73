#pragma once
// One sequence through a decoder: its cache, and the step from new ids to logits.
#include <span>
#include <vector>

#include "maru/base/cancel.h"
#include "maru/models/models.h"

namespace maru::engine {

// Bytes that keys and values of one token take over all layers of a decoder. Memory is taken for sixteen tokens at once.
std::size_t kv_bytes_per_token(const models::Info& info, ops::KvType type);

class Session {
 public:
  explicit Session(const models::Model& model, ops::KvType type = ops::KvType::f32);
  // Runs ids behind what was run before, in chunks. Logits of the last row, or of every row.  -> [1 or ids, vocabulary]
  // The result does not depend on how the ids were cut into calls. Throws Error (limit) past the model's context.
  enum class Rows { last, all };
  Tensor run(std::span<const std::int32_t> ids, Rows rows = Rows::last, const Cancel* cancel = nullptr);
  // Forgets what was run after the first `length` ids, so that many continue one beginning.
  void truncate(std::int64_t length) { cache_.truncate(length); }
  std::int64_t length() const { return cache_.length(); }
  std::size_t cache_bytes() const { return cache_.bytes(); }

 private:
  const models::Model& model_;
  models::Info info_;
  ops::KvCache cache_;
};

}  // namespace maru::engine
