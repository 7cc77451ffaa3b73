#pragma once
// One value of a tokenizer.json and the way to it, so that every complaint can name its field. Knows JSON, nothing of tokenizers.
#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/error.h"

namespace maru::text {

struct Field {
  const std::string& where;
  std::string path;
  std::optional<simdjson::dom::element> value;  // nothing: absent or null

  [[noreturn]] void wrong(const Phrase& expected) const;
  // For a name that is none of those known.
  [[noreturn]] void unknown(std::string_view got, std::string_view known) const;
  bool present() const { return value.has_value(); }
  template <class T>
  T get(const auto& expected) const {
    T out;
    if (!value || value->get(out) != simdjson::SUCCESS) wrong(expected());
    return out;
  }
  simdjson::dom::array items() const {
    return get<simdjson::dom::array>([] { return phrase("an array"); });
  }
  simdjson::dom::object members() const {
    return get<simdjson::dom::object>([] { return phrase("an object"); });
  }
  std::string_view string() const {
    return get<std::string_view>([] { return phrase("a string"); });
  }
  std::string_view string_or(std::string_view otherwise) const { return present() ? string() : otherwise; }
  bool boolean_or(bool otherwise) const {
    return present() ? get<bool>([] { return phrase("true or false"); }) : otherwise;
  }
  std::int64_t integer(std::int64_t low, std::int64_t high) const;
  std::int64_t integer_or(std::int64_t otherwise, std::int64_t low, std::int64_t high) const {
    return present() ? integer(low, high) : otherwise;
  }
  double number() const {
    return get<double>([] { return phrase("a number"); });
  }
  char32_t character() const;  // a string of one code point
  Field operator[](std::string_view name) const;
  Field item(std::size_t i, simdjson::dom::element e) const;
};

// {"type": "Sequence", <list>: [...]} as its leaves; anything else as itself; null as nothing. At most 8 deep and 64 leaves.
std::vector<Field> flattened(const Field& field, std::string_view list);

}  // namespace maru::text
