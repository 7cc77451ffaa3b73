// Learned biases by distance between query and key (Raffel et al. 2020, T5, section 2.1): near distances have a bucket each, far ones
// share buckets that grow logarithmically.
#include <algorithm>
#include <cmath>

#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

// In f32, as the reference computes it: at a border the rounding decides the bucket.
std::int64_t bucket_of(std::int64_t distance, std::int64_t buckets, const RelativeBuckets& how) {
  std::int64_t first = 0;
  if (how.bidirectional) {
    buckets /= 2;
    if (distance > 0) first = buckets;
    distance = std::abs(distance);
  } else {
    distance = std::max<std::int64_t>(-distance, 0);
  }
  const std::int64_t exact = buckets / 2;
  if (distance < exact) return first + distance;
  const float far = std::log(float(distance) / float(exact)) / float(std::log(double(how.max_distance) / double(exact))) * float(buckets - exact);
  return first + std::min(exact + std::int64_t(far), buckets - 1);
}

}  // namespace

Bias relative_bias(const Tensor& table, std::int64_t positions, const RelativeBuckets& how) {
  check(table.shape().rank() == 2 && table.dim(0) >= 4, "relative_bias: expected a table [4 or more buckets, heads], got {}", table.shape().text());
  const std::int64_t buckets = table.dim(0), heads = table.dim(1), zero = std::max<std::int64_t>(positions - 1, 0);
  std::vector<std::int64_t> bucket(std::size_t(2 * zero + 1));
  for (std::int64_t d = -zero; d <= zero; ++d) bucket[std::size_t(d + zero)] = bucket_of(d, buckets, how);
  // The kernel reads whole pages of keys, so a row goes on behind its last distance.
  Tensor y = Tensor::zeros({heads, std::int64_t(bucket.size()) + 2 * kernels::kPage});
  const Tensor values = table.decoded();
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::size_t d = 0; d < bucket.size(); ++d) y.data()[h * y.dim(1) + std::int64_t(d)] = values.data()[bucket[d] * heads + h];
  if (Tape* tape = Tape::recording(table))
    tape->record(y, [=, width = y.dim(1)](const Tensor& dy, Grads& grads) {
      Tensor dt = Tensor::zeros(table.shape());
      for (std::int64_t h = 0; h < heads; ++h)
        for (std::size_t d = 0; d < bucket.size(); ++d) dt.data()[bucket[d] * heads + h] += dy.data()[h * width + std::int64_t(d)];
      grads.add(table, dt);
    });
  return {y, zero};
}

}  // namespace maru::ops
