// Every kernel on every instruction set this CPU has, against plain loops in double, at sizes with odd tails.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "maru/kernels/half.h"
#include "maru/kernels/kernel_test.h"
#include "tests/scratch.h"

namespace maru::kernels {
namespace {

double gelu_of(double x) { return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }

}  // namespace

TEST_CASE("half precision: every half survives, and floats go to the nearest, ties to even") {
  for (std::uint32_t h = 0; h < 65536; ++h) {
    const float f = half_to_float(std::uint16_t(h));
    if (std::isnan(f)) CHECK(std::isnan(half_to_float(float_to_half(f))));
    else CHECK(float_to_half(f) == h);
  }
  CHECK(half_to_float(0x3c00) == 1);
  CHECK(half_to_float(0x0001) == 0x1p-24f);
  CHECK(half_to_float(0x7bff) == 65504);
  CHECK(float_to_half(1 + 0x1p-11f) == 0x3c00);
  CHECK(float_to_half(1 + 3 * 0x1p-11f) == 0x3c02);
  CHECK(float_to_half(65519) == 0x7bff);
  CHECK(float_to_half(65520) == 0x7c00);
  CHECK(float_to_half(-0x1p-25f) == 0x8000);
  CHECK(float_to_half(std::numeric_limits<float>::infinity()) == 0x7c00);
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    // Between two neighbours the nearer one is taken.
    const std::uint16_t low = std::uint16_t(random() % 0x7bff);
    const float a = half_to_float(low), b = half_to_float(std::uint16_t(low + 1)), x = a + (b - a) * float(random() % 1000) / 1000;
    const std::uint16_t found = float_to_half(x);
    CHECK(std::abs(half_to_float(found) - x) <= std::min(std::abs(a - x), std::abs(b - x)));
  }
}

TEST_CASE("elementwise kernels") {
  on_every_isa([](const Table& table) {
    for (const std::int64_t n : kSizes) {
      CAPTURE(n);
      const Floats a = numbers(n, 1, 3), b = numbers(n, 2);
      Floats y(a.size());
      table.swiglu(a.data(), b.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return a[i] / (1 + std::exp(-double(a[i]))) * b[i]; })) < 2e-6);
      table.gelu(a.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return gelu_of(a[i]); })) < 1e-6);
      table.gelu_tanh(a.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) {
        return 0.5 * double(a[i]) * (1 + std::tanh(0.7978845608028654 * (double(a[i]) + 0.044715 * std::pow(double(a[i]), 3))));
      })) < 1e-6);
      table.relu(a.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return a[i] > 0 ? double(a[i]) : 0; })) == 0);
      table.silu(a.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return a[i] / (1 + std::exp(-double(a[i]))); })) < 1e-6);
      table.tanh(a.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return std::tanh(double(a[i])); })) < 1e-6);
      table.multiply(a.data(), b.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return double(a[i] * b[i]); })) == 0);
      table.add(a.data(), b.data(), y.data(), n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return double(a[i] + b[i]); })) == 0);
      double dot = 0;
      for (std::size_t i = 0; i < a.size(); ++i) dot += double(a[i]) * double(b[i]);
      CHECK(std::abs(double(table.dot(a.data(), b.data(), n)) - dot) < 1e-5 * (1 + std::abs(dot)));
    }
  });
}

TEST_CASE("activations far from zero stay finite") {
  on_every_isa([](const Table& table) {
    const Floats x{-1e30f, -200, -88, -1, 0, 1, 88, 200, 1e30f}, one(x.size(), 1.0f);
    Floats y(x.size());
    table.swiglu(x.data(), one.data(), y.data(), std::int64_t(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == doctest::Approx(x[i] < -80 ? 0 : x[i] / (1 + std::exp(-double(x[i])))).epsilon(1e-5));
    table.gelu(x.data(), y.data(), std::int64_t(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == doctest::Approx(gelu_of(x[i])).epsilon(1e-5));
    table.tanh(x.data(), y.data(), std::int64_t(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(y[i] == doctest::Approx(std::tanh(double(x[i]))).epsilon(1e-5));
  });
}

TEST_CASE("softmax adds up to one, however large the numbers") {
  on_every_isa([](const Table& table) {
    for (const std::int64_t n : kSizes)
      for (const float shift : {0.0f, 1000.0f, -1000.0f}) {
        CAPTURE(n);
        Floats x = numbers(n, 3, 4);
        for (float& v : x) v += shift;
        const double top = *std::max_element(x.begin(), x.end());
        double total = 0;
        for (const float v : x) total += std::exp(double(v) - top);
        const auto expected = each(x.size(), [&](std::size_t i) { return std::exp(double(x[i]) - top) / total; });
        table.softmax(x.data(), n);
        CHECK(worst_of(x, expected) < 1e-6);
      }
  });
}

TEST_CASE("norms row by row, and a row of zeros") {
  on_every_isa([](const Table& table) {
    for (const std::int64_t n : kSizes) {
      CAPTURE(n);
      const std::int64_t rows = 3;
      Floats x = numbers(rows * n, 4);
      std::fill(x.begin(), x.begin() + n, 0.0f);
      const Floats gain = numbers(n, 5), bias = numbers(n, 6);
      Floats y(x.size());
      const auto mean_of = [&](std::size_t row, auto term) {
        double sum = 0;
        for (std::size_t i = 0; i < std::size_t(n); ++i) sum += term(double(x[row * std::size_t(n) + i]));
        return sum / double(n);
      };
      table.rms_norm(x.data(), gain.data(), y.data(), rows, n, 1e-5f);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) {
              return x[i] / std::sqrt(mean_of(i / std::size_t(n), [](double v) { return v * v; }) + 1e-5) * gain[i % std::size_t(n)];
            })) < 2e-6);
      table.layer_norm(x.data(), gain.data(), bias.data(), y.data(), rows, n, 1e-5f);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) {
              const double mean = mean_of(i / std::size_t(n), [](double v) { return v; });
              const double variance = mean_of(i / std::size_t(n), [&](double v) { return (v - mean) * (v - mean); });
              return (x[i] - mean) / std::sqrt(variance + 1e-5) * gain[i % std::size_t(n)] + bias[i % std::size_t(n)];
            })) < 5e-6);
      table.add_row(x.data(), bias.data(), y.data(), rows, n);
      CHECK(worst_of(y, each(y.size(), [&](std::size_t i) { return double(x[i] + bias[i % std::size_t(n)]); })) == 0);
    }
  });
}

TEST_CASE("the f32 product: any shape, any stride, rows alone equal to rows together") {
  on_every_isa([](const Table& table) {
    for (const std::int64_t n : {1, 31, 32, 33, 70})
      for (const std::int64_t k : {1, 16, 37})
        for (const std::int64_t rows : {1, 2, 3, 7, 8, 9, 17}) {
          const std::int64_t panels = (n + kPanelF32 - 1) / kPanelF32, ldx = k + 3, ldy = n + 5;
          const Floats x = numbers(rows * ldx, 7), w = numbers(n * k, 8), bias = numbers(n, 9);
          Floats packed(std::size_t(panels * kPanelF32 * k), 0.0f), y(std::size_t(rows * ldy), -7.0f), alone = y;
          for (std::int64_t o = 0; o < n; ++o)
            for (std::int64_t i = 0; i < k; ++i)
              packed[std::size_t((o / kPanelF32 * k + i) * kPanelF32 + o % kPanelF32)] = w[std::size_t(o * k + i)];
          GemmF32 g{.x = x.data(), .ldx = ldx, .panels = packed.data(), .bias = bias.data(), .y = y.data(), .ldy = ldy, .rows = rows, .n = n, .k = k,
                    .first = 0, .last = panels};
          table.gemm_f32(g);
          double worst = 0;
          bool untouched = true;
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t o = 0; o < ldy; ++o) {
              const float found = y[std::size_t(r * ldy + o)];
              if (o >= n) {
                untouched = untouched && found == -7;
                continue;
              }
              double sum = bias[std::size_t(o)];
              for (std::int64_t i = 0; i < k; ++i) sum += double(x[std::size_t(r * ldx + i)]) * double(w[std::size_t(o * k + i)]);
              worst = std::max(worst, std::abs(double(found) - sum));
            }
          CHECK(worst < 1e-5);
          CHECK(untouched);
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t p = panels - 1; p >= 0; --p) {
              GemmF32 one = g;
              one.x += r * ldx, one.y = alone.data() + r * ldy, one.rows = 1, one.first = p, one.last = p + 1;
              table.gemm_f32(one);
            }
          CHECK(y == alone);
        }
  });
}

TEST_CASE("the product with rows as they lie: any shape, any stride, rows and columns alone equal to all together") {
  on_every_isa([](const Table& table) {
    for (const std::int64_t n : {1, 3, 4, 9})
      for (const std::int64_t k : {1, 16, 37, 256})
        for (const std::int64_t rows : {1, 2, 3, 4, 5, 9}) {
          const std::int64_t ldx = k + 3, ldy = n + 5;
          const Floats x = numbers(rows * ldx, 7), w = numbers(n * k, 8), bias = numbers(n, 9);
          Floats y(std::size_t(rows * ldy), -7.0f), alone = y;
          const GemmRows g{.x = x.data(), .ldx = ldx, .w = w.data(), .bias = bias.data(), .y = y.data(), .ldy = ldy, .rows = rows,
              .n = n, .k = k};
          table.gemm_rows(g);
          double worst = 0;
          for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t o = 0; o < n; ++o) {
              double sum = bias[std::size_t(o)];
              for (std::int64_t i = 0; i < k; ++i) sum += double(x[std::size_t(r * ldx + i)]) * double(w[std::size_t(o * k + i)]);
              worst = std::max(worst, std::abs(double(y[std::size_t(r * ldy + o)]) - sum));
              GemmRows one = g;
              one.x += r * ldx, one.w += o * k, one.bias += o, one.y = alone.data() + r * ldy + o, one.rows = one.n = 1;
              table.gemm_rows(one);
            }
          CHECK(worst < 4e-5);
          CHECK(y == alone);  // what lies between the rows is untouched as well
        }
  });
}

TEST_CASE("activations to bytes: sixteen share a scale, sums are those of what is stored") {
  std::vector<std::int8_t> first;
  on_every_isa([&](const Table& table) {
    const std::int64_t rows = 3, k = 96;
    Floats x = numbers(rows * k, 10);
    std::fill(x.begin(), x.begin() + kScale, 0.0f);
    x[40] = 1000;  // an outlier takes the detail of its own sixteen only
    std::vector<std::int8_t> codes(std::size_t(rows * k));
    Floats scales(std::size_t(rows * k / kScale)), sums(std::size_t(rows * k / kBlock));
    table.quantise_rows(x.data(), rows, k, codes.data(), scales.data(), sums.data());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      CHECK(codes[i] >= -127);
      CHECK(std::abs(scales[i / kScale] * codes[i] - x[i]) <= scales[i / kScale] * 0.5001f);
    }
    CHECK(scales[0] == 0);
    CHECK(scales[2] == doctest::Approx(1000.0 / 127));
    CHECK(scales[3] < 0.05f);
    for (std::size_t b = 0; b < sums.size(); ++b) {
      double sum = 0;
      for (std::size_t i = b * kBlock; i < (b + 1) * kBlock; ++i) sum += double(scales[i / kScale]) * codes[i];
      CHECK(sums[b] == doctest::Approx(sum).epsilon(1e-5));
    }
    if (first.empty()) first = codes;
    CHECK(codes == first);
  });
}

TEST_CASE("an instruction set can be chosen by name, and one that is not there is refused") {
  const std::string outer(isa_name());
  for (const Table* table : tables()) {
    set_isa(table->isa);
    CHECK(isa_name() == table->isa);
  }
  set_isa(outer);
  CHECK(testing::refuses(ErrorKind::usage, [] { set_isa("mmx"); }));
  if (tables().size() < 4) CHECK(testing::refuses(ErrorKind::usage, [] { set_isa("amx"); }));
}

}  // namespace maru::kernels
