// Sets of code points as sorted ranges. Surrogates are never in one.
#include <algorithm>

#include "maru/grammar/draft.h"

namespace maru::grammar {

Ranges normal(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.low < b.low; });
  Ranges joined;
  for (const Range& one : ranges) {
    if (one.low > one.high) continue;
    if (!joined.empty() && one.low <= joined.back().high + 1)
      joined.back().high = std::max(joined.back().high, one.high);
    else
      joined.push_back(one);
  }
  return shared(joined, {{0, 0xD7FF}, {0xE000, kLastCodePoint}});
}

Ranges complement(const Ranges& ranges) {
  Ranges out;
  char32_t from = 0;
  for (const Range& one : ranges) {
    if (one.low > from) out.push_back({from, one.low - 1});
    from = one.high + 1;
  }
  if (from <= kLastCodePoint) out.push_back({from, kLastCodePoint});
  return normal(std::move(out));
}

Ranges shared(const Ranges& a, const Ranges& b) {
  Ranges out;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const char32_t low = std::max(a[i].low, b[j].low), high = std::min(a[i].high, b[j].high);
    if (low <= high) out.push_back({low, high});
    if (a[i].high < b[j].high)
      ++i;
    else
      ++j;
  }
  return out;
}

bool contains(const Ranges& ranges, char32_t c) {
  const auto behind = std::upper_bound(ranges.begin(), ranges.end(), c, [](char32_t x, const Range& r) { return x < r.low; });
  return behind != ranges.begin() && c <= std::prev(behind)->high;
}

}  // namespace maru::grammar
