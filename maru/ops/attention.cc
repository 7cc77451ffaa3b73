// Attention over ragged sequences, with or without a cache, to a sequence itself or to another. The fast kernel never holds the whole
// matrix of weights; the derivative computes it again, row by row.
#include <algorithm>
#include <cmath>
#include <limits>

#include "maru/base/pool.h"
#include "maru/ops/attention_cut.h"
#include "maru/ops/ops.h"

namespace maru::ops {
namespace {

struct Sizes {
  std::int64_t heads, kv_heads, head, group;
  float scale;
};

// One sequence: its queries in the batch, and the keys they may see.
struct Span {
  std::int64_t first_query, queries;   // rows of q
  std::int64_t first_key, fresh;       // rows of k
  std::int64_t past;                   // keys that the cache holds before them; a query's position counts them
  Ragged::Part seen;                   // of the keys, those that are no padding
};

struct Range {
  std::int64_t begin, end;
};

// The keys that query number `query` of a sequence sees.
Range seen(const Attend& attend, const Span& span, std::int64_t query) {
  if (!attend.causal) return {span.seen.begin, span.seen.end};
  const std::int64_t here = span.past + query, end = std::min(here + 1 + attend.ahead, span.seen.end);
  const std::int64_t begin = std::max(span.seen.begin, attend.window > 0 ? here + 1 - attend.window : 0);
  // Padding before the text has nothing to look at but itself.
  return begin < end ? Range{begin, end} : Range{here, here + 1};
}

// The bias for key 0 of a query of this head: the next keys' lie behind it.
const float* bias_row(const Attend& attend, std::int64_t head, std::int64_t position) {
  return attend.bias.values.data() + head * attend.bias.values.dim(1) + attend.bias.zero - position;
}

std::int64_t scores_stride(const Span& span) { return (span.past + span.fresh + 31) / 32 * 32; }

// `scores`: kRows * scores_stride() floats.
void attend_tile(const Tensor& q, Tensor& out, const KvCache& cache, const Sizes& s, const Attend& attend, const Span& span, const Tile& tile,
                 float* scores, const Share& share) {
  const float* queries[kRows];
  const float* bias[kRows];
  float* outs[kRows];
  std::int64_t from[kRows], to[kRows];
  for (int r = 0; r < int(tile.count); ++r) {
    const std::int64_t token = (tile.begin + r) / s.group, head = tile.kv_head * s.group + (tile.begin + r) % s.group;
    const std::int64_t at = ((span.first_query + token) * s.heads + head) * s.head;
    queries[r] = q.data() + at;
    outs[r] = out.data() + at;
    const Range range = seen(attend, span, token);
    from[r] = range.begin;
    to[r] = range.end;
    if (attend.bias.values) bias[r] = bias_row(attend, head, span.past + token);
  }
  kernels::table().attention({.q = queries, .out = outs, .begin = from, .end = to, .rows = int(tile.count), .type = cache.type(),
                              .pages = cache.pages(attend.layer), .k_offset = cache.k_offset(tile.kv_head), .v_offset = cache.v_offset(tile.kv_head),
                              .head = s.head, .scale = s.scale, .bias = attend.bias.values ? bias : nullptr, .scores = scores,
                              .scores_stride = scores_stride(span), .part = share.part, .first = share.first, .last = share.last});
}

// q kᵀ scale + bias of one query and head, for the keys it sees, of a sequence without a cache.
void score(const Tensor& q, const Tensor& k, const Sizes& s, const Attend& attend, const Span& span, std::int64_t query, std::int64_t h,
           std::vector<float>& p) {
  const Range range = seen(attend, span, query);
  const float* qi = q.data() + ((span.first_query + query) * s.heads + h) * s.head;
  p.assign(std::size_t(range.end - range.begin), 0);
  for (std::int64_t j = range.begin; j < range.end; ++j) {
    const float* kj = k.data() + ((span.first_key + j) * s.kv_heads + h / s.group) * s.head;
    float sum = 0;
    for (std::int64_t d = 0; d < s.head; ++d) sum += qi[d] * kj[d];
    p[std::size_t(j - range.begin)] = sum * s.scale + (attend.bias.values ? bias_row(attend, h, query)[j] : 0.0f);
  }
}

// The softmax of those.
void weigh(const Tensor& q, const Tensor& k, const Sizes& s, const Attend& attend, const Span& span, std::int64_t query, std::int64_t h,
           std::vector<float>& p) {
  score(q, k, s, attend, span, query, h, p);
  kernels::table().softmax(p.data(), std::int64_t(p.size()));
}

struct Gradients {
  Tensor q, k, v, bias;
};

void derivative(const Tensor& q, const Tensor& k, const Tensor& v, const std::vector<Span>& spans, const Attend& attend, const Sizes& s,
                const Tensor& dy, Gradients& grads) {
  std::vector<float> p, dp;
  for (const Span& span : spans)
    for (std::int64_t i = 0; i < span.queries; ++i)
      for (std::int64_t h = 0; h < s.heads; ++h) {
        const Range range = seen(attend, span, i);
        const auto at = [&](const Tensor& t, std::int64_t key) { return t.data() + ((span.first_key + key) * s.kv_heads + h / s.group) * s.head; };
        const std::int64_t row = ((span.first_query + i) * s.heads + h) * s.head;
        const float *qi = q.data() + row, *dyi = dy.data() + row;
        float* dqi = grads.q.data() + row;
        weigh(q, k, s, attend, span, i, h, p);
        dp.assign(p.size(), 0);
        float inner = 0;
        for (std::int64_t j = range.begin; j < range.end; ++j) {
          const std::size_t n = std::size_t(j - range.begin);
          for (std::int64_t d = 0; d < s.head; ++d) {
            dp[n] += dyi[d] * at(v, j)[d];
            at(grads.v, j)[d] += p[n] * dyi[d];
          }
          inner += p[n] * dp[n];
        }
        for (std::int64_t j = range.begin; j < range.end; ++j) {
          const std::size_t n = std::size_t(j - range.begin);
          const float ds = p[n] * (dp[n] - inner);
          if (grads.bias) grads.bias.data()[h * grads.bias.dim(1) + attend.bias.zero - i + j] += ds;
          for (std::int64_t d = 0; d < s.head; ++d) {
            dqi[d] += ds * s.scale * at(k, j)[d];
            at(grads.k, j)[d] += ds * s.scale * qi[d];
          }
        }
      }
}

Sizes sizes_of(const Tensor& q, std::int64_t kv_heads, const Attend& attend) {
  check(q.shape().rank() == 3 && kv_heads > 0 && q.dim(1) % kv_heads == 0, "attention: q {} and {} key-value heads do not fit", q.shape().text(), kv_heads);
  return {q.dim(1), kv_heads, q.dim(2), q.dim(1) / kv_heads, attend.scale > 0 ? attend.scale : 1 / std::sqrt(float(q.dim(2)))};
}

std::vector<Span> spans_of(const Tensor& q, const Ragged& rows, const Ragged& keys, std::int64_t fresh_rows, std::span<KvCache* const> caches) {
  check(rows.rows() == q.dim(0), "attention: {} rows, but the sequences have {}", q.dim(0), rows.rows());
  check(keys.sequences() == rows.sequences(), "attention: {} sequences ask, {} are asked", rows.sequences(), keys.sequences());
  check(caches.empty() || std::int64_t(caches.size()) == rows.sequences(), "attention: {} caches for {} sequences", caches.size(), rows.sequences());
  check(fresh_rows == 0 || fresh_rows == keys.rows(), "attention: {} keys, but the sequences have {}", fresh_rows, keys.rows());
  check(keys.seen.empty() || (std::int64_t(keys.seen.size()) == keys.sequences() && caches.empty()),
        "attention: {} sequences say which of their {} have padding, and {} have a cache", keys.seen.size(), keys.sequences(), caches.size());
  std::vector<Span> spans;
  for (std::size_t i = 0; i + 1 < rows.start.size(); ++i) {
    const std::int64_t past = caches.empty() ? 0 : caches[i]->length(), fresh = fresh_rows ? keys.start[i + 1] - keys.start[i] : 0;
    const Ragged::Part seen = keys.seen.empty() ? Ragged::Part{0, past + fresh} : keys.seen[i];
    check(seen.begin >= 0 && seen.end <= past + fresh && (keys.seen.empty() || seen.begin < seen.end), "attention: rows {} to {} of {} are seen", seen.begin,
          seen.end, past + fresh);
    spans.push_back({rows.start[i], rows.start[i + 1] - rows.start[i], fresh_rows ? keys.start[i] : 0, fresh, past, seen});
  }
  return spans;
}

void show_matrices(Probe& probe, const Tensor& q, const Tensor& k, const Ragged& rows, const Ragged& keys, const Attend& attend,
                   std::span<KvCache* const> caches) {
  const auto show = [&](std::string_view what, auto matrices) {
    const std::string name = fmt::format("{}.{}", attend.name, what);
    if (!probe.wants({name, attend.layer})) return;
    check(k && std::ranges::all_of(caches, [](const KvCache* cache) { return cache->length() == 0; }),
          "{}: {} are shown for a whole text at once, not behind a cache", name, what);
    const std::vector<Tensor> all = matrices(q, k, rows, keys, attend);
    for (std::size_t s = 0; s < all.size(); ++s) probe.see({name, attend.layer, int(s)}, all[s]);
  };
  show("scores", attention_scores);
  show("weights", attention_weights);
}

Attend with_flaw(Attend attend, Probe::Flaw flaw) {
  if (flaw.undivided) attend.scale = 1;
  if (attend.causal) attend.ahead = flaw.ahead;
  return attend;
}

Tensor attend_over(const Tensor& q_in, const Tensor& k_in, const Tensor& v_in, const Ragged& rows, const Ragged& keys, const Attend& asked,
                   std::span<KvCache* const> caches) {
  const Attend attend = Probe::current() ? with_flaw(asked, Probe::current()->flaw()) : asked;
  const auto tapped = [&](std::string_view what, const Tensor& value) {
    if (!Probe::current()) [[likely]] return value;
    return value ? tap({fmt::format("{}.{}", attend.name, what), attend.layer}, value) : value;
  };
  const Tensor q = tapped("q", q_in), k = tapped("k", k_in), v = tapped("v", v_in);
  check(k ? k.shape().rank() == 3 && k.shape() == v.shape() && k.dim(2) == q.dim(-1) : !caches.empty(), "attention: q {}, k {}, v {} do not fit",
        q.shape().text(), k.shape().text(), v.shape().text());
  const Sizes s = sizes_of(q, k ? k.dim(1) : caches[0]->kv_heads(), attend);
  const std::vector<Span> spans = spans_of(q, rows, keys, k ? k.dim(0) : 0, caches);
  std::int64_t longest = 0;
  for (const Span& span : spans) {
    longest = std::max(longest, span.past + span.fresh);
    check(span.queries == 0 || span.past + span.fresh > 0, "attention: a sequence of {} queries has no keys", span.queries);
  }
  check(!attend.bias.values || (attend.bias.values.dim(0) == s.heads && longest <= attend.bias.zero + 1), "attention: a bias {} for {} heads and {} positions",
        attend.bias.values.shape().text(), s.heads, longest);
  Tensor out(q.shape());
  Tape* const tape = k ? Tape::recording(q, k, v, attend.bias.values) : Tape::recording(q);
  check(!tape || caches.empty(), "attention: a cache cannot be trained through");

  std::vector<Tile> tasks;   // of a few calls of the kernel each
  std::vector<KvCache> own;   // one page set a sequence, where the caller keeps none
  own.reserve(caches.empty() ? spans.size() : 0);
  bool single = true;         // each of one call
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (caches.empty()) own.emplace_back(attend.layer + 1, s.kv_heads, s.head);
    const std::int64_t queries = spans[i].queries * s.group, step = queries <= 4 * kRows ? queries : std::int64_t(8 * kRows);
    single = single && queries <= kRows;
    for (std::int64_t h = 0; h < s.kv_heads; ++h)
      for (std::int64_t begin = 0; begin < queries; begin += step) tasks.push_back({std::int64_t(i), h, begin, std::min(queries - begin, step)});
  }
  const auto cache = [&](std::int64_t i) -> KvCache& { return caches.empty() ? own[std::size_t(i)] : *caches[std::size_t(i)]; };
  const auto write = [&](std::int64_t i) {
    const Span& span = spans[std::size_t(i)];
    const std::int64_t at = span.first_key * s.kv_heads * s.head;
    if (span.fresh > 0) cache(i).write(attend.layer, k.data() + at, v.data() + at, span.fresh);
  };
  if (keys.rows() < 8) for (std::int64_t i = 0; i < rows.sequences(); ++i) write(i);
  else parallel(rows.sequences(), write);
  const auto call = [&](const Tile& tile, float* scores, const Share& share) {
    attend_tile(q, out, cache(tile.sequence), s, attend, spans[std::size_t(tile.sequence)], tile, scores, share);
  };
  const auto run = [&](std::int64_t piece) {
    const Tile& t = tasks[std::size_t(piece)];
    float* const scores = scores_room(kRows * scores_stride(spans[std::size_t(t.sequence)]));
    for (std::int64_t done = 0; done < t.count; done += kRows)
      call({t.sequence, t.kv_head, t.begin + done, std::min<std::int64_t>(kRows, t.count - done)}, scores, {});
  };
  if (rows.rows() * s.heads * longest < 2048)
    for (std::size_t i = 0; i < tasks.size(); ++i) run(std::int64_t(i));
  else if (single && worth_cutting(std::int64_t(tasks.size()), longest))
    attend_cut(tasks, [&](const Tile& tile) { return scores_stride(spans[std::size_t(tile.sequence)]); }, s.head, call);
  else
    parallel(std::int64_t(tasks.size()), run);
  if (tape)
    tape->record(out, [=, bias = attend.bias.values](const Tensor& dy, Grads& grads) {
      Gradients d{Tensor::zeros(q.shape()), Tensor::zeros(k.shape()), Tensor::zeros(v.shape()),
                  bias && bias.trainable() ? Tensor::zeros(bias.shape()) : Tensor()};
      derivative(q, k, v, spans, attend, s, dy, d);
      grads.add(q, d.q);
      grads.add(k, d.k);
      grads.add(v, d.v);
      if (d.bias) grads.add(bias, d.bias);
    });
  if (Probe* const probe = Probe::current()) [[unlikely]] show_matrices(*probe, q, k, rows, keys, attend, caches);
  return tapped("out", out);
}

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Ragged& rows, const Attend& attend, std::span<KvCache* const> caches) {
  check(k.shape().rank() == 3, "attention: k {} of self-attention", k.shape().text());
  return attend_over(q, k, v, rows, rows, attend, caches);
}

Tensor cross_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Ragged& rows, const Ragged& keys, const Attend& attend,
                       std::span<KvCache* const> caches) {
  check(!attend.causal && !attend.bias.values, "cross_attention: neither order nor distance means anything between two sequences");
  return attend_over(q, k, v, rows, keys, attend, caches);
}

namespace {

using OneRow = void(const Tensor&, const Tensor&, const Sizes&, const Attend&, const Span&, std::int64_t, std::int64_t, std::vector<float>&);

// [heads, queries, keys] for each sequence; what a query does not see holds `unseen`.
std::vector<Tensor> matrices(const Tensor& q, const Tensor& k, const Ragged& rows, const Ragged& keys, const Attend& attend, OneRow* row,
                             float unseen) {
  check(k.shape().rank() == 3 && k.dim(2) == q.dim(-1), "attention_weights: q {} and k {} do not fit", q.shape().text(), k.shape().text());
  const Sizes s = sizes_of(q, k.dim(1), attend);
  std::vector<Tensor> all;
  std::vector<float> p;
  for (const Span& span : spans_of(q, rows, keys, k.dim(0), {})) {
    Tensor one({s.heads, span.queries, span.fresh});
    std::ranges::fill(one.values(), unseen);
    for (std::int64_t h = 0; h < s.heads; ++h)
      for (std::int64_t i = 0; i < span.queries; ++i) {
        row(q, k, s, attend, span, i, h, p);
        std::ranges::copy(p, one.data() + (h * span.queries + i) * span.fresh + seen(attend, span, i).begin);
      }
    all.push_back(one);
  }
  return all;
}

}  // namespace

std::vector<Tensor> attention_weights(const Tensor& q, const Tensor& k, const Ragged& rows, const Ragged& keys, const Attend& attend) {
  return matrices(q, k, rows, keys, attend, weigh, 0);
}

std::vector<Tensor> attention_scores(const Tensor& q, const Tensor& k, const Ragged& rows, const Ragged& keys, const Attend& attend) {
  return matrices(q, k, rows, keys, attend, score, -std::numeric_limits<float>::infinity());
}

}  // namespace maru::ops
