// What attention may be told beside causal or not: a window, a bias by distance, another sequence's keys, a cache.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "maru/ops/op_test.h"

namespace maru::ops {
namespace {

struct Setting {
  std::vector<std::int64_t> queries, keys;   // lengths; equal for self-attention
  std::int64_t heads, kv_heads, head;
  bool causal = false, biased = false, crossed = false;
  std::int64_t window = 0;
};

Ragged ragged(const std::vector<std::int64_t>& lengths) {
  Ragged rows;
  for (const std::int64_t n : lengths) rows.add(n);
  return rows;
}

constexpr std::int64_t kBuckets = 8, kFar = 20;

// The buckets of T5 in double: exact up to a quarter or a half of them, then by logarithm.
std::int64_t plain_bucket(std::int64_t distance, bool both) {
  std::int64_t buckets = both ? kBuckets / 2 : kBuckets, first = both && distance > 0 ? buckets : 0;
  const std::int64_t n = both ? std::abs(distance) : std::max<std::int64_t>(-distance, 0), exact = buckets / 2;
  if (n < exact) return first + n;
  return first + std::min<std::int64_t>(buckets - 1, exact + std::int64_t(std::log(double(n) / double(exact)) / std::log(double(kFar) / double(exact)) * double(buckets - exact)));
}

Values plain(const Setting& t, const std::vector<Values>& in, std::vector<Values>* weights = nullptr) {
  const Values &q = in[0], &k = in[1], &v = in[2];
  const Ragged rows = ragged(t.queries), keys = ragged(t.keys);
  Values y(q.size(), 0);
  for (std::size_t sequence = 0; sequence < t.queries.size(); ++sequence) {
    if (weights) weights->push_back(Values(at(t.heads * t.queries[sequence] * t.keys[sequence]), 0));
    for (std::int64_t i = 0; i < t.queries[sequence]; ++i)
      for (std::int64_t h = 0; h < t.heads; ++h) {
        const std::int64_t kv = h / (t.heads / t.kv_heads), row = rows.start[sequence] + i;
        const auto sees = [&](std::int64_t j) { return !t.causal || (j <= i && (t.window == 0 || i - j < t.window)); };
        Values weight(at(t.keys[sequence]), 0);
        double total = 0;
        for (std::int64_t j = 0; j < t.keys[sequence]; ++j) {
          double score = 0;
          for (std::int64_t d = 0; d < t.head; ++d)
            score += q[at((row * t.heads + h) * t.head + d)] * k[at(((keys.start[sequence] + j) * t.kv_heads + kv) * t.head + d)];
          score /= std::sqrt(double(t.head));
          if (t.biased) score += in[3][at(plain_bucket(j - i, !t.causal) * t.heads + h)];
          weight[at(j)] = sees(j) ? std::exp(score) : 0;
          total += weight[at(j)];
        }
        for (std::int64_t j = 0; j < t.keys[sequence]; ++j) {
          if (weights) weights->back()[at((h * t.queries[sequence] + i) * t.keys[sequence] + j)] = weight[at(j)] / total;
          for (std::int64_t d = 0; d < t.head; ++d)
            y[at((row * t.heads + h) * t.head + d)] += weight[at(j)] / total * v[at(((keys.start[sequence] + j) * t.kv_heads + kv) * t.head + d)];
        }
      }
  }
  return y;
}

Attend attend_of(const Setting& t, const Tensors& in) {
  Attend attend{.causal = t.causal, .window = t.window};
  if (t.biased) attend.bias = relative_bias(in[3], *std::ranges::max_element(t.keys), {.bidirectional = !t.causal, .max_distance = kFar});
  return attend;
}

Op op_of(const Setting& t) {
  const Ragged rows = ragged(t.queries), keys = ragged(t.keys);
  Op op{.name = fmt::format("attention causal {} window {} bias {} to another {}", t.causal, t.window, t.biased, t.crossed),
        .inputs = {{rows.rows(), t.heads, t.head}, {keys.rows(), t.kv_heads, t.head}, {keys.rows(), t.kv_heads, t.head}},
        .value = [=](const Tensors& in) {
          const Attend attend = attend_of(t, in);
          return t.crossed ? cross_attention(in[0], in[1], in[2], rows, keys, attend) : attention(in[0], in[1], in[2], rows, attend);
        },
        .plain = [=](const std::vector<Values>& in) { return plain(t, in); }};
  if (t.biased) op.inputs.push_back({kBuckets, t.heads});
  return op;
}

const std::vector<Setting> kSettings{
    {{5, 1, 19}, {5, 1, 19}, 4, 2, 6, true, false, false, 3},  {{40}, {40}, 2, 1, 16, true, false, false, 17},
    {{7, 33}, {7, 33}, 3, 3, 5, false, true},                   {{7, 33}, {7, 33}, 3, 3, 5, true, true},
    {{3, 1, 18}, {6, 21, 2}, 4, 2, 8, false, false, true},
};

}  // namespace

TEST_CASE("windows, biases by distance and other sequences' keys: values and derivatives") {
  for (const Setting& t : kSettings) {
    check_value(op_of(t));
    check_derivatives(op_of(t));
  }
}

TEST_CASE("the weights of attention are what a plain loop gives, and add up to one") {
  for (const Setting& t : kSettings) {
    const Op op = op_of(t);
    CAPTURE(op.name);
    const Tensors in = random_inputs(op, 3);
    std::vector<Values> inputs, expected;
    for (const Tensor& x : in) inputs.push_back(doubles(x));
    plain(t, inputs, &expected);
    const std::vector<Tensor> got = attention_weights(in[0], in[1], ragged(t.queries), ragged(t.keys), attend_of(t, in));
    REQUIRE(got.size() == expected.size());
    for (std::size_t s = 0; s < got.size(); ++s)
      for (std::size_t i = 0; i < expected[s].size(); ++i) CHECK(double(got[s].data()[i]) == doctest::Approx(expected[s][i]).epsilon(1e-4));
  }
}

TEST_CASE("a cache gives bit by bit what the whole sequence gives, with a window and with a bias") {
  for (const Setting& t : {Setting{{23}, {23}, 4, 2, 8, true, false, false, 5}, Setting{{23}, {23}, 4, 2, 8, true, true}}) {
    const Op op = op_of(t);
    CAPTURE(op.name);
    const Tensors in = random_inputs(op, 4);
    const Tensor whole = op.value(in);
    KvCache cache(1, t.kv_heads, t.head);
    KvCache* const caches[] = {&cache};
    for (std::int64_t done = 0; done < 23;) {
      const std::int64_t n = std::min<std::int64_t>(23 - done, done == 0 ? 9 : 1);
      const Tensor part = attention(in[0].rows(done, done + n), in[1].rows(done, done + n), in[2].rows(done, done + n), ragged({n}), attend_of(t, in), caches);
      cache.advance(n);
      for (std::int64_t i = 0; i < part.size(); ++i) REQUIRE(part.data()[i] == whole.data()[done * t.heads * t.head + i]);
      done += n;
    }
  }
}

TEST_CASE("another sequence's keys are written once and read again from the cache") {
  const Setting t{{3, 2}, {6, 21}, 4, 2, 8, false, false, true};
  const Tensors in = random_inputs(op_of(t), 6);
  const Tensor expected = op_of(t).value(in);
  KvCache a(1, 2, 8), b(1, 2, 8);
  KvCache* const caches[] = {&a, &b};
  const Attend attend{.causal = false};
  const Tensor first = cross_attention(in[0], in[1], in[2], ragged(t.queries), ragged(t.keys), attend, caches);
  a.advance(6);
  b.advance(21);
  const Tensor again = cross_attention(in[0], {}, {}, ragged(t.queries), ragged(t.keys), attend, caches);
  for (std::int64_t i = 0; i < expected.size(); ++i) {
    REQUIRE(first.data()[i] == expected.data()[i]);
    REQUIRE(again.data()[i] == expected.data()[i]);
  }
  CHECK_THROWS_WITH_AS(cross_attention(in[0], {}, {}, ragged(t.queries), ragged({6, 21, 1}), attend, caches),
                       "attention: 2 sequences ask, 3 are asked", Error);
}

TEST_CASE("two continuations of one cache share its past and keep apart") {
  const Setting t{{21}, {21}, 4, 2, 8, true};
  const Tensors in = random_inputs(op_of(t), 8), other = random_inputs(op_of(t), 9);
  const auto step = [&](const Tensors& from, std::int64_t begin, std::int64_t end, KvCache& cache) {
    KvCache* const caches[] = {&cache};
    const Tensor y = attention(from[0].rows(begin, end), from[1].rows(begin, end), from[2].rows(begin, end), ragged({end - begin}), {},
                               caches);
    cache.advance(end - begin);
    return y;
  };
  KvCache first(1, 2, 8);
  step(in, 0, 18, first);
  KvCache second = first.fork();
  const Tensor a = step(in, 18, 21, first);
  step(other, 18, 21, second);
  const Tensor whole = op_of(t).value(in);
  for (std::int64_t i = 0; i < a.size(); ++i) REQUIRE(a.data()[i] == whole.data()[18 * t.heads * t.head + i]);
  KvCache alone(1, 2, 8);
  step(in, 0, 18, alone);
  const Tensor expected = step(other, 18, 21, alone);
  second.truncate(18);
  const Tensor b = step(other, 18, 21, second);
  for (std::int64_t i = 0; i < b.size(); ++i) REQUIRE(b.data()[i] == expected.data()[i]);
}

}  // namespace maru::ops
