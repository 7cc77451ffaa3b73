// Every operation: its value against a plain loop in double, on every instruction set; its derivative against finite differences.
#include "maru/ops/ops.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "maru/base/pool.h"
#include "maru/ops/op_test.h"
#include "tests/scratch.h"

namespace maru::ops {
namespace {

// ---- plain loops

Values product(const Values& x, const Values& w, const Values* bias, std::int64_t rows, std::int64_t n, std::int64_t k) {
  Values y(at(rows * n));
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t o = 0; o < n; ++o) {
      double sum = bias ? (*bias)[at(o)] : 0;
      for (std::int64_t i = 0; i < k; ++i) sum += x[at(r * k + i)] * w[at(o * k + i)];
      y[at(r * n + o)] = sum;
    }
  return y;
}

Values turned(const Values& x, std::span<const std::int32_t> positions, const Rope& how, std::int64_t heads, std::int64_t head) {
  Values y(x.size());
  for (std::size_t r = 0; r < positions.size(); ++r)
    for (std::int64_t h = 0; h < heads; ++h)
      for (std::int64_t i = 0; i < head / 2; ++i) {
        const double angle = positions[r] * std::pow(double(how.theta), -2.0 * double(i) / double(head)) / (how.factors ? double(how.factors.data()[i]) : 1.0);
        const std::size_t base = r * at(heads * head) + at(h * head);
        const std::size_t a = base + at(how.interleaved ? 2 * i : i), b = base + at(how.interleaved ? 2 * i + 1 : i + head / 2);
        y[a] = x[a] * std::cos(angle) - x[b] * std::sin(angle);
        y[b] = x[a] * std::sin(angle) + x[b] * std::cos(angle);
      }
  return y;
}

struct Heads {
  std::int64_t heads, kv_heads, head;
};

Values attended(const std::vector<Values>& in, const Ragged& rows, const Heads& s, bool causal, double scale) {
  const Values &q = in[0], &k = in[1], &v = in[2];
  Values y(q.size(), 0);
  for (std::int64_t sequence = 0; sequence < rows.sequences(); ++sequence) {
    const std::int64_t first = rows.start[at(sequence)], end = rows.start[at(sequence) + 1];
    for (std::int64_t i = first; i < end; ++i)
      for (std::int64_t h = 0; h < s.heads; ++h) {
        const std::int64_t kv = h / (s.heads / s.kv_heads), last = causal ? i + 1 : end;
        Values weight;
        double total = 0;
        for (std::int64_t j = first; j < last; ++j) {
          double score = 0;
          for (std::int64_t d = 0; d < s.head; ++d)
            score += q[at((i * s.heads + h) * s.head + d)] * k[at((j * s.kv_heads + kv) * s.head + d)];
          weight.push_back(std::exp(score * scale));
          total += weight.back();
        }
        for (std::int64_t j = first; j < last; ++j)
          for (std::int64_t d = 0; d < s.head; ++d)
            y[at((i * s.heads + h) * s.head + d)] += weight[at(j - first)] / total * v[at((j * s.kv_heads + kv) * s.head + d)];
      }
  }
  return y;
}

Values normed(const Values& x, std::int64_t n, const std::function<void(std::span<const double>, std::span<double>)>& one) {
  Values y(x.size());
  for (std::size_t r = 0; r < x.size(); r += at(n)) one(std::span(x).subspan(r, at(n)), std::span(y).subspan(r, at(n)));
  return y;
}

// ---- the operations

Op linear_op(std::int64_t rows, std::int64_t n, std::int64_t k, bool bias) {
  Op op{.name = fmt::format("linear {}x{} by {}x{}{}", rows, k, n, k, bias ? " with bias" : ""),
        .inputs = {{rows, k}, {n, k}},
        .value = [](const Tensors& in) { return linear(in[0], in[1], in.size() > 2 ? in[2] : Tensor()); },
        .plain = [=](const std::vector<Values>& in) { return product(in[0], in[1], bias ? &in[2] : nullptr, rows, n, k); }};
  if (bias) op.inputs.push_back({n});
  return op;
}

Op rope_op(bool interleaved, bool scaled) {
  const std::vector<std::int32_t> positions{0, 1, 2, 7, 300};
  Rope how{.theta = 1000, .interleaved = interleaved};
  if (scaled) how.factors = Tensor::of({3}, std::vector<float>{1, 2.5f, 8});
  return {.name = fmt::format("rope, pairs {}{}", interleaved ? "side by side" : "half a head apart", scaled ? ", each slowed" : ""),
          .inputs = {{5, 3, 6}},
          .value = [=](const Tensors& in) { return rope(in[0], positions, how); },
          .plain = [=](const std::vector<Values>& in) { return turned(in[0], positions, how, 3, 6); }};
}

Op attention_op(std::vector<std::int64_t> lengths, Heads s, bool causal, float scale) {
  Ragged rows;
  for (const std::int64_t length : lengths) rows.add(length);
  const Attend attend{.causal = causal, .scale = scale};
  return {.name = fmt::format("attention of {} sequences, {} rows, heads {}/{} of {}{}", rows.sequences(), rows.rows(), s.heads, s.kv_heads, s.head,
                              causal ? ", causal" : ""),
          .inputs = {{rows.rows(), s.heads, s.head}, {rows.rows(), s.kv_heads, s.head}, {rows.rows(), s.kv_heads, s.head}},
          .value = [=](const Tensors& in) { return attention(in[0], in[1], in[2], rows, attend); },
          .plain = [=](const std::vector<Values>& in) { return attended(in, rows, s, causal, scale > 0 ? double(scale) : 1 / std::sqrt(double(s.head))); }};
}

Op rms_norm_op(std::int64_t rows, std::int64_t n) {
  return {.name = fmt::format("rms_norm {}x{}", rows, n), .inputs = {{rows, n}, {n}},
          .value = [](const Tensors& in) { return rms_norm(in[0], in[1], 1e-3f); },
          .plain = [=](const std::vector<Values>& in) {
            return normed(in[0], n, [&](std::span<const double> x, std::span<double> y) {
              double square = 0;
              for (const double v : x) square += v * v;
              for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] / std::sqrt(square / double(n) + 1e-3) * in[1][i];
            });
          }};
}

Op layer_norm_op(std::int64_t rows, std::int64_t n) {
  return {.name = fmt::format("layer_norm {}x{}", rows, n), .inputs = {{rows, n}, {n}, {n}},
          .value = [](const Tensors& in) { return layer_norm(in[0], in[1], in[2], 1e-3f); },
          .plain = [=](const std::vector<Values>& in) {
            return normed(in[0], n, [&](std::span<const double> x, std::span<double> y) {
              double mean = 0, variance = 0;
              for (const double v : x) mean += v / double(n);
              for (const double v : x) variance += (v - mean) * (v - mean) / double(n);
              for (std::size_t i = 0; i < x.size(); ++i) y[i] = (x[i] - mean) / std::sqrt(variance + 1e-3) * in[1][i] + in[2][i];
            });
          }};
}

Op normalise_op() {
  return {.name = "normalise", .inputs = {{3, 17}}, .value = [](const Tensors& in) { return normalise(in[0]); },
          .plain = [](const std::vector<Values>& in) {
            return normed(in[0], 17, [](std::span<const double> x, std::span<double> y) {
              double square = 0;
              for (const double v : x) square += v * v;
              for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] / std::sqrt(square);
            });
          }};
}

Op each_op(std::string name, std::int64_t rows, std::int64_t n, int inputs, std::function<Tensor(const Tensors&)> value,
           std::function<double(double, double)> one) {
  return {.name = fmt::format("{} {}x{}", name, rows, n), .inputs = std::vector<Shape>(std::size_t(inputs), Shape{rows, n}), .value = std::move(value),
          .plain = [=](const std::vector<Values>& in) {
            Values y(in[0].size());
            for (std::size_t i = 0; i < y.size(); ++i) y[i] = one(in[0][i], inputs > 1 ? in[1][i] : 0);
            return y;
          }};
}

Op rows_op(std::string name, std::function<Tensor(const Tensors&)> value, std::vector<std::int64_t> picked) {
  return {.name = std::move(name), .inputs = {{7, 19}}, .value = std::move(value), .plain = [=](const std::vector<Values>& in) {
            Values y;
            for (const std::int64_t row : picked) y.insert(y.end(), in[0].begin() + row * 19, in[0].begin() + (row + 1) * 19);
            return y;
          }};
}

Op mean_pool_op() {
  Ragged rows;
  for (const std::int64_t length : {3, 1, 4}) rows.add(length);
  return {.name = "mean_pool", .inputs = {{8, 19}}, .value = [=](const Tensors& in) { return mean_pool(in[0], rows); },
          .plain = [=](const std::vector<Values>& in) {
            Values y(3 * 19, 0);
            for (std::int64_t s = 0; s < 3; ++s)
              for (std::int64_t r = rows.start[at(s)]; r < rows.start[at(s) + 1]; ++r)
                for (std::int64_t i = 0; i < 19; ++i) y[at(s * 19 + i)] += in[0][at(r * 19 + i)] / double(rows.start[at(s) + 1] - rows.start[at(s)]);
            return y;
          }};
}

Op cross_entropy_op() {
  const std::vector<std::int32_t> targets{2, -1, 0, 10};
  return {.name = "cross_entropy", .inputs = {{4, 11}}, .value = [=](const Tensors& in) { return cross_entropy(in[0], targets); },
          .plain = [=](const std::vector<Values>& in) {
            double total = 0;
            for (std::size_t r = 0; r < 4; ++r) {
              if (targets[r] < 0) continue;
              double sum = 0;
              for (std::size_t i = 0; i < 11; ++i) sum += std::exp(in[0][r * 11 + i]);
              total += std::log(sum) - in[0][r * 11 + std::size_t(targets[r])];
            }
            return Values{total / 3};
          }, .spread = 2};
}

const std::vector<float> kTargets{0.5f, std::nanf(""), -1, 2};

Op squared_error_op() {
  return {.name = "mean_squared_error", .inputs = {{4, 1}}, .value = [](const Tensors& in) { return mean_squared_error(in[0], kTargets); },
          .plain = [](const std::vector<Values>& in) {
            double total = 0;
            for (const std::size_t i : {0u, 2u, 3u}) total += std::pow(in[0][i] - double(kTargets[i]), 2);
            return Values{total / 3};
          }};
}

Op binary_cross_entropy_op() {
  static const std::vector<float> targets{1, 0, std::nanf(""), 0.25f};
  return {.name = "binary_cross_entropy", .inputs = {{2, 2}}, .value = [](const Tensors& in) { return binary_cross_entropy(in[0], targets); },
          .plain = [](const std::vector<Values>& in) {
            double total = 0;
            for (const std::size_t i : {0u, 1u, 3u}) {
              const double p = 1 / (1 + std::exp(-in[0][i]));
              total -= double(targets[i]) * std::log(p) + (1 - double(targets[i])) * std::log(1 - p);
            }
            return Values{total / 3};
          }, .spread = 2};
}

std::vector<Op> every_op() {
  std::vector<Op> all{
      each_op("add", 3, 37, 2, [](const Tensors& in) { return add(in[0], in[1]); }, [](double a, double b) { return a + b; }),
      each_op("swiglu", 3, 41, 2, [](const Tensors& in) { return swiglu(in[0], in[1]); }, [](double g, double u) { return g / (1 + std::exp(-g)) * u; }),
      each_op("gelu", 3, 41, 1, [](const Tensors& in) { return activate(in[0], Activation::gelu); },
              [](double x, double) { return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }),
      each_op("gelu by tanh", 3, 41, 1, [](const Tensors& in) { return activate(in[0], Activation::gelu_tanh); },
              [](double x, double) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x))); }),
      each_op("relu", 1, 2, 1, [](const Tensors& in) { return activate(in[0], Activation::relu); }, [](double x, double) { return x > 0 ? x : 0; }),
      each_op("silu", 3, 41, 1, [](const Tensors& in) { return activate(in[0], Activation::silu); }, [](double x, double) { return x / (1 + std::exp(-x)); }),
      each_op("tanh", 3, 41, 1, [](const Tensors& in) { return activate(in[0], Activation::tanh); }, [](double x, double) { return std::tanh(x); }),
      each_op("multiply", 3, 37, 2, [](const Tensors& in) { return multiply(in[0], in[1]); }, [](double a, double b) { return a * b; }),
      each_op("scale", 3, 5, 1, [](const Tensors& in) { return scale(in[0], -2.5f); }, [](double x, double) { return -2.5 * x; }),
      each_op("reshape between two operations", 4, 6, 2,
              [](const Tensors& in) { return add(add(in[0], in[1]).reshape({2, 12}), in[1].reshape({2, 12})); }, [](double a, double b) { return a + 2 * b; }),
      rope_op(false, false), rope_op(true, false), rope_op(false, true), rope_op(true, true),
      rows_op("slice", [](const Tensors& in) { return slice(in[0], 2, 5); }, {2, 3, 4}),
      rows_op("gather", [](const Tensors& in) { return gather(in[0], std::vector<std::int64_t>{6, 0, 6}); }, {6, 0, 6}),
      rows_op("embed", [](const Tensors& in) { return embed(in[0], std::vector<std::int32_t>{3, 3, 1}); }, {3, 3, 1}),
      {"join", {{3, 5}, {2, 5}}, [](const Tensors& in) { return join(in[0], in[1]); },
       [](const std::vector<Values>& in) {
         Values y = in[0];
         y.insert(y.end(), in[1].begin(), in[1].end());
         return y;
       }},
      mean_pool_op(), normalise_op(), cross_entropy_op(), squared_error_op(), binary_cross_entropy_op()};
  for (const std::int64_t n : {1, 16, 33}) {
    all.push_back(rms_norm_op(3, n));
    all.push_back(layer_norm_op(3, n == 1 ? 2 : n));
  }
  for (const auto& [rows, n, k] : std::vector<std::array<std::int64_t, 3>>{{1, 1, 1}, {1, 31, 7}, {2, 33, 16}, {5, 65, 3}, {9, 17, 37}})
    for (const bool bias : {false, true}) all.push_back(linear_op(rows, n, k, bias));
  for (const bool causal : {true, false}) {
    all.push_back(attention_op({5}, {1, 1, 1}, causal, 0));
    all.push_back(attention_op({3, 1, 6}, {4, 2, 5}, causal, 0));
    all.push_back(attention_op({17, 2}, {3, 1, 16}, causal, 0.3f));
    all.push_back(attention_op({7}, {2, 2, 18}, causal, 0));
  }
  return all;
}

}  // namespace

TEST_CASE("every operation gives what a plain loop gives, on every instruction set") {
  for (const Op& op : every_op()) check_value(op);
}

TEST_CASE("every derivative is the slope") {
  for (const Op& op : every_op()) check_derivatives(op);
}

TEST_CASE("a tensor that nobody trains costs the tape nothing and gets no gradient") {
  Tensor x = Tensor::of({1, 2}, std::vector<float>{1, 2}), w = Tensor::of({1, 2}, std::vector<float>{3, 4});
  w.set_trainable(true);
  Tape tape;
  const Grads grads = tape.backward(linear(x, w));
  CHECK_FALSE(grads.find(x));
  REQUIRE(grads.find(w));
  CHECK(grads.find(w)->data()[0] == 1);
  CHECK(grads.find(w)->data()[1] == 2);
}

TEST_CASE("a tensor used twice gets the sum of both gradients") {
  Tensor x = Tensor::of({1, 1}, std::vector<float>{3});
  x.set_trainable(true);
  Tape tape;
  const Grads grads = tape.backward(add(linear(x, x), x));  // x² + x
  CHECK(grads.find(x)->data()[0] == doctest::Approx(7));
}

TEST_CASE("packed weights: rows, panels and instruction sets agree, and exact means f32") {
  const IsaScope scope;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const std::string_view name : {"Q4_0", "Q4_1", "Q8_0", "F16", "BF16"}) {
    CAPTURE(name);
    for (const std::int64_t n : {1, 15, 17, 40}) {
      const std::int64_t rows = 9, k = 96;
      Tensor x({rows, k}), w({n, k});
      for (float& v : x.values()) v = normal(random);
      for (float& v : w.values()) v = normal(random);
      const Tensor packed = w.encoded(*quant::find(name)), decoded = packed.decoded();
      const Values expected = product(doubles(x), doubles(decoded), nullptr, rows, n, k);
      Tensor first;
      for (const kernels::Table* table : kernels::tables()) {
        CAPTURE(table->isa);
        kernels::set_isa(table->isa);
        const Tensor copy = Tensor::of(x.shape(), x.values());
        const Tensor fast = linear(copy, packed);
        Tensor exact;
        {
          const PrecisionScope precision(Precision::exact);
          exact = linear(copy, packed);
        }
        double exact_worst = 0, fast_worst = 0, against_first = 0;
        for (std::int64_t i = 0; i < rows * n; ++i) {
          exact_worst = std::max(exact_worst, std::abs(double(exact.data()[i]) - expected[at(i)]));
          fast_worst = std::max(fast_worst, std::abs(double(fast.data()[i]) - expected[at(i)]));
          if (first) against_first = std::max(against_first, std::abs(double(fast.data()[i]) - double(first.data()[i])));
        }
        CHECK(exact_worst < 1e-4);
        // Each activation is off by at most half a step, 1/254 of its sixteen's largest: 0.01 here; 96 of random sign add up to some 0.05.
        CHECK(fast_worst < 0.25);
        CHECK(against_first < 1e-4);
        if (!first) first = fast;
        // One order of summation: a row alone is bit for bit the row in a batch.
        for (std::int64_t r = 0; r < rows; ++r) {
          const Tensor alone = linear(Tensor::of({1, k}, x.values().subspan(at(r * k), at(k))), packed);
          bool same = true;
          for (std::int64_t i = 0; i < n; ++i) same = same && alone.data()[i] == fast.data()[r * n + i];
          CHECK(same);
        }
      }
    }
  }
}

TEST_CASE("every format: exact products and rows of tables are those of the decoded weights, bit for bit for any rows and threads") {
  const IsaScope scope;
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  for (const quant::Format& format : quant::all()) {
    CAPTURE(format.name);
    // More rows of weights than a tile holds, and more work than one piece.
    const std::int64_t rows = 6, n = 150, k = std::max<std::int64_t>(3 * format.block, 96);
    Tensor x({rows, k});
    for (float& v : x.values()) v = normal(random);
    std::vector<std::byte> bytes(std::size_t(n * k / format.block) * format.bytes);
    if (format.encode) {
      std::vector<float> w(at(n * k));
      for (float& v : w) v = normal(random);
      format.encode(w, bytes.data());
    } else {
      for (std::byte& b : bytes) b = std::byte(random() & 0x3b);  // small halves wherever they stand
    }
    const Tensor packed = Tensor::view({n, k}, &format, bytes, nullptr), decoded = packed.decoded();
    const Values expected = product(doubles(x), doubles(decoded), nullptr, rows, n, k);
    for (const kernels::Table* table : kernels::tables()) {
      CAPTURE(table->isa);
      kernels::set_isa(table->isa);
      const PrecisionScope precision(Precision::exact);
      const Tensor all = linear(x, packed);
      double worst = 0;
      for (std::int64_t i = 0; i < rows * n; ++i) worst = std::max(worst,
          std::abs(double(all.data()[i]) - expected[at(i)]) / (1 + std::abs(expected[at(i)])));
      CHECK(worst < 1e-4);
      for (const int threads : {1, 2, 5}) {
        const int before = thread_count();
        set_thread_count(threads);
        for (std::int64_t r = 0; r < rows; ++r) {
          const Tensor alone = linear(Tensor::of({1, k}, x.values().subspan(at(r * k), at(k))), packed);
          CHECK(std::equal(alone.values().begin(), alone.values().end(), all.values().begin() + r * n));
        }
        set_thread_count(before);
      }
    }
    const std::int32_t ids[] = {149, 0, 77};
    const Tensor found = embed(packed, ids);
    for (std::int64_t i = 0; i < 3; ++i)
      CHECK(std::equal(found.values().begin() + i * k, found.values().begin() + (i + 1) * k, decoded.values().begin() + ids[i] * k));
  }
}

TEST_CASE("attention with a cache is attention without, however it is cut") {
  const Heads s{4, 2, 18};
  const std::int64_t n = 41;
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  Tensor q({n, s.heads, s.head}), k({n, s.kv_heads, s.head}), v({n, s.kv_heads, s.head});
  for (Tensor* t : {&q, &k, &v})
    for (float& x : t->values()) x = normal(random);
  Ragged whole;
  whole.add(n);
  const Tensor expected = attention(q, k, v, whole, {});
  for (const std::int64_t step : {1, 3, 16, 40}) {
    KvCache cache(1, s.kv_heads, s.head);
    bool same = true;
    for (std::int64_t begin = 0; begin < n; begin += step) {
      const std::int64_t end = std::min(n, begin + step);
      Ragged part;
      part.add(end - begin);
      KvCache* const caches[] = {&cache};
      const Tensor y = attention(q.rows(begin, end), k.rows(begin, end), v.rows(begin, end), part, {}, caches);
      cache.advance(end - begin);
      for (std::int64_t i = 0; i < y.size(); ++i) same = same && y.data()[i] == expected.data()[begin * s.heads * s.head + i];
    }
    CHECK(same);
    CHECK(cache.length() == n);
  }
}

TEST_CASE("positions and kinds of rotation that take turns do not mix") {
  const Op op{.name = "rope", .inputs = {{3, 2, 8}}, .value = {}, .plain = {}};
  const Tensor x = random_inputs(op, 1)[0], factors = Tensor::of({4}, std::vector<float>{1, 2, 3, 4});
  const std::vector<std::int32_t> near{0, 1, 2}, far{5, 900, 7};
  const auto turns = [&] {
    std::vector<Values> all;
    for (const Rope& kind : {Rope{}, Rope{.theta = 500}, Rope{.factors = factors}})
      for (const auto& positions : {near, far}) all.push_back(doubles(rope(x, positions, kind)));
    return all;
  };
  const std::vector<Values> first = turns();
  CHECK(turns() == first);
  for (std::size_t i = 1; i < first.size(); ++i) CHECK(first[i] != first[0]);
  const Tensor x_longer = random_inputs({.name = "rope", .inputs = {{1, 2, 16}}, .value = {}, .plain = {}}, 1)[0];
  rope(x_longer, std::vector<std::int32_t>{900}, {});
  CHECK(doubles(rope(x, far, {})) == first[1]);
}

TEST_CASE("a row that is not to be learned gets no derivative from being read") {
  Tensor table = Tensor::zeros({4, 2});
  table.set_trainable(true);
  Tape tape;
  const Tensor y = embed(table, std::vector<std::int32_t>{3, 1, 3}, 3);
  const Grads grads = tape.backward(linear(y.reshape({1, 6}), Tensor::of({1, 6}, std::vector<float>{1, 2, 3, 4, 5, 6})));
  CHECK(doubles(*grads.find(table)) == Values{0, 0, 3, 4, 0, 0, 0, 0});
}

TEST_CASE("shapes that do not fit are refused in words") {
  const Tensor a = Tensor::zeros({2, 3}), b = Tensor::zeros({3, 2}), heads = Tensor::zeros({2, 3, 4});
  Ragged rows;
  rows.add(1);
  const auto says = [](auto act, std::string_view word) { return testing::error_of(act).contains(word); };
  CHECK(says([&] { add(a, b); }, "[2, 3]"));
  CHECK(says([&] { linear(a, b); }, "linear"));
  CHECK(says([&] { linear(a, Tensor::zeros({5, 3}), Tensor::zeros({4})); }, "bias"));
  CHECK(says([&] { rms_norm(a, Tensor::zeros({2}), 1e-5f); }, "rms_norm"));
  CHECK(says([&] { layer_norm(a, Tensor::zeros({3}), Tensor::zeros({2}), 1e-5f); }, "layer_norm"));
  CHECK(says([&] { rope(heads, std::vector<std::int32_t>{0}, {}); }, "rope"));
  CHECK(says([&] { rope(Tensor::zeros({1, 1, 3}), std::vector<std::int32_t>{0}, {}); }, "rope"));
  CHECK(says([&] { rope(Tensor::zeros({1, 1, 4}), std::vector<std::int32_t>{0}, {.factors = Tensor::zeros({3})}); }, "3 factors for the 2 pairs"));
  CHECK(says([&] { attention(heads, heads, heads, rows, {}); }, "attention"));
  CHECK(says([&] { swiglu(a, b); }, "swiglu"));
  CHECK(says([&] { slice(a, 1, 3); }, "rows [1, 3)"));
  CHECK(says([&] { gather(a, std::vector<std::int64_t>{2}); }, "gather"));
  CHECK(says([&] { embed(a, std::vector<std::int32_t>{-1}); }, "embed"));
  CHECK(says([&] { join(a, b); }, "join"));
  CHECK(says([&] { mean_pool(a, rows); }, "mean_pool"));
  CHECK(says([&] { cross_entropy(a, std::vector<std::int32_t>{0, 3}); }, "cross_entropy"));
}

}  // namespace maru::ops
