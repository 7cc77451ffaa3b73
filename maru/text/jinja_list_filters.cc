// The filters that map, choose, sort and sum up lists, and the tests that they and `is` use.
// Jinja documentation: Template Designer, "List of Builtin Filters" and "List of Builtin Tests".
#include <algorithm>

#include "maru/base/unicode.h"
#include "maru/text/jinja_interpreter.h"
#include "maru/text/jinja_letters.h"

namespace maru::text::jinja {

Filter find_list_filter(std::string_view name);

namespace {

Value list(Interpreter& run, Values items, ListKind kind = ListKind::list) { return make_list(std::move(items), run.budget(), kind); }

Value folded(Interpreter& run, const Value& value, bool case_sensitive) {
  return case_sensitive || !value.text() ? value : make_text(unicode::lower(*value.text()), run.budget());
}

// What filters with an attribute look at in each item.
Value key_of(Interpreter& run, const Value& item, const Value& path, bool case_sensitive) {
  return folded(run, path.is_none() ? item : run.path(item, path), case_sensitive);
}

Values sorted(Interpreter& run, Values items, const Values& keys, bool reverse) {
  std::vector<std::size_t> order(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return reverse ? compare(keys[b], keys[a], run.budget()) < 0 : compare(keys[a], keys[b], run.budget()) < 0;
  });
  Values out;
  for (const std::size_t i : order) out.push_back(items[i]);
  return out;
}

Value sort(Interpreter& run, const Value& value, Arguments& arguments) {
  const bool reverse = arguments.flag("reverse"), sensitive = arguments.flag("case_sensitive");
  const Value path = arguments.take("attribute", Value::none());
  Values items = iterate(value, run.budget()), keys;
  for (const Value& item : items) keys.push_back(key_of(run, item, path, sensitive));
  return list(run, sorted(run, std::move(items), keys, reverse));
}

Value sort_dictionary(Interpreter& run, const Value& value, Arguments& arguments) {
  if (!value.dict()) fault("dictsort takes a dictionary, got a {}", type_name(value));
  const bool sensitive = arguments.flag("case_sensitive");
  const std::string by = text(arguments.take("by", Value::text("key")), "`by`");
  if (by != "key" && by != "value") fault("dictsort sorts by key or value, got '{}'", by.substr(0, 60));
  const bool reverse = arguments.flag("reverse");
  Values items, keys;
  for (const auto& [key, item] : value.dict()->items) {
    items.push_back(list(run, {key, item}, ListKind::tuple));
    keys.push_back(folded(run, by == "key" ? key : item, sensitive));
  }
  return list(run, sorted(run, std::move(items), keys, reverse));
}

Value unique(Interpreter& run, const Value& value, Arguments& arguments) {
  const bool sensitive = arguments.flag("case_sensitive");
  const Value path = arguments.take("attribute", Value::none());
  Values kept, seen;
  for (const Value& item : iterate(value, run.budget())) {
    Value key = key_of(run, item, path, sensitive);
    if (std::any_of(seen.begin(), seen.end(), [&](const Value& old) { return equal(old, key, run.budget()); })) continue;
    seen.push_back(std::move(key));
    kept.push_back(item);
  }
  return list(run, std::move(kept), ListKind::generator);
}

Value reverse(Interpreter& run, const Value& value, Arguments&) {
  Values items = iterate(value, run.budget());
  std::reverse(items.begin(), items.end());
  return value.text() ? joined(list(run, std::move(items)), "", true, run.budget()) : list(run, std::move(items), ListKind::generator);
}

Value sum(Interpreter& run, const Value& value, Arguments& arguments) {
  const Value path = arguments.take("attribute", Value::none());
  Value total = arguments.take("start", Value::integer(0));
  for (const Value& item : iterate(value, run.budget()))
    total = binary("+", total, path.is_none() ? item : run.path(item, path), run.budget());
  return total;
}

Value extreme(Interpreter& run, const Value& value, Arguments& arguments, int wanted) {
  const bool sensitive = arguments.flag("case_sensitive");
  const Value path = arguments.take("attribute", Value::none());
  Value best = Value::undefined(phrase("the least or greatest of nothing is undefined")), best_key;
  for (const Value& item : iterate(value, run.budget())) {
    Value key = key_of(run, item, path, sensitive);
    if (!best.is_undefined() && compare(key, best_key, run.budget()) != wanted) continue;
    best = item;
    best_key = std::move(key);
  }
  return best;
}
Value least(Interpreter& run, const Value& value, Arguments& arguments) { return extreme(run, value, arguments, -1); }
Value greatest(Interpreter& run, const Value& value, Arguments& arguments) { return extreme(run, value, arguments, 1); }

// As the reference: none, 0 and what is undefined have no items here, where elsewhere they cannot be iterated.
Values items_if_any(Interpreter& run, const Value& value) { return truthy(value) ? iterate(value, run.budget()) : Values(); }

Value map(Interpreter& run, const Value& value, Arguments& arguments) {
  Values out;
  if (arguments.positional.empty()) {
    const Value path = arguments.take("attribute"),
                otherwise = arguments.take("default", Value::undefined(phrase("the mapped attribute is undefined")));
    for (const Value& item : items_if_any(run, value)) {
      Value found = run.path(item, path);
      out.push_back(found.is_undefined() ? otherwise : std::move(found));
    }
    return list(run, std::move(out), ListKind::generator);
  }
  const std::string name = text(arguments.take("name"), "`map`");
  Arguments given;
  given.positional = arguments.rest();
  given.named = std::exchange(arguments.named, {});
  for (const Value& item : items_if_any(run, value)) out.push_back(run.filter(name, item, given));
  return list(run, std::move(out), ListKind::generator);
}

Value chosen(Interpreter& run, const Value& value, Arguments& arguments, bool by_attribute, bool wanted) {
  const Value path = by_attribute ? arguments.take("attribute") : Value::none();
  const bool tested = !arguments.rest().empty();
  Values given = arguments.positional;
  given.erase(given.begin(), given.begin() + (by_attribute ? 1 : 0));
  Arguments rest;
  std::string name;
  if (tested) {
    name = text(given.front(), "`select`");
    rest.positional.assign(given.begin() + 1, given.end());
  }
  rest.named = std::exchange(arguments.named, {});
  Values kept;
  for (const Value& item : items_if_any(run, value)) {
    const Value seen = by_attribute ? run.path(item, path) : item;
    if ((tested ? run.test(name, seen, rest) : truthy(seen)) == wanted) kept.push_back(item);
  }
  return list(run, std::move(kept), ListKind::generator);
}
Value select(Interpreter& run, const Value& value, Arguments& arguments) { return chosen(run, value, arguments, false, true); }
Value reject(Interpreter& run, const Value& value, Arguments& arguments) { return chosen(run, value, arguments, false, false); }
Value select_attribute(Interpreter& run, const Value& value, Arguments& arguments) { return chosen(run, value, arguments, true, true); }
Value reject_attribute(Interpreter& run, const Value& value, Arguments& arguments) { return chosen(run, value, arguments, true, false); }

template <auto Holds>
bool plain(Interpreter&, const Value& value, Arguments&) { return Holds(value); }
template <bool Below, bool Same, bool Above>
bool order(Interpreter& run, const Value& value, Arguments& arguments) {
  const int sign = compare(value, arguments.take("other"), run.budget());
  return sign < 0 ? Below : sign > 0 ? Above : Same;
}
bool same(Interpreter& run, const Value& value, Arguments& arguments) { return equal(value, arguments.take("other"), run.budget()); }
bool other(Interpreter& run, const Value& value, Arguments& arguments) { return !same(run, value, arguments); }
bool identical(Interpreter& run, const Value& value, Arguments& arguments) {
  const Value with = arguments.take("other");
  return value.held().index() == with.held().index() && equal(value, with, run.budget());
}
bool within(Interpreter& run, const Value& value, Arguments& arguments) {
  return contains(arguments.take("container"), value, run.budget());
}
bool divisible(Interpreter&, const Value& value, Arguments& arguments) {
  const std::int64_t by = integer(arguments.take("num"), "the divisor");
  if (by == 0) fault("division by zero");
  return by == -1 || integer(value, "what is divided") % by == 0;
}
bool has_case(Interpreter& run, const Value& value, std::string_view method) { return all_are(shown(value, run.budget()), method); }
bool is_upper(Interpreter& run, const Value& value, Arguments&) { return has_case(run, value, "isupper"); }
bool is_lower(Interpreter& run, const Value& value, Arguments&) { return has_case(run, value, "islower"); }
bool is_known_filter(Interpreter&, const Value& value, Arguments&) { return value.text() && is_filter(*value.text()); }
bool is_known_test(Interpreter&, const Value& value, Arguments&) { return value.text() && is_test(*value.text()); }

bool defined(const Value& v) { return !v.is_undefined(); }
bool undefined(const Value& v) { return v.is_undefined(); }
bool none(const Value& v) { return v.is_none(); }
bool string(const Value& v) { return v.text() != nullptr; }
bool mapping(const Value& v) { return v.dict() != nullptr; }
bool sequence(const Value& v) { return v.text() || v.dict() || v.is_undefined() || (v.list() && v.list()->kind != ListKind::generator); }
bool iterable(const Value& v) { return v.text() || v.dict() || v.is_undefined() || v.list() || v.as<std::shared_ptr<Loop>>(); }
bool number(const Value& v) { return numeric(v).has_value(); }
bool is_integer(const Value& v) { return v.as<std::int64_t>() != nullptr; }
bool is_float(const Value& v) { return v.as<double>() != nullptr; }
bool boolean(const Value& v) { return v.as<bool>() != nullptr; }
bool is_true(const Value& v) { return v.as<bool>() && *v.as<bool>(); }
bool is_false(const Value& v) { return v.as<bool>() && !*v.as<bool>(); }
bool odd(const Value& v) { return integer(v, "what may be odd") % 2 != 0; }
bool even(const Value& v) { return !odd(v); }
bool callable(const Value& v) {
  return v.as<Builtin>() || v.as<std::shared_ptr<const Macro>>() || v.as<std::shared_ptr<const Bound>>() || v.as<std::shared_ptr<Loop>>();
}
}  // namespace

Filter find_list_filter(std::string_view name) {
  static constexpr std::pair<std::string_view, Filter> kFilters[] = {
      {"sort", sort}, {"dictsort", sort_dictionary}, {"unique", unique}, {"reverse", reverse}, {"sum", sum}, {"min", least},
      {"max", greatest}, {"map", map}, {"select", select}, {"reject", reject}, {"selectattr", select_attribute},
      {"rejectattr", reject_attribute}};
  for (const auto& [known, filter] : kFilters)
    if (known == name) return filter;
  return nullptr;
}

Test find_test(std::string_view name) {
  static constexpr std::pair<std::string_view, Test> kTests[] = {
      {"defined", plain<defined>}, {"undefined", plain<undefined>}, {"none", plain<none>}, {"string", plain<string>},
      {"mapping", plain<mapping>}, {"sequence", plain<sequence>}, {"iterable", plain<iterable>}, {"number", plain<number>},
      {"integer", plain<is_integer>}, {"float", plain<is_float>}, {"boolean", plain<boolean>}, {"true", plain<is_true>},
      {"false", plain<is_false>}, {"odd", plain<odd>}, {"even", plain<even>}, {"callable", plain<callable>}, {"eq", same},
      {"equalto", same}, {"==", same}, {"ne", other}, {"!=", other}, {"lt", order<true, false, false>},
      {"lessthan", order<true, false, false>}, {"<", order<true, false, false>}, {"le", order<true, true, false>},
      {"<=", order<true, true, false>}, {"gt", order<false, false, true>}, {"greaterthan", order<false, false, true>},
      {">", order<false, false, true>}, {"ge", order<false, true, true>}, {">=", order<false, true, true>}, {"in", within},
      {"sameas", identical}, {"divisibleby", divisible}, {"upper", is_upper}, {"lower", is_lower}, {"filter", is_known_filter},
      {"test", is_known_test}};
  for (const auto& [known, test] : kTests)
    if (known == name) return test;
  return nullptr;
}
bool is_test(std::string_view name) { return find_test(name) != nullptr; }

}  // namespace maru::text::jinja
