// Attention over ragged sequences, with or without a cache. The fast kernel never holds the whole matrix of weights.
#include <algorithm>
#include <cmath>

#include "maru/base/pool.h"
#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

struct Sizes {
  std::int64_t heads, kv_heads, head, group;
  float scale;
};

constexpr int kRows = 4;  // query rows that one call of the kernel takes

// Rows [begin, begin + count) of the queries of one key-value head, counted over tokens and the heads that share it.
void attend_tile(const Tensor& q, Tensor& out, const KvCache& cache, const Sizes& s, const Attend& attend, std::int64_t first_row,
                 std::int64_t past, std::int64_t tokens, std::int64_t kv_head, std::int64_t begin, int count) {
  const float* queries[kRows];
  float* outs[kRows];
  std::int64_t from[kRows], to[kRows];
  for (int r = 0; r < count; ++r) {
    const std::int64_t token = (begin + r) / s.group, head = kv_head * s.group + (begin + r) % s.group;
    queries[r] = q.data() + ((first_row + token) * s.heads + head) * s.head;
    outs[r] = out.data() + ((first_row + token) * s.heads + head) * s.head;
    from[r] = 0;
    to[r] = attend.causal ? past + token + 1 : past + tokens;
  }
  thread_local std::vector<float> scores;
  const std::int64_t stride = (past + tokens + 31) / 32 * 32;
  if (std::int64_t(scores.size()) < kRows * stride) scores.resize(std::size_t(kRows * stride));
  kernels::table().attention({.q = queries, .out = outs, .begin = from, .end = to, .rows = count, .pages = cache.pages(attend.layer),
                              .k_offset = cache.k_offset(kv_head), .v_offset = cache.v_offset(kv_head), .head = s.head, .scale = s.scale,
                              .scores = scores.data(), .scores_stride = stride});
}

// The plain derivative: softmax is computed again, row by row.
void derivative(const Tensor& q, const Tensor& k, const Tensor& v, const Ragged& rows, const Attend& attend, const Sizes& s, const Tensor& dy,
                Tensor& dq, Tensor& dk, Tensor& dv) {
  std::vector<float> p, dp;
  for (std::int64_t sequence = 0; sequence < rows.sequences(); ++sequence)
    for (std::int64_t i = rows.start[std::size_t(sequence)]; i < rows.start[std::size_t(sequence) + 1]; ++i)
      for (std::int64_t h = 0; h < s.heads; ++h) {
        const std::int64_t first = rows.start[std::size_t(sequence)], last = attend.causal ? i + 1 : rows.start[std::size_t(sequence) + 1];
        const auto at = [&](const Tensor& t, std::int64_t row) { return t.data() + (row * s.kv_heads + h / s.group) * s.head; };
        const float *qi = q.data() + (i * s.heads + h) * s.head, *dyi = dy.data() + (i * s.heads + h) * s.head;
        float* dqi = dq.data() + (i * s.heads + h) * s.head;
        p.assign(std::size_t(last - first), 0);
        dp.assign(p.size(), 0);
        for (std::int64_t j = first; j < last; ++j)
          for (std::int64_t d = 0; d < s.head; ++d) p[std::size_t(j - first)] += qi[d] * at(k, j)[d] * s.scale;
        kernels::table().softmax(p.data(), last - first);
        float inner = 0;
        for (std::int64_t j = first; j < last; ++j) {
          for (std::int64_t d = 0; d < s.head; ++d) {
            dp[std::size_t(j - first)] += dyi[d] * at(v, j)[d];
            at(dv, j)[d] += p[std::size_t(j - first)] * dyi[d];
          }
          inner += p[std::size_t(j - first)] * dp[std::size_t(j - first)];
        }
        for (std::int64_t j = first; j < last; ++j) {
          const float ds = p[std::size_t(j - first)] * (dp[std::size_t(j - first)] - inner) * s.scale;
          for (std::int64_t d = 0; d < s.head; ++d) {
            dqi[d] += ds * at(k, j)[d];
            at(dk, j)[d] += ds * qi[d];
          }
        }
      }
}

}  // namespace

Tensor attention(const Tensor& q_in, const Tensor& k_in, const Tensor& v_in, const Ragged& rows, const Attend& attend, std::span<KvCache* const> caches) {
  const Tensor q = tap({"attention.q", attend.layer}, q_in);
  const Tensor k = tap({"attention.k", attend.layer}, k_in);
  const Tensor v = tap({"attention.v", attend.layer}, v_in);
  check(q.shape().rank() == 3 && k.shape() == v.shape() && k.dim(0) == q.dim(0) && k.dim(2) == q.dim(2) && q.dim(1) % k.dim(1) == 0,
        "attention: q {}, k {}, v {} do not fit", q.shape().text(), k.shape().text(), v.shape().text());
  check(rows.rows() == q.dim(0), "attention: {} rows, but the sequences have {}", q.dim(0), rows.rows());
  check(caches.empty() || std::int64_t(caches.size()) == rows.sequences(), "attention: {} caches for {} sequences", caches.size(), rows.sequences());
  const Sizes s{q.dim(1), k.dim(1), q.dim(2), q.dim(1) / k.dim(1), attend.scale > 0 ? attend.scale : 1 / std::sqrt(float(q.dim(2)))};
  Tensor out(q.shape());
  Tape* const tape = Tape::recording(q, k, v);
  check(!tape || caches.empty(), "attention: a cache cannot be trained through");

  struct Task {
    std::int64_t sequence, kv_head, begin, end;
  };
  std::vector<Task> tasks;
  std::vector<KvCache> own;   // one page set a sequence, where the caller keeps none
  own.reserve(std::size_t(caches.empty() ? rows.sequences() : 0));
  for (std::int64_t i = 0; i < rows.sequences(); ++i) {
    const std::int64_t first = rows.start[std::size_t(i)], tokens = rows.start[std::size_t(i) + 1] - first;
    if (caches.empty()) own.emplace_back(attend.layer + 1, s.kv_heads, s.head);
    const std::int64_t queries = tokens * s.group, step = queries <= 4 * kRows ? queries : std::int64_t(8 * kRows);
    for (std::int64_t h = 0; h < s.kv_heads; ++h)
      for (std::int64_t begin = 0; begin < queries; begin += step) tasks.push_back({i, h, begin, std::min(queries, begin + step)});
  }
  const auto cache = [&](std::int64_t i) -> KvCache& { return caches.empty() ? own[std::size_t(i)] : *caches[std::size_t(i)]; };
  const auto write = [&](std::int64_t i) {
    const std::int64_t first = rows.start[std::size_t(i)], tokens = rows.start[std::size_t(i) + 1] - first;
    cache(i).write(attend.layer, k.data() + first * s.kv_heads * s.head, v.data() + first * s.kv_heads * s.head, tokens);
  };
  if (rows.rows() < 8) for (std::int64_t i = 0; i < rows.sequences(); ++i) write(i);
  else parallel(rows.sequences(), write);
  const auto run = [&](std::int64_t piece) {
    const Task& t = tasks[std::size_t(piece)];
    const std::int64_t first = rows.start[std::size_t(t.sequence)], tokens = rows.start[std::size_t(t.sequence) + 1] - first;
    for (std::int64_t begin = t.begin; begin < t.end; begin += kRows)
      attend_tile(q, out, cache(t.sequence), s, attend, first, cache(t.sequence).length(), tokens, t.kv_head, begin, int(std::min<std::int64_t>(kRows, t.end - begin)));
  };
  std::int64_t keys = 0;
  for (std::int64_t i = 0; i < rows.sequences(); ++i) keys = std::max(keys, cache(i).length());
  if (rows.rows() * s.heads * (keys + rows.rows() / std::max<std::int64_t>(1, rows.sequences())) < 2048)
    for (std::size_t i = 0; i < tasks.size(); ++i) run(std::int64_t(i));
  else
    parallel(std::int64_t(tasks.size()), run);
  if (tape)
    tape->record(out, [=](const Tensor& dy, Grads& grads) {
      Tensor dq = Tensor::zeros(q.shape()), dk = Tensor::zeros(k.shape()), dv = Tensor::zeros(v.shape());
      derivative(q, k, v, rows, attend, s, dy, dq, dk, dv);
      grads.add(q, dq);
      grads.add(k, dk);
      grads.add(v, dv);
    });
  return tap({"attention.out", attend.layer}, out);
}

}  // namespace maru::ops
