// The operators of templates, by Python's rules; whole numbers have 64 bits and overflow is an error.
#include <algorithm>
#include <cmath>

#include "maru/base/unicode.h"
#include "maru/text/jinja_interpreter.h"

namespace maru::text::jinja {
namespace {

std::optional<std::int64_t> whole(const Value& value) {
  if (auto* number = value.as<std::int64_t>()) return *number;
  if (auto* yes = value.as<bool>()) return *yes;
  return std::nullopt;
}

[[noreturn]] void overflows(std::string_view sign) { fault("'{}' leaves the range of 64-bit integers", sign); }

std::int64_t power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  if (base == 0 || base == 1) return exponent == 0 ? 1 : base;
  if (base == -1) return exponent % 2 ? -1 : 1;
  for (; exponent > 0; --exponent)
    if (__builtin_mul_overflow(result, base, &result)) overflows("**");
  return result;
}

Value whole_numbers(std::string_view sign, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  bool over = false;
  if (sign == "+") over = __builtin_add_overflow(a, b, &result);
  else if (sign == "-") over = __builtin_sub_overflow(a, b, &result);
  else if (sign == "*") over = __builtin_mul_overflow(a, b, &result);
  else if (sign == "**") return b < 0 ? Value::number(std::pow(double(a), double(b))) : Value::integer(power(a, b));
  else if (b == 0) fault("division by zero");
  else if (sign == "/") return Value::number(double(a) / double(b));
  else if (b == -1) over = sign == "//" && __builtin_sub_overflow(std::int64_t{0}, a, &result);
  else {
    const bool lower = a % b != 0 && (a < 0) != (b < 0);  // Python rounds down
    result = sign == "//" ? a / b - (lower ? 1 : 0) : a % b + (lower ? b : 0);
  }
  if (over) overflows(sign);
  return Value::integer(result);
}

Value numbers(std::string_view sign, double a, double b) {
  if (sign == "+") return Value::number(a + b);
  if (sign == "-") return Value::number(a - b);
  if (sign == "*") return Value::number(a * b);
  if (sign == "**") return Value::number(std::pow(a, b));
  if (b == 0) fault("division by zero");
  if (sign == "/") return Value::number(a / b);
  if (sign == "//") return Value::number(std::floor(a / b));
  const double rest = std::fmod(a, b);
  return Value::number(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest);
}

Value repeated(const Value& value, std::int64_t times, Budget& budget) {
  const std::size_t count = times > 0 ? std::size_t(times) : 0;
  if (auto* letters = value.text()) {
    if (!letters->empty() && count > (std::size_t{1} << 40) / letters->size()) throw Fault{ErrorKind::limit, phrase("a repeated text is too long")};
    budget.bytes(letters->size() * count);
    std::string text;
    if (!letters->empty())
      for (std::size_t i = 0; i < count; ++i) text += *letters;
    return Value::text(std::move(text));
  }
  const List& list = *value.list();
  if (!list.items.empty() && count > (std::size_t{1} << 40) / list.items.size())
    throw Fault{ErrorKind::limit, phrase("a repeated list is too long")};
  budget.items(list.items.size() * count);
  Values items;
  if (!list.items.empty())
    for (std::size_t i = 0; i < count; ++i) items.insert(items.end(), list.items.begin(), list.items.end());
  return make_list(std::move(items), budget, list.kind);
}

struct Directive {
  bool left = false, zero = false, plus = false;
  std::size_t width = 0;
  int precision = -1;
  char kind = 's';
};

// Reads what follows a '%'; `at` moves behind it.
Directive directive(const std::string& pattern, std::size_t& at) {
  Directive read;
  const auto digits = [&] {
    std::size_t number = 0;
    while (at < pattern.size() && pattern[at] >= '0' && pattern[at] <= '9' && number < 10'000)
      number = number * 10 + std::size_t(pattern[at++] - '0');
    if (number >= 10'000) throw Fault{ErrorKind::limit, phrase("a width of a % format is over 9999")};
    return number;
  };
  for (; at < pattern.size() && (pattern[at] == '-' || pattern[at] == '0' || pattern[at] == '+'); ++at)
    (pattern[at] == '-' ? read.left : pattern[at] == '0' ? read.zero : read.plus) = true;
  read.width = digits();
  if (at < pattern.size() && pattern[at] == '.') {
    ++at;
    read.precision = int(std::min<std::size_t>(digits(), 400));
  }
  if (at >= pattern.size()) fault("the % format '{}' ends too early", pattern.substr(0, 60));
  read.kind = pattern[at++];
  return read;
}

std::string written(const Directive& how, const Value& value, Budget& budget) {
  if (how.kind == 's' || how.kind == 'r') {
    std::string text = how.kind == 's' ? shown(value, budget) : shown(make_list({value}, budget), budget);
    if (how.kind == 'r') text = text.substr(1, text.size() - 2);
    if (how.precision < 0) return text;
    std::size_t at = 0;
    for (int i = 0; i < how.precision && at < text.size(); ++i) unicode::next(text, at);
    return text.substr(0, at);
  }
  const auto number = numeric(value);
  if (!number) fault("%{} takes a number, got a {}", how.kind, type_name(value));
  std::string text;
  if (how.kind == 'd' || how.kind == 'i') {
    if (!whole(value) && !(std::abs(*number) < 9e18)) fault("%{} takes a number within 64 bits", how.kind);
    text = fmt::format("{}", whole(value) ? *whole(value) : std::int64_t(*number));
  } else if (how.kind == 'x' && whole(value)) {
    text = fmt::format("{:x}", *whole(value));
  } else if (how.kind == 'f' || how.kind == 'e' || how.kind == 'g') {
    const int precision = how.precision < 0 ? 6 : how.precision;
    text = how.kind == 'f'   ? fmt::format("{:.{}f}", *number, precision)
           : how.kind == 'e' ? fmt::format("{:.{}e}", *number, precision)
                             : fmt::format("{:.{}g}", *number, std::max(precision, 1));
  } else {
    fault("the % format does not know %{}", how.kind);
  }
  return how.plus && text[0] != '-' ? '+' + text : text;
}
}  // namespace

Value percent_format(const std::string& pattern, const Value& values, Budget& budget) {
  const bool tuple = values.list() && values.list()->kind == ListKind::tuple;
  const Values given = tuple ? values.list()->items : Values{values};
  std::size_t used = 0;
  std::string out;
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at++];
    if (c != '%') { out += c; continue; }
    const Directive how = directive(pattern, at);
    if (how.kind == '%') { out += '%'; continue; }
    if (used == given.size()) fault("the % format '{}' has more places than values", pattern.substr(0, 60));
    const std::string text = written(how, given[used++], budget);
    const std::size_t length = unicode::length(text), missing = how.width > length ? how.width - length : 0;
    const bool zeros = how.zero && !how.left && how.kind != 's' && how.kind != 'r';
    const std::size_t sign = zeros && !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (!how.left && !zeros) out.append(missing, ' ');
    out.append(text, 0, sign);
    if (zeros) out.append(missing, '0');
    out.append(text, sign);
    if (how.left) out.append(missing, ' ');
    budget.fits(out.size());
  }
  if (tuple && used != given.size()) fault("the % format '{}' has fewer places than values", pattern.substr(0, 60));
  return make_text(std::move(out), budget);
}

Value binary(std::string_view sign, const Value& a, const Value& b, Budget& budget) {
  for (const Value* side : {&a, &b})
    if (auto* missing = side->as<Undefined>()) fault("{}", missing->why ? *missing->why : phrase("a value is undefined"));
  if (whole(a) && whole(b)) return whole_numbers(sign, *whole(a), *whole(b));
  if (numeric(a) && numeric(b)) return numbers(sign, *numeric(a), *numeric(b));
  if (sign == "+" && a.text() && b.text()) {
    budget.fits(a.text()->size() + b.text()->size());
    return make_text(*a.text() + *b.text(), budget);
  }
  if (sign == "+" && a.list() && b.list() && a.list()->kind == b.list()->kind && a.list()->kind != ListKind::generator) {
    budget.items(a.list()->items.size() + b.list()->items.size());
    Values items = a.list()->items;
    items.insert(items.end(), b.list()->items.begin(), b.list()->items.end());
    return make_list(std::move(items), budget, a.list()->kind);
  }
  if (sign == "%" && a.text()) return percent_format(*a.text(), b, budget);
  const auto repeats = [](const Value& value) { return value.text() || (value.list() && value.list()->kind != ListKind::generator); };
  if (sign == "*" && repeats(a) && whole(b)) return repeated(a, *whole(b), budget);
  if (sign == "*" && whole(a) && repeats(b)) return repeated(b, *whole(a), budget);
  fault("'{}' takes no {} and {}", sign, type_name(a), type_name(b));
}

}  // namespace maru::text::jinja
