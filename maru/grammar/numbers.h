#pragma once
// Which decimal texts lie within bounds: an automaton that compares digit by digit, so that a bound of any size is exact.
#include <cstdint>
#include <optional>
#include <string>

#include "maru/base/json.h"
#include "maru/grammar/letters.h"

namespace maru::grammar {

struct Decimal {
  bool negative = false;
  std::string whole = "0", fraction;  // digits; no zeros in front of whole or behind fraction
  bool zero() const { return whole == "0" && fraction.empty(); }
};
// Nothing for a number of more than kMostDigits digits before or behind the point.
std::optional<Decimal> decimal(const Json& number);
int compare(const Decimal& a, const Decimal& b);  // < 0, 0, > 0

struct Bound {
  Decimal at;
  bool open = false;  // the bound itself is outside
};
struct Numbers {
  std::optional<Bound> low = {}, high = {};
  std::vector<std::uint32_t> multiples = {};  // of each of these; whole numbers then
  bool integer = false;                       // written without a point
};
inline constexpr std::size_t kMostDigits = 40;
inline constexpr std::uint32_t kMostMultiple = 10'000;

// Without bounds and not integer: numbers of at most kMostDigits digits before and behind the point, and exponents that keep them
// finite. With a bound there are no exponents. An integer has no point, no exponent and no sign before zero where a bound is given.
Letters letters_of_numbers(const Numbers& numbers, Meter& meter);

}  // namespace maru::grammar
