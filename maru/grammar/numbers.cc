// Decimal texts within bounds.
#include "maru/grammar/numbers.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <tuple>

namespace maru::grammar {
namespace {

// The magnitude of a text against a bound's: -1, 0, 1.
int magnitude(const Decimal& a, const Decimal& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  if (const int order = a.whole.compare(b.whole)) return order < 0 ? -1 : 1;
  const int order = a.fraction.compare(b.fraction);
  return order < 0 ? -1 : order > 0;
}

// All unsigned decimals that compare with `limit` as wanted: less, equal, greater. Built state by state: how many digits were read, and
// how they compare so far with the limit's.
class Compared {
 public:
  Compared(const Decimal& limit, std::array<bool, 3> wanted, bool integer, Meter& meter)
      : limit_(limit), wanted_(wanted), integer_(integer), meter_(meter) {}

  Letters run() {
    id_of({Part::begin, 0, 0});
    for (std::size_t i = 0; i < open_.size(); ++i) expand(open_[i], i);
    return std::move(out_);
  }

 private:
  enum class Part : std::uint8_t { begin, zero, whole, point, fraction };
  using State = std::tuple<Part, std::size_t, int>;  // digits of the part, order so far

  std::uint32_t id_of(const State& state) {
    const auto [found, fresh] = ids_.try_emplace(state, std::uint32_t(open_.size()));
    if (fresh) {
      meter_.node();
      open_.push_back(state);
      out_.states.emplace_back();
    }
    return found->second;
  }
  int digit_of_limit(Part part, std::size_t at) const {
    const std::string& digits = part == Part::fraction ? limit_.fraction : limit_.whole;
    return at < digits.size() ? digits[at] - '0' : 0;
  }
  // Of a whole part that ends here.
  int whole_order(std::size_t digits, int order) const {
    return digits == limit_.whole.size() ? order : digits < limit_.whole.size() ? -1 : 1;
  }

  void expand(const State state, std::size_t id) {
    const auto [part, digits, order] = state;
    const auto ends_as = [&](int result) { out_.states[id].ends = wanted_[std::size_t(result + 1)]; };
    if (part == Part::begin) {
      edge(id, '0', id_of({Part::zero, 1, compared(0, digit_of_limit(Part::whole, 0), 0)}));
      add_digits(id, 1, Part::whole, 0, 0);
      return;
    }
    if (part == Part::whole || part == Part::zero) {
      const int result = whole_order(digits, order);
      ends_as(result == 0 && !limit_.fraction.empty() ? -1 : result);
      if (!integer_) edge(id, '.', id_of({Part::point, 0, result}));
      if (part == Part::whole && digits < kMostDigits) add_digits(id, 0, Part::whole, digits, order);
      std::ranges::sort(out_.states[id].edges, {}, [](const Letters::Edge& e) { return e.range.low; });
      return;
    }
    if (part == Part::fraction) ends_as(order == 0 && digits < limit_.fraction.size() ? -1 : order);
    if (digits < kMostDigits) add_digits(id, 0, Part::fraction, digits, order);
  }
  static int compared(int digit, int limit, int order) { return order != 0 ? order : digit < limit ? -1 : digit > limit; }
  void add_digits(std::size_t id, int from, Part part, std::size_t digits, int order) {
    for (int digit = from; digit < 10; ++digit) {
      const int next = compared(digit, digit_of_limit(part, digits), order);
      // Past the limit's own digits of the whole part only the length decides.
      const std::size_t count = std::min(digits + 1, kMostDigits);
      edge(id, char32_t('0' + digit), id_of({part, count, next}));
    }
  }
  void edge(std::size_t from, char32_t c, std::uint32_t to) { out_.states[from].edges.push_back({{c, c}, to}); }

  const Decimal& limit_;
  std::array<bool, 3> wanted_;
  bool integer_;
  Meter& meter_;
  std::map<State, std::uint32_t> ids_;
  std::vector<State> open_;
  Letters out_;
};

// All that a sign in front makes of it: either part may be missing.
Letters signed_of(const std::optional<Letters>& plain, const std::optional<Letters>& negative) {
  Letters out;
  out.states.emplace_back();
  const auto append = [&](const Letters& part) {
    const std::uint32_t base = std::uint32_t(out.states.size());
    for (Letters::State state : part.states) {
      for (Letters::Edge& edge : state.edges) edge.next += base;
      out.states.push_back(std::move(state));
    }
    return base;
  };
  if (negative) {
    const std::uint32_t at = append(*negative);
    out.states[0].edges.push_back({{'-', '-'}, at});
  }
  if (plain) {
    const std::uint32_t at = append(*plain);
    for (const Letters::Edge& edge : std::vector(out.states[at].edges)) out.states[0].edges.push_back(edge);
  }
  return out;
}

Letters bounded(const Numbers& numbers, Meter& meter) {
  const Decimal zero;
  const auto compared = [&](const Decimal& limit, std::array<bool, 3> wanted) {
    return Compared(limit, wanted, numbers.integer, meter).run();
  };
  const auto above = [&](const std::optional<Bound>& bound) {
    return bound ? compared(bound->at, {false, !bound->open, true}) : compared(zero, {false, true, true});
  };
  const auto below = [&](const Bound& bound) { return compared(bound.at, {true, !bound.open, false}); };
  const bool low_negative = !numbers.low || numbers.low->at.negative, high_negative = numbers.high && numbers.high->at.negative;
  std::optional<Letters> plain, negative;
  if (!high_negative) {
    plain = above(low_negative ? std::nullopt : numbers.low);
    if (numbers.high) plain = both(*plain, below(*numbers.high), meter);
  }
  if (low_negative) {
    negative = compared(zero, {false, false, true});  // no -0
    if (numbers.low) negative = both(*negative, below(*numbers.low), meter);
    if (high_negative) negative = both(*negative, above(numbers.high), meter);
  }
  return signed_of(plain, negative);
}

Letters multiples_of(std::uint32_t divisor, Meter& meter) {
  Letters out;
  meter.node(divisor + 2);
  out.states.resize(divisor + 2);  // 0: nothing read, 1: a sign; 2 + r: the rest is r
  for (std::uint32_t state = 0; state < out.states.size(); ++state) {
    const std::uint32_t rest = state < 2 ? 0 : state - 2;
    out.states[state].ends = state >= 2 && rest == 0;
    if (state == 0) out.states[state].edges.push_back({{'-', '-'}, 1});
    for (char32_t d = 0; d < 10; ++d)
      out.states[state].edges.push_back({{'0' + d, '0' + d}, 2 + std::uint32_t((std::uint64_t(rest) * 10 + d) % divisor)});
  }
  return out;
}

constexpr std::string_view kAnyInteger = "-?(0|[1-9]\\d{0,39})";
// What is finite in double precision stays so, whatever the digits: 40 of them and e99, or one and e307.
constexpr std::string_view kAnyNumber =
    "-?(0|[1-9]\\d{0,39})(\\.\\d{1,40})?([eE](\\+?\\d{1,2}|-\\d{1,3}))?|-?\\d(\\.\\d{1,40})?[eE]\\+?([12]\\d\\d|30[0-7])";

}  // namespace

std::optional<Decimal> decimal(const Json& number) {
  const std::string text = number.dump();
  Decimal out;
  std::string digits;
  std::size_t point = std::string::npos, at = 0;
  if (text[0] == '-') out.negative = true, ++at;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.')
      point = digits.size();
    else
      digits += text[at];
  }
  const long exponent = at < text.size() ? std::strtol(text.c_str() + at + 1, nullptr, 10) : 0;
  const long place = long(point == std::string::npos ? digits.size() : point) + exponent;
  if (place > long(kMostDigits) || long(digits.size()) - place > 400) return std::nullopt;
  if (place < 0) digits.insert(0, std::size_t(-place), '0');
  const std::size_t cut = std::size_t(std::max(place, 0l));
  if (digits.size() < cut) digits.append(cut - digits.size(), '0');
  out.whole = digits.substr(0, cut);
  out.fraction = digits.substr(cut);
  out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
  if (out.whole.empty()) out.whole = "0";
  out.fraction.erase(out.fraction.find_last_not_of('0') + 1);
  if (out.fraction.size() > kMostDigits) return std::nullopt;
  if (out.zero()) out.negative = false;
  return out;
}

int compare(const Decimal& a, const Decimal& b) {
  if (a.negative != b.negative) return a.negative ? -1 : 1;
  return a.negative ? -magnitude(a, b) : magnitude(a, b);
}

Letters letters_of_numbers(const Numbers& numbers, Meter& meter) {
  Numbers asked = numbers;
  asked.integer |= !asked.multiples.empty();
  const bool free = !asked.low && !asked.high;
  Letters out = !free ? bounded(asked, meter) : letters_of_pattern(asked.integer ? kAnyInteger : kAnyNumber, Search::whole, meter);
  for (const std::uint32_t divisor : asked.multiples) out = both(out, multiples_of(divisor, meter), meter);
  return out;
}

}  // namespace maru::grammar
