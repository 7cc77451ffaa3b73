// The filters of templates.  Jinja documentation: Template Designer, "List of Builtin Filters".
#include <algorithm>
#include <charconv>
#include <cmath>

#include "maru/base/unicode.h"
#include "maru/text/jinja_interpreter.h"
#include "maru/text/jinja_letters.h"

namespace maru::text::jinja {
namespace {

// A text as every text filter takes it: what is not a text is written first.
std::string letters(Interpreter& run, const Value& value) { return shown(value, run.budget()); }
Value list(Interpreter& run, Values items, ListKind kind = ListKind::list) { return make_list(std::move(items), run.budget(), kind); }

Value to_json(Interpreter& run, const Value& value, Arguments& arguments) {
  JsonStyle style;
  // Jinja's own tojson has `indent` first, the one of transformers `ensure_ascii`; models are trained with the latter.
  style.ascii = arguments.flag("ensure_ascii");
  if (const Value indent = arguments.take("indent", Value::none()); !indent.is_none()) {
    style.indent = int(std::clamp<std::int64_t>(integer(indent, "the indent of tojson"), 0, 64));
    style.item = ",";
  }
  if (const Value separators = arguments.take("separators", Value::none()); !separators.is_none()) {
    const Values pair = iterate(separators, run.budget());
    if (pair.size() != 2) fault("tojson takes two separators, got {}", pair.size());
    style.item = text(pair[0], "the separator of items");
    style.key = text(pair[1], "the separator of keys");
  }
  style.sorted = arguments.flag("sort_keys");
  return Value::text(to_json(value, style, run.budget()));
}

Value trim(Interpreter& run, const Value& value, Arguments& arguments) {
  const Value chars = arguments.take("chars", Value::none());
  return Value::text(
      stripped(letters(run, value), Strip::both, chars.is_none() ? std::nullopt : std::optional(text(chars, "the characters to trim"))));
}
Value count(Interpreter&, const Value& value, Arguments&) { return Value::integer(std::int64_t(length(value))); }
Value join(Interpreter& run, const Value& value, Arguments& arguments) {
  const std::string between = shown(arguments.take("d", Value::text("")), run.budget());
  const Value path = arguments.take("attribute", Value::none());
  if (path.is_none()) return joined(value, between, true, run.budget());
  Values items;
  for (const Value& item : iterate(value, run.budget())) items.push_back(run.path(item, path));
  return joined(list(run, std::move(items)), between, true, run.budget());
}
Value or_else(Interpreter&, const Value& value, Arguments& arguments) {
  Value otherwise = arguments.take("default_value", Value::text(""));
  const bool falsy_too = arguments.flag("boolean");
  return value.is_undefined() || (falsy_too && !truthy(value)) ? otherwise : value;
}
Value upper(Interpreter& run, const Value& value, Arguments&) { return make_text(cased(letters(run, value), "upper"), run.budget()); }
Value lower(Interpreter& run, const Value& value, Arguments&) { return make_text(cased(letters(run, value), "lower"), run.budget()); }
Value capitalize(Interpreter& run, const Value& value, Arguments&) {
  return make_text(cased(letters(run, value), "capitalize"), run.budget());
}
Value title(Interpreter& run, const Value& value, Arguments&) { return make_text(title_of_words(letters(run, value)), run.budget()); }
Value string(Interpreter& run, const Value& value, Arguments&) { return Value::text(letters(run, value)); }
Value same(Interpreter&, const Value& value, Arguments&) { return value; }

Value replace(Interpreter& run, const Value& value, Arguments& arguments) {
  const std::string old = letters(run, arguments.take("old")), fresh = letters(run, arguments.take("new"));
  const Value most = arguments.take("count", Value::none());
  return make_text(replaced(letters(run, value), old, fresh, most.is_none() ? -1 : integer(most, "count"), run.budget()), run.budget());
}

Value first(Interpreter& run, const Value& value, Arguments&) {
  const Values items = iterate(value, run.budget());
  return items.empty() ? Value::undefined(phrase("the first item of nothing is undefined")) : items.front();
}
Value last(Interpreter& run, const Value& value, Arguments&) {
  const Values items = iterate(value, run.budget());
  return items.empty() ? Value::undefined(phrase("the last item of nothing is undefined")) : items.back();
}
Value to_list(Interpreter& run, const Value& value, Arguments&) { return list(run, iterate(value, run.budget())); }

Value to_number(Interpreter& run, const Value& value, Arguments& arguments) {
  Value otherwise = arguments.take("default", Value::number(0.0));
  if (const auto number = numeric(value)) return Value::number(*number);
  if (!value.text()) return otherwise;
  const std::string digits = stripped(letters(run, value), Strip::both);
  double number = 0;
  const char* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data() + (digits.starts_with('+') ? 1 : 0), end, number);
  return read.ec == std::errc() && read.ptr == end ? Value::number(number) : otherwise;
}
Value to_integer(Interpreter& run, const Value& value, Arguments& arguments) {
  Value otherwise = arguments.take("default", Value::integer(0));
  const std::int64_t base = integer(arguments.take("base", Value::integer(10)), "the base");
  if (base < 2 || base > 36) fault("the base of int must be 2 to 36, got {}", base);
  if (auto* yes = value.as<bool>()) return Value::integer(*yes);
  if (value.as<std::int64_t>()) return value;
  if (const std::string* given = value.text()) {
    const std::string digits = stripped(*given, Strip::both);
    std::int64_t whole = 0;
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data() + (digits.starts_with('+') ? 1 : 0), end, whole, int(base));
    if (read.ec == std::errc() && read.ptr == end) return Value::integer(whole);
  }
  Arguments none;
  const Value number = to_number(run, value, none);
  const double held = *number.as<double>();
  const bool read = numeric(value) || held != 0 || (value.text() && value.text()->contains('0'));
  return read && std::abs(held) < 9e18 ? Value::integer(std::int64_t(held)) : otherwise;
}
Value absolute(Interpreter& run, const Value& value, Arguments&) {
  if (!numeric(value)) fault("abs takes a number, got a {}", type_name(value));
  return *numeric(value) < 0 ? binary("-", Value::integer(0), value, run.budget()) : value;
}
Value rounded(Interpreter&, const Value& value, Arguments& arguments) {
  if (!numeric(value)) fault("round takes a number, got a {}", type_name(value));
  const std::int64_t places = integer(arguments.take("precision", Value::integer(0)), "the precision");
  const std::string how = text(arguments.take("method", Value::text("common")), "the method");
  if (places < 0 || places > 15) fault("round takes a precision of 0 to 15, got {}", places);
  const double scale = std::pow(10.0, double(places)), number = *numeric(value);
  if (how == "ceil") return Value::number(std::ceil(number * scale) / scale);
  if (how == "floor") return Value::number(std::floor(number * scale) / scale);
  if (how != "common") fault("round knows common, ceil and floor, got '{}'", how.substr(0, 60));
  return Value::number(std::stod(fmt::format("{:.{}f}", number, int(places))));
}

Value indented(Interpreter& run, const Value& value, Arguments& arguments) {
  const Value width = arguments.take("width", Value::integer(4));
  const bool first_too = arguments.flag("first"), blank_too = arguments.flag("blank");
  const std::string* given = width.text();
  const std::string by = given ? *given : std::string(std::size_t(std::clamp<std::int64_t>(integer(width, "the width"), 0, 1024)), ' ');
  std::string out = first_too ? by : "";
  const std::string whole = letters(run, value) + "\n";
  std::size_t i = 0;
  for (const std::string& line : lines(whole, false)) {
    if (i++) out += line.empty() && !blank_too ? "\n" : "\n" + by;
    out += line;
    run.budget().fits(out.size());
  }
  return make_text(std::move(out), run.budget());
}

Value items(Interpreter& run, const Value& value, Arguments&) {
  if (value.is_undefined()) return list(run, {}, ListKind::generator);
  if (!value.dict()) fault("items takes a dictionary, got a {}", type_name(value));
  Values pairs;
  for (const auto& [key, item] : value.dict()->items) pairs.push_back(make_list({key, item}, run.budget(), ListKind::tuple));
  return list(run, std::move(pairs), ListKind::generator);
}

Value escaped(Interpreter& run, const Value& value, Arguments&) {
  std::string out;
  for (const char c : letters(run, value)) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&#34;";
    else if (c == '\'') out += "&#39;";
    else out += c;
  }
  return make_text(std::move(out), run.budget());
}

Value formatted(Interpreter& run, const Value& value, Arguments& arguments) {
  return percent_format(letters(run, value), list(run, arguments.rest(), ListKind::tuple), run.budget());
}
Value attribute(Interpreter& run, const Value& value, Arguments& arguments) {
  const std::string name = text(arguments.take("name"), "the attribute's name");
  if (value.dict() && !has_method(value, name)) return Value::undefined(phrase("a dictionary has no attribute '{}'", name));
  return run.attribute(value, name);
}
}  // namespace

Filter find_list_filter(std::string_view name);

Filter find_filter(std::string_view name) {
  static constexpr std::pair<std::string_view, Filter> kFilters[] = {
      {"tojson", to_json}, {"trim", trim}, {"length", count}, {"count", count}, {"join", join}, {"default", or_else}, {"d", or_else},
      {"upper", upper}, {"lower", lower}, {"capitalize", capitalize}, {"title", title}, {"string", string}, {"safe", same},
      {"replace", replace}, {"first", first}, {"last", last}, {"list", to_list}, {"int", to_integer}, {"float", to_number},
      {"abs", absolute}, {"round", rounded}, {"indent", indented}, {"items", items}, {"escape", escaped}, {"e", escaped},
      {"format", formatted}, {"attr", attribute}};
  for (const auto& [known, filter] : kFilters)
    if (known == name) return filter;
  return find_list_filter(name);
}
bool is_filter(std::string_view name) { return find_filter(name) != nullptr; }

}  // namespace maru::text::jinja
