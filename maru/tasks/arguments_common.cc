// Values from callers are checked once, here, and are of their type everywhere below.
#include "maru/tasks/arguments_common.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "maru/base/error.h"

namespace maru::tasks {
namespace {

bool is_texts(const Json& value) {
  return value.is_string() || (value.is_array() && std::ranges::all_of(value, [](const Json& one) { return one.is_string(); }));
}

Phrase expected(const Argument& argument) {
  switch (argument.type) {
    case Type::boolean: return phrase("true or false");
    case Type::integer: return phrase("a whole number from {} to {}", std::int64_t(argument.low), std::int64_t(argument.high));
    case Type::number: return phrase("a number from {} to {}", argument.low, argument.high);
    case Type::text:
      if (!argument.choices.empty()) return phrase("one of {}", fmt::format("{}", fmt::join(argument.choices, ", ")));
      return phrase("a text");
    case Type::texts:
    case Type::list: return phrase("a text or a list of texts");
  }
  std::unreachable();
}

bool fits(const Argument& argument, const Json& value) {
  if (value.is_null()) return argument.nullable;
  switch (argument.type) {
    case Type::boolean: return value.is_boolean();
    case Type::integer: {
      if (!value.is_number_integer()) return false;
      const double number = value.get<double>();
      return number >= argument.low && number <= argument.high;
    }
    case Type::number: {
      if (!value.is_number()) return false;
      const double number = value.get<double>();
      return std::isfinite(number) && number >= argument.low && number <= argument.high;
    }
    case Type::text:
      return value.is_string() && (argument.choices.empty() ||
                                   std::ranges::find(argument.choices, value.get_ref<const std::string&>()) != argument.choices.end());
    case Type::texts:
    case Type::list: return is_texts(value);
  }
  std::unreachable();
}

std::string shortly(const Json& value) {
  std::string text = dump(value);
  constexpr std::size_t kMost = 80;
  if (text.size() <= kMost) return text;
  std::size_t end = kMost;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

Arguments::Arguments(std::string_view task, std::span<const Argument> table, const Json& given) : table_(table), given_(Json::object()) {
  if (given.is_null()) return;
  if (!given.is_object()) fail(ErrorKind::usage, "{}: arguments: expected an object, got {}", task, kind_of(given));
  for (const auto& [name, value] : given.items()) {
    const Argument* const argument = find(name);
    if (!argument) {
      std::vector<std::string_view> known;
      for (const Argument& one : table) known.push_back(one.name);
      fail(ErrorKind::usage, "{}: there is no argument {:?}; there are: {}", task, name, fmt::join(known, ", "));
    }
    if (!fits(*argument, value)) fail(ErrorKind::usage, "{}: {}: expected {}, got {}", task, name, expected(*argument), shortly(value));
    given_[name] = value;
  }
}

const Argument* Arguments::find(std::string_view name) const {
  const auto at = std::ranges::find(table_, name, &Argument::name);
  return at == table_.end() ? nullptr : &*at;
}

const Json& Arguments::value(std::string_view name) const {
  if (const auto at = given_.find(name); at != given_.end()) return *at;
  const Argument* const argument = find(name);
  if (!argument) fail(ErrorKind::internal, "a task asks for the argument {:?}, which its table lacks", name);
  return argument->otherwise;
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  const Json& found = value(name);
  if (found.is_null()) return {};
  if (found.is_array()) return found.get<std::vector<std::string>>();
  const auto& text = found.get_ref<const std::string&>();
  if (find(name)->type == Type::texts) return {text};
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::string_view part = std::string_view(text).substr(at, comma - at);
    while (!part.empty() && (part.front() == ' ' || part.front() == '\t' || part.front() == '\n')) part.remove_prefix(1);
    while (!part.empty() && (part.back() == ' ' || part.back() == '\t' || part.back() == '\n')) part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    at = comma + 1;
  }
  return parts;
}

}  // namespace maru::tasks
