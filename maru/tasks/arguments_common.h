#pragma once
// A task's arguments: a table of what there is, and a caller's values checked against it.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"
#include "maru/base/phrase.h"

namespace maru::tasks {

enum class Type {
  boolean,
  integer,
  number,
  text,
  texts,    // a list of texts, or one text
  list,     // a list of texts, or one text whose parts are separated by commas
};

struct Argument {
  std::string_view name;
  Type type;
  Json otherwise;                                 // the value where the caller gives none; null: none
  Phrase about;
  double low = 0, high = 2147483647;              // of a number
  std::vector<std::string_view> choices = {};     // of a text
  bool nullable = false;                          // null is a value of its own: "all", "as the model says"
};

class Arguments {
 public:
  // Throws Error (usage) for a name that is not in the table (it lists those that are), and for a value of another type or out of range.
  // The table must live as long as this.
  Arguments(std::string_view task, std::span<const Argument> table, const Json& given);
  bool given(std::string_view name) const { return given_.contains(name); }  // by the caller, null included
  bool has(std::string_view name) const { return !value(name).is_null(); }
  bool boolean(std::string_view name) const { return value(name).get<bool>(); }
  std::int64_t integer(std::string_view name) const { return value(name).get<std::int64_t>(); }
  double number(std::string_view name) const { return value(name).get<double>(); }
  std::string text(std::string_view name) const { return value(name).get<std::string>(); }
  std::vector<std::string> texts(std::string_view name) const;  // of `texts` and `list`; none: empty

 private:
  const Json& value(std::string_view name) const;
  const Argument* find(std::string_view name) const;
  std::span<const Argument> table_;
  Json given_;
};

}  // namespace maru::tasks
