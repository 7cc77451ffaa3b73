// Number formats: what their bytes mean, how near encode comes, and the fast product against the decoded one on every instruction set.
#include "maru/quant/quant.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "maru/kernels/half.h"

namespace maru::quant {
namespace {

using Floats = std::vector<float>;

Floats numbers(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Floats all(n);
  for (float& v : all) v = normal(random);
  return all;
}

std::vector<std::byte> encoded(const Format& format, const Floats& values) {
  std::vector<std::byte> bytes(values.size() / std::size_t(format.block) * format.bytes);
  format.encode(values, bytes.data());
  return bytes;
}
Floats decoded(const Format& format, const std::vector<std::byte>& bytes) {
  Floats values(bytes.size() / format.bytes * std::size_t(format.block));
  format.decode(bytes.data(), values);
  return values;
}

// A block whose meaning is worked out by hand from the format's description: half 0.5 is 0x3800, half -1 is 0xbc00.
Floats decoded_block(std::string_view name, std::initializer_list<int> head, auto code) {
  const Format& format = *find(name);
  std::vector<std::byte> bytes;
  for (const int b : head) bytes.push_back(std::byte(b));
  for (std::size_t i = 0; bytes.size() < format.bytes; ++i) bytes.push_back(std::byte(code(i)));
  return decoded(format, bytes);
}

}  // namespace

TEST_CASE("every format is found by its name, and F32 is none") {
  for (const Format& format : all()) CHECK(find(format.name) == &format);
  CHECK(all().size() >= 5);
  CHECK(find("F32") == nullptr);
  CHECK(find("Q9_9") == nullptr);
}

TEST_CASE("blocks mean what ggml's descriptions say") {
  // Byte j of four-bit formats holds weight j low and weight j + 16 high.
  const Floats q4_0 = decoded_block("Q4_0", {0x00, 0x38}, [](std::size_t j) { return int(j) | (15 - int(j)) << 4; });
  const Floats q4_1 = decoded_block("Q4_1", {0x00, 0x38, 0x00, 0xbc}, [](std::size_t j) { return int(j) | (15 - int(j)) << 4; });
  for (int j = 0; j < 16; ++j) {
    CHECK(q4_0[std::size_t(j)] == 0.5f * float(j - 8));
    CHECK(q4_0[std::size_t(j + 16)] == 0.5f * float(7 - j));
    CHECK(q4_1[std::size_t(j)] == 0.5f * float(j) - 1);
    CHECK(q4_1[std::size_t(j + 16)] == 0.5f * float(15 - j) - 1);
  }
  const Floats q8_0 = decoded_block("Q8_0", {0x00, 0x38}, [](std::size_t j) { return int(std::uint8_t(std::int8_t(8 * int(j) - 128))); });
  for (int j = 0; j < 32; ++j) CHECK(q8_0[std::size_t(j)] == 0.5f * float(8 * j - 128));
  CHECK(decoded(*find("F16"), {std::byte{0x00}, std::byte{0xbc}})[0] == -1);
  CHECK(decoded(*find("BF16"), {std::byte{0xc0}, std::byte{0xbf}})[0] == -1.5f);
}

TEST_CASE("formats that round to the nearest of even steps come within half a step, or one where a side has one code less") {
  const auto step = [](std::string_view name, float low, float high) {
    const float top = std::max(std::abs(low), std::abs(high));
    if (name == "F16") return top * 0x1p-11f;
    if (name == "BF16") return top * 0x1p-8f;
    if (name == "Q8_0") return top / 127 / 2;
    if (name == "Q4_0") return top / 8;
    if (name == "Q5_0") return top / 16;
    if (name == "Q4_1") return (high - low) / 15 / 2;
    if (name == "Q5_1") return (high - low) / 31 / 2;
    return INFINITY;  // fitted to the smallest squared error: golden_test.cc
  };
  for (const Format& format : all()) {
    if (!format.encode) continue;
    CAPTURE(format.name);
    const Floats values = numbers(256 * 6, 1);
    const Floats back = decoded(format, encoded(format, values));
    for (std::size_t i = 0; i < values.size(); i += 32) {
      const auto [low, high] = std::minmax_element(values.begin() + std::ptrdiff_t(i), values.begin() + std::ptrdiff_t(i) + 32);
      // A little more for the half-precision scale.
      const float most = step(format.name, *low, *high) * 1.01f + std::max(std::abs(*low), std::abs(*high)) * 0.002f;
      for (std::size_t j = i; j < i + 32; ++j) CHECK(std::abs(back[j] - values[j]) <= most);
    }
  }
}

TEST_CASE("blocks of zeros, of one value, of extremes and of numbers too small for a scale") {
  for (const Format& format : all()) {
    if (!format.encode) continue;
    CAPTURE(format.name);
    for (const float v : decoded(format, encoded(format, Floats(512, 0.0f)))) CHECK(v == 0);
    for (const float v : decoded(format, encoded(format, Floats(512, -2.0f)))) CHECK(v == doctest::Approx(-2).epsilon(1e-3));  // a half-precision scale
    for (const float v : decoded(format, encoded(format, Floats(512, 1e-38f)))) CHECK(std::abs(v) < 1e-6f);
    for (const float v : decoded(format, encoded(format, Floats(512, -1e-42f)))) CHECK(std::abs(v) < 1e-6f);
    Floats spike(256, 0.0f);
    spike[7] = 1024;  // a power of two, for formats whose scales are such
    CHECK(decoded(format, encoded(format, spike))[7] == doctest::Approx(1024).epsilon(0.01));
  }
}

TEST_CASE("the fast product is the integer formula, on every instruction set, for any rows and panels") {
  for (const Format& format : all()) {
    if (!format.panels) continue;
    CAPTURE(format.name);
    const std::int64_t blocks = 3, k = blocks * kernels::kBlock, panels = 3, n = 39;  // the last panel is not full
    const Floats weights = numbers(std::size_t(panels * kernels::kPanel * k), 2);
    const std::vector<std::byte> bytes = encoded(format, weights);
    const Floats w = decoded(format, bytes);
    std::vector<std::uint8_t> packed(std::size_t(panels * blocks) * format.panels->block_bytes);
    const std::size_t row_bytes = std::size_t(blocks) * format.bytes;
    for (std::int64_t p = 0; p < panels; ++p) {
      const std::byte* rows[kernels::kPanel];
      for (std::int64_t j = 0; j < kernels::kPanel; ++j) rows[j] = bytes.data() + std::size_t(p * kernels::kPanel + j) * row_bytes;
      format.panels->pack(rows, blocks, packed.data() + std::size_t(p * blocks) * format.panels->block_bytes);
    }
    Floats first;
    for (std::size_t isa = 0; isa < kernels::tables().size(); ++isa) {
      const kernels::Table& table = *kernels::tables()[isa];
      CAPTURE(table.isa);
      for (const std::int64_t rows : {1, 2, 3, 4, 5, 16, 35}) {
        const Floats x = numbers(std::size_t(rows * k), 3), bias = numbers(std::size_t(n), 4);
        std::vector<std::int8_t> codes(x.size());
        Floats scales(x.size() / kernels::kScale), sums(x.size() / kernels::kBlock), y(std::size_t(rows * n), -7.0f), alone = y;
        table.quantise_rows(x.data(), rows, k, codes.data(), scales.data(), sums.data());
        const kernels::GemmQuantised g{.x = {codes.data(), scales.data(), sums.data()}, .panels = packed.data(), .bias = bias.data(), .y = y.data(),
                                       .ldy = n, .rows = rows, .n = n, .k = k, .first = 0, .last = panels};
        format.panels->gemm[isa](g);
        double worst = 0;
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t o = 0; o < n; ++o) {
            double sum = bias[std::size_t(o)];
            for (std::int64_t i = 0; i < k; ++i)
              sum += double(scales[std::size_t((r * k + i) / kernels::kScale)]) * codes[std::size_t(r * k + i)] * double(w[std::size_t(o * k + i)]);
            worst = std::max(worst, std::abs(double(y[std::size_t(r * n + o)]) - sum));
          }
        CHECK(worst < 2e-4);
        for (std::int64_t r = 0; r < rows; ++r)
          for (std::int64_t p = panels - 1; p >= 0; --p) {
            kernels::GemmQuantised one = g;
            one.x = {codes.data() + r * k, scales.data() + r * k / kernels::kScale, sums.data() + r * k / kernels::kBlock};
            one.y = alone.data() + r * n, one.rows = 1, one.first = p, one.last = p + 1;
            format.panels->gemm[isa](one);
          }
        CHECK(y == alone);
        if (rows != 35) continue;
        if (first.empty()) first = y;
        for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == doctest::Approx(first[i]).epsilon(1e-4));
      }
    }
  }
}

}  // namespace maru::quant
