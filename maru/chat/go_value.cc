// Values, and how Go writes them: by fmt's %v, and by encoding/json.
#include "maru/chat/go_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace maru::chat::go {
namespace {

// The shortest digits that give the number again. %v writes an exponent below 1e-4 and from 1e6 on, encoding/json below 1e-6 and from 1e21
// on.
std::string number_text(double value, double least, double most) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[400];
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size >= least && size < most);
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr;
  return {buffer, end};
}

void write(std::string& out, const Value& value, bool top) {
  if (value.json()) out += marshalled(*value.json());
  else if (value.nil()) out += top ? "<no value>" : "<nil>";
  else if (const bool* yes = value.as<bool>()) out += *yes ? "true" : "false";
  else if (const auto* whole = value.as<std::int64_t>()) out += std::to_string(*whole);
  else if (const auto* number = value.as<double>()) out += number_text(*number, 1e-4, 1e6);
  else if (const auto* text = value.text()) out += *text;
  else if (const auto* list = value.list()) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ' ';
      write(out, (*list)[i], false);
    }
    out += ']';
  } else if (const Record* record = value.record()) {
    std::vector<const std::pair<std::string, Value>*> items;
    for (const auto& item : record->items) items.push_back(&item);
    if (!record->fields) std::ranges::sort(items, {}, [](const auto* item) { return item->first; });
    out += record->fields ? "{" : "map[";
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += ' ';
      if (!record->fields) out += items[i]->first + ":";
      write(out, items[i]->second, false);
    }
    out += record->fields ? "}" : "]";
  }
}

std::string json_text(std::string_view text) {
  std::string out;
  for (const std::string plain = dump(Json(text)); const char c : plain) {
    if (c == '<') out += "\\u003c";
    else if (c == '>') out += "\\u003e";
    else if (c == '&') out += "\\u0026";
    else out += c;
  }
  for (const auto& [from, to] : {std::pair{"\u2028", "\\u2028"}, std::pair{"\u2029", "\\u2029"}})
    for (std::size_t at = out.find(from); at != std::string::npos; at = out.find(from, at)) out.replace(at, 3, to);
  return out;
}

}  // namespace

const Value* Record::find(std::string_view name) const {
  const auto found = std::ranges::find(items, name, &std::pair<std::string, Value>::first);
  return found == items.end() ? nullptr : &found->second;
}

Value from_json(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean: return Value::boolean(json.get<bool>());
    case Json::value_t::string: return Value::text(json.get<std::string>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
    case Json::value_t::number_float: return Value::number(json.get<double>());
    case Json::value_t::array: {
      if (json.empty()) return Value::list({}).as_json(std::make_shared<const Json>(json));
      List items;
      for (const Json& item : json) items.push_back(from_json(item));
      return Value::list(std::move(items));
    }
    case Json::value_t::object: {
      std::vector<std::pair<std::string, Value>> items;
      for (const auto& [name, item] : json.items()) items.emplace_back(name, from_json(item));
      return Value::map(std::move(items));
    }
    default: return {};
  }
}

bool truthy(const Value& value) {
  if (const bool* yes = value.as<bool>()) return *yes;
  if (const auto* whole = value.as<std::int64_t>()) return *whole != 0;
  if (const auto* number = value.as<double>()) return *number != 0;
  if (const auto* text = value.text()) return !text->empty();
  if (const auto* list = value.list()) return !list->empty();
  if (const Record* record = value.record()) return record->fields || !record->items.empty();
  return false;
}

std::string type_name(const Value& value) {
  if (value.as<bool>()) return "bool";
  if (value.as<std::int64_t>()) return "int";
  if (value.as<double>()) return "float64";
  if (value.text()) return "string";
  if (value.list()) return "list";
  if (const Record* record = value.record()) return record->fields ? "struct" : "map";
  return "nil";
}

std::string printed(const Value& value) {
  std::string out;
  write(out, value, true);
  return out;
}

std::string in_quotes(std::string_view text) { return dump(Json(text)); }

std::string marshalled(const Json& json) {
  if (json.is_string()) return json_text(json.get_ref<const std::string&>());
  if (json.is_number_float()) return number_text(json.get<double>(), 1e-6, 1e21);
  if (!json.is_structured()) return dump(json);
  std::string out(1, json.is_object() ? '{' : '[');
  for (const auto& [name, item] : json.items()) {
    if (out.size() > 1) out += ',';
    if (json.is_object()) out += json_text(name) + ":";
    out += marshalled(item);
  }
  return out + (json.is_object() ? '}' : ']');
}

std::string marshalled(const Value& value) {
  if (value.json()) return marshalled(*value.json());
  if (value.nil()) return "null";
  if (const auto* number = value.as<double>()) return number_text(*number, 1e-6, 1e21);
  if (const auto* text = value.text()) return json_text(*text);
  std::string out;
  if (const auto* list = value.list()) {
    if (list->empty()) return "null";            // nobody made it: in Go it is nil
    for (const Value& item : *list) out += (out.empty() ? "" : ",") + marshalled(item);
    return "[" + out + "]";
  }
  if (const Record* record = value.record()) {
    for (const auto& [name, item] : record->items) out += (out.empty() ? "" : ",") + json_text(name) + ":" + marshalled(item);
    return "{" + out + "}";
  }
  return printed(value);
}

}  // namespace maru::chat::go
