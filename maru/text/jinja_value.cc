// Building, comparing and iterating template values by Python's rules. How they are written is in jinja_text.cc.
#include "maru/text/jinja_value.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "maru/base/unicode.h"

namespace maru::text::jinja {
namespace {
constexpr int kNesting = 128;  // lists in lists; the recursive walks and destructors rest on it
constexpr std::size_t kIndexed = 8;

int checked_nesting(int inner) {
  if (inner >= kNesting) throw Fault{ErrorKind::limit, phrase("values nest deeper than {}", kNesting)};
  return inner + 1;
}
}  // namespace

void Budget::step(std::size_t count) {
  if (count > left_) throw Fault{ErrorKind::limit, phrase("the template takes more than {} steps", steps_)};
  left_ -= count;
}

void Budget::fits(std::size_t count) const {
  if (count > bytes_) throw Fault{ErrorKind::limit, phrase("the template makes a text of more than {} bytes", bytes_)};
}

void Budget::bytes(std::size_t count) {
  fits(count);
  step(count / 256);
}

const Value* Dict::find(std::string_view key) const {
  if (items.size() > kIndexed) {
    const auto at = texts.find(key);
    return at == texts.end() ? nullptr : &items[at->second].second;
  }
  for (const auto& [name, value] : items)
    if (const std::string* letters = name.text(); letters && *letters == key) return &value;
  return nullptr;
}

const Value* Dict::find(const Value& key, Budget& budget) const {
  if (const std::string* letters = key.text()) return find(*letters);
  for (const auto& [name, value] : items)
    if (equal(name, key, budget)) return &value;
  return nullptr;
}

int nesting(const Value& value) {
  if (const List* list = value.list()) return list->nesting;
  if (const Dict* dict = value.dict()) return dict->nesting;
  if (auto* method = value.as<std::shared_ptr<const Bound>>()) return (*method)->nesting;
  if (auto* loop = value.as<std::shared_ptr<Loop>>()) return (*loop)->nesting;
  return 0;
}

Value make_list(Values items, Budget& budget, ListKind kind) {
  budget.items(items.size());
  int inner = 0;
  for (const Value& item : items) inner = std::max(inner, nesting(item));
  return Value(Value::Variant(std::make_shared<const List>(List{std::move(items), kind, checked_nesting(inner)})));
}

Value make_dict(std::vector<std::pair<Value, Value>> items, Budget& budget) {
  budget.items(items.size());
  auto dict = std::make_shared<Dict>();
  int inner = 0;
  for (auto& [key, value] : items) {
    if (key.list() || key.dict()) fault("a {} cannot be the key of a dictionary", type_name(key));
    inner = std::max(inner, nesting(value));
    const std::string* letters = key.text();
    const auto same = [&](const auto& entry) { return equal(entry.first, key, budget); };
    std::size_t at = dict->items.size();
    if (!letters) {
      at = std::size_t(std::find_if(dict->items.begin(), dict->items.end(), same) - dict->items.begin());
    } else if (const auto known = dict->texts.find(*letters); known != dict->texts.end()) {
      at = known->second;
    }
    if (at < dict->items.size()) {
      dict->items[at].second = std::move(value);
      continue;
    }
    if (letters) dict->texts.emplace(*letters, dict->items.size());
    dict->items.emplace_back(std::move(key), std::move(value));
  }
  dict->nesting = checked_nesting(inner);
  return Value(Value::Variant(std::shared_ptr<const Dict>(std::move(dict))));
}

Value make_text(std::string letters, Budget& budget) {
  budget.bytes(letters.size());
  return Value::text(std::move(letters));
}

Value bound(Value self, std::string_view method) {
  const int depth = checked_nesting(nesting(self));
  return Value(Value::Variant(std::make_shared<const Bound>(Bound{std::move(self), std::string(method), depth})));
}

namespace {
Value from_json(const Json& json, Budget& budget, int depth) {
  if (depth > kNesting) throw Fault{ErrorKind::limit, phrase("the variables nest deeper than {}", kNesting)};
  switch (json.type()) {
    case Json::value_t::boolean: return Value::boolean(json.get<bool>());
    case Json::value_t::number_integer: return Value::integer(json.get<std::int64_t>());
    case Json::value_t::number_unsigned: {
      const auto number = json.get<std::uint64_t>();
      return number <= INT64_MAX ? Value::integer(std::int64_t(number)) : Value::number(double(number));
    }
    case Json::value_t::number_float: return Value::number(json.get<double>());
    case Json::value_t::string: {
      const std::string& letters = json.get_ref<const std::string&>();
      if (const auto bad = unicode::first_invalid(letters)) fault("a text among the variables is not valid UTF-8 at byte {}", *bad);
      return make_text(letters, budget);
    }
    case Json::value_t::array: {
      Values items;
      for (const Json& item : json) items.push_back(from_json(item, budget, depth + 1));
      return make_list(std::move(items), budget);
    }
    case Json::value_t::object: {
      std::vector<std::pair<Value, Value>> items;
      for (const auto& [key, item] : json.items())
        items.emplace_back(from_json(Json(key), budget, depth + 1), from_json(item, budget, depth + 1));
      return make_dict(std::move(items), budget);
    }
    default: return Value::none();
  }
}
}  // namespace

Value from_json(const Json& json, Budget& budget) { return from_json(json, budget, 1); }

const Phrase& type_name(const Value& value) {
  static const Phrase kNames[] = {phrase("undefined value"), phrase("none"), phrase("boolean"), phrase("integer"), phrase("number"),
                                  phrase("text"), phrase("list"), phrase("dictionary"), phrase("namespace"), phrase("macro"),
                                  phrase("method"), phrase("loop"), phrase("function")};
  return kNames[value.held().index()];
}

std::optional<double> numeric(const Value& value) {
  if (auto* yes = value.as<bool>()) return *yes;
  if (auto* whole = value.as<std::int64_t>()) return double(*whole);
  if (auto* number = value.as<double>()) return *number;
  return std::nullopt;
}

bool truthy(const Value& value) {
  if (value.is_undefined() || value.is_none()) return false;
  if (auto number = numeric(value)) return *number != 0;
  if (auto* letters = value.text()) return !letters->empty();
  if (auto* list = value.list()) return list->kind == ListKind::generator || !list->items.empty();
  if (auto* dict = value.dict()) return !dict->items.empty();
  return true;
}

bool equal(const Value& a, const Value& b, Budget& budget) {
  budget.step();
  if (const auto x = numeric(a)) {
    const auto* whole_a = a.as<std::int64_t>();
    const auto* whole_b = b.as<std::int64_t>();
    if (whole_a && whole_b) return *whole_a == *whole_b;
    const auto y = numeric(b);
    return y && *x == *y;
  }
  if (a.held().index() != b.held().index()) return false;
  if (a.is_undefined() || a.is_none()) return true;
  if (auto* letters = a.text()) return *letters == *b.text();
  if (auto* list = a.list()) {
    const List& other = *b.list();
    if (list == &other) return true;
    if (list->kind != other.kind || list->items.size() != other.items.size()) return false;
    for (std::size_t i = 0; i < list->items.size(); ++i)
      if (!equal(list->items[i], other.items[i], budget)) return false;
    return true;
  }
  if (auto* dict = a.dict()) {
    const Dict& other = *b.dict();
    if (dict == &other) return true;
    if (dict->items.size() != other.items.size()) return false;
    for (const auto& [key, item] : dict->items) {
      const Value* found = other.find(key, budget);
      if (!found || !equal(item, *found, budget)) return false;
    }
    return true;
  }
  if (auto* space = a.as<Namespace*>()) return *space == *b.as<Namespace*>();
  if (auto* function = a.as<Builtin>()) return function->name == b.as<Builtin>()->name;
  if (auto* macro = a.as<std::shared_ptr<const Macro>>()) return *macro == *b.as<std::shared_ptr<const Macro>>();
  return false;
}

int compare(const Value& a, const Value& b, Budget& budget) {
  budget.step();
  const auto sign = [](auto x, auto y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.as<std::int64_t>() && b.as<std::int64_t>()) return sign(*a.as<std::int64_t>(), *b.as<std::int64_t>());
  const auto x = numeric(a), y = numeric(b);
  if (x && y) return sign(*x, *y);
  if (a.text() && b.text()) return sign(*a.text(), *b.text());  // UTF-8 sorts as its code points
  if (a.list() && b.list()) {
    const Values &p = a.list()->items, &q = b.list()->items;
    for (std::size_t i = 0; i < std::min(p.size(), q.size()); ++i)
      if (!equal(p[i], q[i], budget)) return compare(p[i], q[i], budget);
    return sign(p.size(), q.size());
  }
  for (const Value* side : {&a, &b})
    if (auto* missing = side->as<Undefined>()) fault("{}", missing->why ? *missing->why : phrase("a value is undefined"));
  fault("a {} and a {} have no order", type_name(a), type_name(b));
}

bool contains(const Value& container, const Value& item, Budget& budget) {
  if (container.is_undefined()) return false;
  if (auto* letters = container.text()) {
    budget.step(letters->size() / 256 + 1);
    return letters->find(text(item, "what is looked for in a text")) != std::string::npos;
  }
  if (auto* list = container.list())
    return std::any_of(list->items.begin(), list->items.end(), [&](const Value& held) { return equal(held, item, budget); });
  if (auto* dict = container.dict()) return dict->find(item, budget) != nullptr;
  fault("`in` takes a text, list or dictionary on its right, got a {}", type_name(container));
}

std::size_t length(const Value& value) {
  if (value.is_undefined()) return 0;
  if (auto* letters = value.text()) return unicode::length(*letters);
  if (auto* list = value.list(); list && list->kind != ListKind::generator) return list->items.size();
  if (auto* dict = value.dict()) return dict->items.size();
  if (value.list()) fault("what map, select and reject give has no length; put `| list` before it");
  fault("a {} has no length", type_name(value));
}

Values iterate(const Value& value, Budget& budget) {
  Values items;
  if (auto* list = value.list()) {
    budget.items(list->items.size());
    return list->items;
  }
  if (auto* dict = value.dict()) {
    budget.items(dict->items.size());
    for (const auto& [key, item] : dict->items) items.push_back(key);
  } else if (auto* letters = value.text()) {
    budget.step(letters->size() + 1);
    for (std::size_t at = 0; at < letters->size();) {
      const std::size_t from = at;
      unicode::next(*letters, at);
      items.push_back(Value::text(letters->substr(from, at - from)));
    }
  } else if (!value.is_undefined()) {
    fault("a {} cannot be iterated", type_name(value));
  }
  return items;
}

std::int64_t integer(const Value& value, std::string_view what) {
  if (auto* whole = value.as<std::int64_t>()) return *whole;
  if (auto* yes = value.as<bool>()) return *yes;
  fault("{} must be an integer, got a {}", what, type_name(value));
}

const std::string& text(const Value& value, std::string_view what) {
  if (auto* letters = value.text()) return *letters;
  if (auto* missing = value.as<Undefined>(); missing && missing->why) fault("{}", *missing->why);
  fault("{} must be a text, got a {}", what, type_name(value));
}

}  // namespace maru::text::jinja
