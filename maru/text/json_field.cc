// The readers and complaints of one field.
#include "maru/text/json_field.h"

#include "maru/base/unicode.h"

namespace maru::text {

using simdjson::dom::element;

namespace {

constexpr std::size_t kMostSteps = 64;

Phrase type_name(const element& e) {
  using simdjson::dom::element_type;
  switch (e.type()) {
    case element_type::ARRAY: return phrase("an array");
    case element_type::OBJECT: return phrase("an object");
    case element_type::STRING: return phrase("a string");
    case element_type::BOOL: return phrase("a boolean");
    case element_type::NULL_VALUE: return phrase("null");
    default: return phrase("a number");
  }
}

void flatten(const Field& field, std::string_view list, std::vector<Field>& out, int depth) {
  if (!field.present()) return;
  check(depth < 8, "{}: {}: sequences are nested more than 8 deep", field.where, field.path);
  if (field["type"].string() != "Sequence") {
    check(out.size() < kMostSteps, "{}: {}: more than {} steps", field.where, field.path, kMostSteps);
    return out.push_back(field);
  }
  const Field steps = field[list];
  std::size_t i = 0;
  for (const element e : steps.items()) flatten(steps.item(i++, e), list, out, depth + 1);
}

}  // namespace

void Field::wrong(const Phrase& expected) const {
  if (path.empty()) fail(ErrorKind::invalid, "{}: expected {}, found {}", where, expected, type_name(*value));
  fail(ErrorKind::invalid, "{}: {}: expected {}, found {}", where, path, expected, value ? type_name(*value) : phrase("nothing"));
}

void Field::unknown(std::string_view got, std::string_view known) const {
  fail(ErrorKind::invalid, "{}: {}: {:?} is not known here (known: {}); convert the tokenizer or use another model", where, path, got,
       known);
}

std::int64_t Field::integer(std::int64_t low, std::int64_t high) const {
  const auto out = get<std::int64_t>([&] { return phrase("an integer of {} to {}", low, high); });
  check(out >= low && out <= high, "{}: {}: expected an integer of {} to {}, found {}", where, path, low, high, out);
  return out;
}

char32_t Field::character() const {
  const std::u32string text = unicode::code_points(string());
  check(text.size() == 1, "{}: {}: expected one character, found {:?}", where, path, string());
  return text[0];
}

Field Field::operator[](std::string_view name) const {
  Field out{where, path.empty() ? std::string(name) : path + "." + std::string(name), {}};
  element found;
  if (members().at_key(name).get(found) == simdjson::SUCCESS && !found.is_null()) out.value = found;
  return out;
}

Field Field::item(std::size_t i, element e) const {
  return {where, fmt::format("{}[{}]", path, i), e.is_null() ? std::nullopt : std::optional(e)};
}

std::vector<Field> flattened(const Field& field, std::string_view list) {
  std::vector<Field> out;
  flatten(field, list, out, 0);
  return out;
}

}  // namespace maru::text
