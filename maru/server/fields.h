#pragma once
// What a request's body may hold: one table of names, types and ranges. Bodies are checked against it before anything else happens, and
// /openapi.json is written from it.
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maru/base/json.h"

namespace maru::server {

enum class Kind : unsigned { boolean = 1, integer = 2, number = 4, text = 8, object = 16, array = 32 };
constexpr unsigned operator|(Kind a, Kind b) { return unsigned(a) | unsigned(b); }
constexpr unsigned operator|(unsigned a, Kind b) { return a | unsigned(b); }
struct Kinds {
  unsigned bits;
  constexpr Kinds(Kind one) : bits(unsigned(one)) {}
  constexpr Kinds(unsigned several) : bits(several) {}
  constexpr bool has(Kind kind) const { return bits & unsigned(kind); }
};

// A member of a body. null is the same as absent, in every field.
struct Field {
  std::string_view name;
  Kinds kinds;
  std::string_view about;                        // for openapi.json
  bool required = false;
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();   // of numbers
  std::size_t shortest = 0, longest = std::numeric_limits<std::size_t>::max();   // bytes of a text, members of an array or object
  std::vector<std::string_view> choices = {};    // of a text
  std::vector<Field> fields = {};                // of an object. Empty: whatever it holds is the route's own to check
  std::vector<Field> items = {};                 // of an array: one Field without a name that every member is checked against
  bool ignored = false;                          // known and without effect here: reported with those that nobody knows
  Json example = {};
};

struct CheckedBody {
  Json json = Json::object();                    // null members taken out; nothing is filled in
  std::vector<std::string> ignored;              // paths of members that no field names, and of those that have no effect
};
// Throws Error (invalid) naming the path of the first wrong member, what was expected and what came:
// "options.top_p: expected a number from 0 to 1, got 7".
CheckedBody check_body(std::string_view body, std::span<const Field> fields, int max_depth = 64);

// The same table as a JSON Schema.
Json schema_of(std::span<const Field> fields);

}  // namespace maru::server
