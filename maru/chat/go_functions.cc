// The functions of Go's templates, and the three that Ollama adds.
#include <algorithm>
#include <array>
#include <ctime>

#include "maru/chat/go_syntax.h"

namespace maru::chat::go {
namespace {

using Function = Value (*)(std::string_view name, const List& arguments);

void want(std::string_view name, const List& arguments, std::size_t least, std::size_t most) {
  if (arguments.size() >= least && arguments.size() <= most) return;
  if (least == most) fault("wrong number of args for {}: want {} got {}", name, least, arguments.size());
  fault("wrong number of args for {}: want at least {} got {}", name, least, arguments.size());
}

enum class Basic : std::uint8_t { none, boolean, integer, number, text };
Basic basic(const Value& value) {
  if (value.json()) return Basic::none;
  if (value.as<bool>()) return Basic::boolean;
  if (value.as<std::int64_t>()) return Basic::integer;
  if (value.as<double>()) return Basic::number;
  return value.text() ? Basic::text : Basic::none;
}

bool equal(const Value& a, const Value& b) {
  const Basic kind = basic(a);
  if (kind != basic(b)) {
    if (!a.nil() && !b.nil()) fault("incompatible types for comparison: {} and {}", type_name(a), type_name(b));
    return false;
  }
  switch (kind) {
    case Basic::boolean: return *a.as<bool>() == *b.as<bool>();
    case Basic::integer: return *a.as<std::int64_t>() == *b.as<std::int64_t>();
    case Basic::number: return *a.as<double>() == *b.as<double>();
    case Basic::text: return *a.text() == *b.text();
    default: break;
  }
  if (a.nil() || b.nil()) return a.nil() == b.nil();
  fault("non-comparable types {} and {}", type_name(a), type_name(b));
}

bool less(const Value& a, const Value& b) {
  const Basic kind = basic(a), other = basic(b);
  if (kind == Basic::none || other == Basic::none) fault("invalid type for comparison");
  if (kind != other) fault("incompatible types for comparison: {} and {}", type_name(a), type_name(b));
  switch (kind) {
    case Basic::integer: return *a.as<std::int64_t>() < *b.as<std::int64_t>();
    case Basic::number: return *a.as<double>() < *b.as<double>();
    case Basic::text: return *a.text() < *b.text();
    default: fault("invalid type for comparison");
  }
}

Value not_(std::string_view name, const List& a) {
  want(name, a, 1, 1);
  return Value::boolean(!truthy(a[0]));
}

Value eq(std::string_view, const List& a) {
  if (a.size() < 2) fault("missing argument for comparison");
  for (std::size_t i = 1; i < a.size(); ++i)
    if (equal(a[0], a[i])) return Value::boolean(true);
  return Value::boolean(false);
}
Value ne(std::string_view name, const List& a) {
  want(name, a, 2, 2);
  return Value::boolean(!equal(a[0], a[1]));
}
Value order(std::string_view name, const List& a) {
  want(name, a, 2, 2);
  if (name == "lt") return Value::boolean(less(a[0], a[1]));
  if (name == "ge") return Value::boolean(!less(a[0], a[1]));
  const bool le = less(a[0], a[1]) || equal(a[0], a[1]);
  return Value::boolean(name == "le" ? le : !le);
}

Value len(std::string_view name, const List& a) {
  want(name, a, 1, 1);
  std::size_t size = 0;
  if (const auto* text = a[0].text()) size = text->size();
  else if (const auto* list = a[0].list()) size = list->size();
  else if (const Record* record = a[0].record(); record && !record->fields) size = record->items.size();
  else if (a[0].nil()) fault("len of nil pointer");
  else fault("len of type {}", type_name(a[0]));
  return Value::integer(std::int64_t(size));
}

std::size_t place(const Value& index, std::size_t most) {
  if (index.nil()) fault("cannot index slice/array with nil");
  const auto* at = index.as<std::int64_t>();
  if (!at) fault("cannot index slice/array with type {}", type_name(index));
  if (*at < 0 || std::size_t(*at) > most) fault("index out of range: {}", *at);
  return std::size_t(*at);
}

Value index(std::string_view name, const List& a) {
  want(name, a, 1, std::size_t(-1));
  if (a[0].nil()) fault("index of untyped nil");
  Value item = a[0];
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (item.nil()) fault("index of nil pointer");
    const auto* text = item.text();
    if (const std::size_t size = text ? text->size() : item.list() ? item.list()->size() : 0; text || item.list()) {
      const std::size_t at = place(a[i], size);
      if (at == size) fault("index out of range: {}", at);
      item = text ? Value::integer(static_cast<unsigned char>((*text)[at])) : Value((*item.list())[at]);
    } else if (const Record* record = item.record(); record && !record->fields) {
      if (!a[i].text()) fault("value has type {}; should be string", type_name(a[i]));
      const Value* found = record->find(*a[i].text());
      item = found ? Value(*found) : Value();
    } else {
      fault("can't index item of type {}", type_name(item));
    }
  }
  return item;
}

Value slice(std::string_view name, const List& a) {
  want(name, a, 1, std::size_t(-1));
  if (a[0].nil()) fault("slice of untyped nil");
  if (a.size() > 4) fault("too many slice indexes: {}", a.size() - 1);
  const auto* text = a[0].text();
  const List* list = a[0].list();
  if (!text && !list) fault("can't slice item of type {}", type_name(a[0]));
  if (text && a.size() == 4) fault("cannot 3-index slice a string");
  const std::size_t size = text ? text->size() : list->size();
  const std::size_t from = a.size() > 1 ? place(a[1], size) : 0, to = a.size() > 2 ? place(a[2], size) : size;
  if (a.size() > 3 && place(a[3], size) < to) fault("invalid slice index: {} > {}", to, place(a[3], size));
  if (from > to) fault("invalid slice index: {} > {}", from, to);
  if (text) return Value::text(text->substr(from, to - from));
  return Value::list(List(list->begin() + std::ptrdiff_t(from), list->begin() + std::ptrdiff_t(to)));
}

// Go's Sprint: a space between two of which neither is a text.
std::string shown(const Value& value) { return value.nil() ? "<nil>" : printed(value); }
Value print(std::string_view, const List& a) {
  std::string out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (i > 0 && !a[i].text() && !a[i - 1].text()) out += ' ';
    out += shown(a[i]);
  }
  return Value::text(std::move(out));
}
Value println(std::string_view, const List& a) {
  std::string out;
  for (std::size_t i = 0; i < a.size(); ++i) out += (i > 0 ? " " : "") + shown(a[i]);
  return Value::text(out + "\n");
}
Value printf(std::string_view name, const List& a) {
  want(name, a, 1, std::size_t(-1));
  const std::string* pattern = a[0].text();
  if (!pattern) fault("wrong type for value; expected string; got {}", type_name(a[0]));
  std::string out;
  std::size_t used = 1;
  for (std::size_t i = 0; i < pattern->size(); ++i) {
    if ((*pattern)[i] != '%') {
      out += (*pattern)[i];
      continue;
    }
    const char verb = ++i < pattern->size() ? (*pattern)[i] : '\0';
    if (verb == '%') {
      out += '%';
      continue;
    }
    if (used == a.size()) fault("printf: %{} has no argument", verb);
    const Value& value = a[used++];
    const bool fits = verb == 'v' || (verb == 's' && value.text()) || (verb == 'q' && value.text()) ||
                      (verb == 'd' && value.as<std::int64_t>()) || (verb == 't' && value.as<bool>());
    if (!fits)
      fault("printf: %{} with {}: only %v, %s and %q of a text, %d of a whole number, %t and %% are known here", verb, type_name(value));
    out += verb == 'q' ? in_quotes(*value.text()) : shown(value);
  }
  if (used < a.size()) fault("printf: {} arguments too many", a.size() - used);
  return Value::text(std::move(out));
}

Value json(std::string_view name, const List& a) {
  want(name, a, 1, 1);
  return Value::text(marshalled(a[0]));
}

Value date(std::string_view name, const List& a) {
  want(name, a, 0, 1);
  const std::time_t now = std::time(nullptr) - (name == "yesterdayDate" ? 86'400 : 0);
  std::tm parts{};
  localtime_r(&now, &parts);
  char text[32];
  return Value::text(std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)));
}

// A JSON Schema's type as TypeScript writes it.
Value typescript(std::string_view name, const List& a) {
  want(name, a, 1, 1);
  const auto one = [](std::string_view type) -> std::string {
    static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {{"string", "string"},  {"number", "number"},
                                                                               {"integer", "number"}, {"boolean", "boolean"},
                                                                               {"array", "any[]"},    {"object", "Record<string, any>"},
                                                                               {"null", "null"}};
    for (const auto& [json, script] : kTypes)
      if (type == json) return std::string(script);
    return "any";
  };
  Value type = a[0];
  if (const Record* record = type.record()) {
    const Value* found = record->find("Type");
    if (!found) found = record->find("type");
    type = found ? Value(*found) : Value();
  }
  if (const auto* text = type.text()) return Value::text(one(*text));
  std::string out;
  if (const List* list = type.list())
    for (const Value& item : *list) out += (out.empty() ? "" : " | ") + (item.text() ? one(*item.text()) : std::string("any"));
  return Value::text(out.empty() ? "any" : out);
}

constexpr std::pair<std::string_view, Function> kFunctions[] = {
    {"and", nullptr}, {"or", nullptr}, {"not", not_}, {"eq", eq}, {"ne", ne}, {"lt", order}, {"le", order}, {"gt", order}, {"ge", order},
    {"len", len}, {"index", index}, {"slice", slice}, {"print", print}, {"println", println}, {"printf", printf},
    {"json", json}, {"currentDate", date}, {"yesterdayDate", date}, {"toTypeScriptType", typescript}};

}  // namespace

bool is_function(std::string_view name) {
  return std::ranges::any_of(kFunctions, [&](const auto& function) { return function.first == name; });
}

Value call(std::string_view name, const List& arguments) {
  for (const auto& [known, function] : kFunctions)
    if (known == name && function) return function(name, arguments);
  fault("{} is not a defined function", in_quotes(name));
}

}  // namespace maru::chat::go
