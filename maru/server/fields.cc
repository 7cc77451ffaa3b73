// Bodies against tables of fields. The table is not changed and the body is not completed: what a member's absence means is the route's.
#include "maru/server/fields.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "maru/base/error.h"
#include "maru/base/unicode.h"

namespace maru::server {
namespace {

constexpr double kWhole = 9007199254740992.0;    // 2^53: above it a double is no longer every integer
constexpr std::size_t kReported = 200;           // ignored members that are named
constexpr std::size_t kShown = 60;               // bytes of a value in a message

struct Named {
  Kind kind;
  std::string_view schema, english;
};
constexpr Named kKinds[] = {{Kind::boolean, "boolean", "a boolean"}, {Kind::integer, "integer", "an integer"},
                            {Kind::number, "number", "a number"},    {Kind::text, "string", "a string"},
                            {Kind::object, "object", "an object"},   {Kind::array, "array", "an array"}};

std::string path_of(std::string_view parent, std::string_view name) {
  std::string path(parent);
  if (!path.empty()) path += '.';
  return path.append(name.substr(0, kShown));
}

std::string shown(const Json& value) {
  std::string text = value.is_structured() ? std::string(value.is_object() ? "an object" : "an array") : dump(value);
  if (text.size() <= kShown) return text;
  text.resize(kShown);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
  return text + " …";
}

std::string range(const Field& field) {
  const bool low = std::isfinite(field.low), high = std::isfinite(field.high);
  if (low && high) return fmt::format(" from {} to {}", field.low, field.high);
  if (low) return fmt::format(" of at least {}", field.low);
  return high ? fmt::format(" of at most {}", field.high) : std::string();
}

std::string expected(const Field& field) {
  std::string out;
  for (const Named& one : kKinds) {
    if (!field.kinds.has(one.kind)) continue;
    if (one.kind == Kind::integer && field.kinds.has(Kind::number)) continue;
    const bool numeric = one.kind == Kind::integer || one.kind == Kind::number;
    out += fmt::format("{}{}{}", out.empty() ? "" : " or ", one.english, numeric ? range(field) : "");
  }
  return out;
}

[[noreturn]] void wrong(const std::string& path, const Field& field, const Json& value) {
  fail(ErrorKind::invalid, "{}: expected {}, got {}", path, expected(field), shown(value));
}

std::string choices(const Field& field) {
  std::string out;
  for (const std::string_view one : field.choices) out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", one);
  return out;
}

class Checker {
 public:
  std::vector<std::string> ignored;

  Json object(const Json& value, std::span<const Field> fields, const std::string& path) {
    Json out = Json::object();
    // Through the vector below: the ordered map's own insertion and erasure search, which is quadratic.
    auto& members = out.get_ref<Json::object_t&>();
    std::vector<const Field*> seen;
    for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
      const std::string at = path_of(path, name);
      const auto field = std::ranges::find(fields, name, &Field::name);
      if (field == fields.end()) {
        report(at);
        members.emplace_back(name, member);
        continue;
      }
      if (member.is_null()) continue;
      if (field->ignored) report(at);
      seen.push_back(&*field);
      members.emplace_back(name, this->value(member, *field, at));
    }
    for (const Field& field : fields) {
      const bool there = !field.required || std::ranges::find(seen, &field) != seen.end();
      check(there, "{}: is missing; expected {}", path_of(path, field.name), expected(field));
    }
    return out;
  }

 private:
  void report(const std::string& path) {
    if (ignored.size() < kReported) ignored.push_back(path);
  }

  Json value(const Json& value, const Field& field, const std::string& path) {
    if (value.is_boolean() && field.kinds.has(Kind::boolean)) return value;
    if (value.is_number() && (field.kinds.has(Kind::number) || field.kinds.has(Kind::integer))) return number(value, field, path);
    if (value.is_string() && field.kinds.has(Kind::text)) return text(value, field, path);
    if (value.is_object() && field.kinds.has(Kind::object)) {
      sized(value.size(), field, path, value);
      return field.fields.empty() ? value : object(value, field.fields, path);
    }
    if (value.is_array() && field.kinds.has(Kind::array)) return array(value, field, path);
    wrong(path, field, value);
  }

  // A whole float is an integer, as in JSON Schema; beyond 2^53 a float says no integer exactly.
  Json number(const Json& value, const Field& field, const std::string& path) {
    const double real = value.get<double>();
    if (!(real >= field.low && real <= field.high)) wrong(path, field, value);
    if (field.kinds.has(Kind::number)) return value;
    if (value.is_number_float()) {
      if (std::trunc(real) != real || std::abs(real) > kWhole) wrong(path, field, value);
      return std::int64_t(real);
    }
    // From 2^63 on it is no signed integer; whoever allows such numbers says so by the range.
    constexpr auto kMost = std::uint64_t(std::numeric_limits<std::int64_t>::max());
    const bool too_large = value.is_number_unsigned() && value.get<std::uint64_t>() > kMost;
    if (too_large && !std::isfinite(field.high)) wrong(path, field, value);
    return value;
  }

  Json text(const Json& value, const Field& field, const std::string& path) {
    const auto& text = value.get_ref<const std::string&>();
    if (!field.choices.empty() && std::ranges::find(field.choices, text) == field.choices.end()) {
      fail(ErrorKind::invalid, "{}: expected one of {}, got {}", path, choices(field), shown(value));
    }
    sized(text.size(), field, path, value);
    return value;
  }

  Json array(const Json& value, const Field& field, const std::string& path) {
    sized(value.size(), field, path, value);
    if (field.items.empty()) return value;
    Json out = Json::array();
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string at = fmt::format("{}[{}]", path, i);
      if (value[i].is_null()) wrong(at, field.items.front(), value[i]);
      out.push_back(this->value(value[i], field.items.front(), at));
    }
    return out;
  }

  void sized(std::size_t size, const Field& field, const std::string& path, const Json& value) {
    if (size >= field.shortest && size <= field.longest) return;
    if (value.is_string()) {
      if (size < field.shortest) fail(ErrorKind::invalid, "{}: expected a string of at least {} bytes, got {}", path, field.shortest, size);
      fail(ErrorKind::invalid, "{}: expected a string of at most {} bytes, got {}", path, field.longest, size);
    }
    if (size < field.shortest) fail(ErrorKind::invalid, "{}: expected at least {} members, got {}", path, field.shortest, size);
    fail(ErrorKind::invalid, "{}: expected at most {} members, got {}", path, field.longest, size);
  }
};

Json schema_of(const Field& field) {
  Json schema = Json::object();
  Json types = Json::array();
  for (const Named& one : kKinds) {
    if (field.kinds.has(one.kind) && !(one.kind == Kind::integer && field.kinds.has(Kind::number))) types.push_back(one.schema);
  }
  if (!field.required && !field.name.empty()) types.push_back("null");
  schema["type"] = types.size() == 1 ? types.front() : types;
  if (!field.about.empty()) schema["description"] = field.about;
  if (field.ignored) schema["deprecated"] = true;
  if (std::isfinite(field.low)) schema["minimum"] = field.low;
  if (std::isfinite(field.high)) schema["maximum"] = field.high;
  if (!field.choices.empty()) {
    schema["enum"] = Json::array();
    for (const std::string_view one : field.choices) schema["enum"].push_back(one);
    if (!field.required && !field.name.empty()) schema["enum"].push_back(nullptr);
  }
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  const auto sizes = [&](Kind kind, const char* least, const char* most) {
    if (!field.kinds.has(kind)) return;
    if (field.shortest > 0) schema[least] = kind == Kind::text ? 1 : field.shortest;   // ours are bytes, the schema's are characters
    if (field.longest != kAny) schema[most] = field.longest;
  };
  sizes(Kind::text, "minLength", "maxLength");
  sizes(Kind::object, "minProperties", "maxProperties");
  sizes(Kind::array, "minItems", "maxItems");
  if (!field.fields.empty()) {
    const Json inner = server::schema_of(field.fields);
    schema["properties"] = inner["properties"];
    if (inner.contains("required")) schema["required"] = inner["required"];
  }
  if (!field.items.empty()) schema["items"] = schema_of(field.items.front());
  if (!field.example.is_null()) schema["examples"] = Json::array({field.example});
  return schema;
}

}  // namespace

CheckedBody check_body(std::string_view body, std::span<const Field> fields, int max_depth) {
  check(!body.starts_with("\xef\xbb\xbf"), "the body begins with a byte order mark; expected JSON in plain UTF-8");
  if (const auto at = unicode::first_invalid(body)) fail(ErrorKind::invalid, "the body is not UTF-8 at byte {}", *at);
  // The parser would take it for the end, and what follows for nothing.
  const std::size_t zero = body.find('\0');
  check(zero == body.npos, "the body holds a zero byte outside of a string, at byte {}", zero);
  const Json json = parse_json(body, "the body", max_depth);
  check(json.is_object(), "the body: expected an object, got {}", kind_of(json));
  Checker checker;
  CheckedBody checked;
  checked.json = checker.object(json, fields, "");
  checked.ignored = std::move(checker.ignored);
  return checked;
}

Json schema_of(std::span<const Field> fields) {
  Json properties = Json::object(), required = Json::array();
  for (const Field& field : fields) {
    properties[std::string(field.name)] = schema_of(field);
    if (field.required) required.push_back(field.name);
  }
  Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace maru::server
