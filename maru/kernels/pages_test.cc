// Pages of keys and values: what is written, in every type, and attention over it, against plain loops on every instruction set.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <memory>

#include "maru/kernels/half.h"
#include "maru/kernels/kernel_test.h"

namespace maru::kernels {
namespace {

constexpr KvType kTypes[] = {KvType::f32, KvType::f16, KvType::q8_0};
constexpr std::int64_t kHeads[] = {1, 15, 16, 31, 32, 33, 48, 64, 70, 128};

struct Page {
  Guarded keys, values;
  Page(KvType type, std::int64_t head) : keys(std::size_t(page_keys_bytes(type, head))), values(std::size_t(page_values_bytes(type, head))) {}
};

std::int64_t padded(std::int64_t head) { return (head + 15) / 16 * 16; }

// The number of dimension d of a position, as the layout in kernels.h tells it: element (major, minor) of `rows` of `columns`.
double stored(KvType type, const std::byte* from, std::int64_t element, std::int64_t codes, std::int64_t scale) {
  if (type == KvType::f32) return double(reinterpret_cast<const float*>(from)[element]);
  if (type == KvType::f16) return double(float_from_half(reinterpret_cast<const std::uint16_t*>(from)[element]));
  return double(reinterpret_cast<const std::int8_t*>(from)[element]) * double(float_from_half(reinterpret_cast<const std::uint16_t*>(from + codes)[scale]));
}
double key_of(KvType type, const Page& page, std::int64_t head, std::int64_t slot, std::int64_t d) {
  return stored(type, page.keys.data(), d * kPage + slot, head * kPage, d / 32 * kPage + slot);
}
double value_of(KvType type, const Page& page, std::int64_t head, std::int64_t slot, std::int64_t d) {
  return stored(type, page.values.data(), slot * padded(head) + d, padded(head) * kPage, d / 32 * kPage + slot);
}

// What rounding to the type makes of x[d], one of a head's numbers.
double rounded(KvType type, const float* x, std::int64_t head, std::int64_t d) {
  if (type == KvType::f32) return double(x[d]);
  if (type == KvType::f16) return double(float_from_half(half_from_float(x[d])));
  float top = 0;
  for (std::int64_t i = d / 32 * 32; i < std::min(head, d / 32 * 32 + 32); ++i) top = std::max(top, std::abs(x[i]));
  const float scale = float_from_half(half_from_float(top / 127));
  return scale > 0 ? double(std::clamp(std::nearbyint(x[d] / scale), -127.0f, 127.0f)) * double(scale) : 0;
}

void write(const Table& table, KvType type, std::int64_t head, const float* k, const float* v, std::int64_t n, int slot, const Page& page) {
  table.write_page({.type = type, .k = k, .v = v, .stride = head, .n = n, .head = head, .slot = slot, .keys = page.keys.data(),
                    .values = page.values.data()});
}

}  // namespace

TEST_CASE("positions are rounded to the page's type as a plain loop rounds them, and touch no other position") {
  on_every_isa([](const Table& table) {
    for (const KvType type : kTypes)
      for (const std::int64_t head : kHeads)
        for (const auto& [slot, n] : {std::pair{0, 16}, {0, 1}, {3, 5}, {15, 1}}) {
          CAPTURE(int(type));
          CAPTURE(head);
          CAPTURE(slot);
          Floats ks = numbers(n * head, 21, 4), vs = numbers(n * head, 22, 0.01f);
          if (n > 1) std::fill_n(ks.begin(), head, 0.0f);  // a position of zeros has no scale
          const Guarded k(ks), v(vs);
          const Page page(type, head);
          write(table, type, head, k.floats(), v.floats(), n, slot, page);
          bool right = true;
          for (std::int64_t at = 0; at < kPage; ++at)
            for (std::int64_t d = 0; d < head; ++d) {
              const std::int64_t i = at - slot;
              const bool ours = i >= 0 && i < n;
              right &= key_of(type, page, head, at, d) == (ours ? rounded(type, k.floats() + i * head, head, d) : 0);
              right &= value_of(type, page, head, at, d) == (ours ? rounded(type, v.floats() + i * head, head, d) : 0);
            }
          CHECK(right);
        }
  });
}

TEST_CASE("every instruction set writes the same bytes, of numbers too small and too large as well") {
  for (const KvType type : kTypes)
    for (const std::int64_t head : kHeads) {
      Floats k = numbers(16 * head, 23, 1e-6f), v = numbers(16 * head, 24, 3e4f);
      k.back() = -std::numeric_limits<float>::denorm_min();
      const Page expected(type, head);
      write(*tables().front(), type, head, k.data(), v.data(), 16, 0, expected);
      on_every_isa([&](const Table& table) {
        const Page page(type, head);
        write(table, type, head, k.data(), v.data(), 16, 0, page);
        CHECK(std::memcmp(page.keys.data(), expected.keys.data(), std::size_t(page_keys_bytes(type, head))) == 0);
        CHECK(std::memcmp(page.values.data(), expected.values.data(), std::size_t(page_values_bytes(type, head))) == 0);
      });
    }
}

TEST_CASE("what is no number stays none in a page: it must not pass for a value") {
  on_every_isa([](const Table& table) {
    for (const KvType type : kTypes)
      for (const float fault : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        Floats k(40, 1.0f), v(40, 1.0f);
        v[35] = fault;
        const Page page(type, 40);
        write(table, type, 40, k.data(), v.data(), 1, 2, page);
        CHECK(!std::isfinite(value_of(type, page, 40, 2, 35)));
        CHECK(value_of(type, page, 40, 2, 3) == doctest::Approx(1).epsilon(1e-3));
      }
  });
}

TEST_CASE("attention sees its own keys and no others, across page borders, in every type") {
  on_every_isa([](const Table& table) {
    for (const KvType type : kTypes)
      for (const std::int64_t head : kHeads) {
        const std::int64_t keys = 48;
        const Floats k = numbers(keys * head, 11), v = numbers(keys * head, 12), q = numbers(4 * head, 13);
        // A head's keys and values lie apart here, so that each ends at the guard; the kernel takes the distance between them.
        std::vector<std::unique_ptr<Page>> pages;
        for (int p = 0; p < 3; ++p) {
          pages.push_back(std::make_unique<Page>(type, head));
          write(table, type, head, k.data() + p * kPage * head, v.data() + p * kPage * head, kPage, 0, *pages.back());
        }
        const std::size_t k_bytes = std::size_t(page_keys_bytes(type, head)), v_bytes = std::size_t(page_values_bytes(type, head));
        std::vector<std::unique_ptr<Guarded>> whole;
        const std::byte* page_list[3];
        for (std::size_t p = 0; p < 3; ++p) {
          whole.push_back(std::make_unique<Guarded>(k_bytes + v_bytes));
          std::memcpy(whole[p]->data(), pages[p]->keys.data(), k_bytes);
          std::memcpy(whole[p]->data() + k_bytes, pages[p]->values.data(), v_bytes);
          page_list[p] = whole[p]->data();
        }
        const auto key = [&](std::int64_t j, std::int64_t d) { return key_of(type, *pages[std::size_t(j / kPage)], head, j % kPage, d); };
        const auto value = [&](std::int64_t j, std::int64_t d) { return value_of(type, *pages[std::size_t(j / kPage)], head, j % kPage, d); };
        for (const auto& [begin, end] : std::vector<std::array<std::int64_t, 2>>{{0, 1}, {0, 16}, {0, 17}, {5, 40}, {33, 47}})
          for (int rows = 1; rows <= 4; ++rows) {
            CAPTURE(int(type));
            CAPTURE(head);
            CAPTURE(rows);
            Floats y(std::size_t(rows * head), -7.0f), scores(std::size_t(rows) * 64);
            const float* queries[4];
            float* outs[4];
            std::int64_t from[4], to[4];
            for (int r = 0; r < rows; ++r) {
              queries[r] = q.data() + r * head;
              outs[r] = y.data() + r * head;
              from[r] = begin;
              to[r] = std::min(keys, end + r);  // as causal rows do
            }
            table.attention({.q = queries, .out = outs, .begin = from, .end = to, .rows = rows, .type = type, .pages = page_list, .k_offset = 0,
                             .v_offset = std::int64_t(k_bytes), .head = head, .scale = 0.7f, .bias = nullptr, .scores = scores.data(),
                             .scores_stride = 64});
            std::vector<double> expected(y.size(), 0);
            for (int r = 0; r < rows; ++r) {
              std::vector<double> weight;
              double total = 0;
              for (std::int64_t j = from[r]; j < to[r]; ++j) {
                double score = 0;
                for (std::int64_t d = 0; d < head; ++d) score += double(q[std::size_t(r * head + d)]) * key(j, d);
                weight.push_back(std::exp(score * double(0.7f)));
                total += weight.back();
              }
              for (std::int64_t j = from[r]; j < to[r]; ++j)
                for (std::int64_t d = 0; d < head; ++d)
                  expected[std::size_t(r * head + d)] += weight[std::size_t(j - from[r])] / total * value(j, d);
            }
            CHECK(worst_of(y, expected) < 1e-5);
            Floats cut(y.size(), -7.0f);  // in steps, as threads share them
            for (int r = 0; r < rows; ++r) outs[r] = cut.data() + r * head;
            AttentionTile tile{.q = queries, .out = outs, .begin = from, .end = to, .rows = rows, .type = type, .pages = page_list, .k_offset = 0,
                               .v_offset = std::int64_t(k_bytes), .head = head, .scale = 0.7f, .bias = nullptr, .scores = scores.data(),
                               .scores_stride = 64};
            const auto step = [&](AttentionTile::Part part, std::int64_t first, std::int64_t last) {
              tile.part = part, tile.first = first, tile.last = last;
              table.attention(tile);
            };
            step(AttentionTile::Part::scores, 1, 4);
            step(AttentionTile::Part::scores, 0, 1);
            step(AttentionTile::Part::softmax, 0, 0);
            for (std::int64_t column = 0; column < head; column += 32) step(AttentionTile::Part::values, column, column + 32);
            CHECK(cut == y);
            for (int r = 0; r < rows; ++r) outs[r] = y.data() + r * head;
            for (int r = 0; r < rows; ++r) {  // one row alone gives the same bits
              Floats alone(std::size_t(head), -7.0f);
              float* out = alone.data();
              table.attention({.q = queries + r, .out = &out, .begin = from + r, .end = to + r, .rows = 1, .type = type, .pages = page_list, .k_offset = 0,
                               .v_offset = std::int64_t(k_bytes), .head = head, .scale = 0.7f, .bias = nullptr, .scores = scores.data(),
                               .scores_stride = 64});
              CHECK(std::equal(alone.begin(), alone.end(), outs[r]));
            }
          }
      }
  });
}

}  // namespace maru::kernels
