#pragma once
// What a JSON Schema says, before it becomes rules: several schemas that hold at once (allOf, $ref and their neighbours) are read into one
// Shape. Knows nothing of automata.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "maru/base/json.h"
#include "maru/grammar/meter.h"
#include "maru/grammar/numbers.h"

namespace maru::grammar {

// One schema that has to hold, and where it stands.
struct Part {
  const Json* schema = nullptr;
  std::string path;             // JSON pointer, "#/properties/a"
  bool without_any = false;     // its anyOf or oneOf is decided already
  bool without_one = false;
};
using Parts = std::vector<Part>;

enum Kind : std::uint8_t { kNull = 1, kBoolean = 2, kInteger = 4, kFraction = 8, kString = 16, kArray = 32, kObject = 64 };
inline constexpr std::uint8_t kNumber = kInteger | kFraction, kAnyKind = 127;
std::uint8_t kind_of_value(const Json& value);

struct Shape {
  std::uint8_t declared = kAnyKind;  // what `type`, `enum` and `const` leave
  std::uint8_t kinds = kAnyKind;     // and, where none is given, what the other keywords are about
  bool impossible = false;           // a schema `false`
  std::string path;                  // of the first part
  std::optional<std::vector<Json>> values;  // enum, const

  std::uint64_t least_letters = 0, most_letters = kUnbounded;
  std::vector<std::string> patterns, formats;
  Numbers numbers;

  std::uint64_t least_items = 0, most_items = kUnbounded;
  bool lists_items = false;          // some keyword is about items
  std::vector<Parts> first_items;
  Parts other_items;                 // empty: anything
  bool no_other_items = false;

  struct Property {
    std::string name;
    Parts parts;                     // empty: anything
    bool required = false, forbidden = false;
  };
  std::vector<Property> properties;  // in the order of the schema; required ones that it does not list behind them
  bool lists_properties = false, says_additional = false, no_additional = false;
  Parts additional;
  std::uint64_t least_properties = 0, most_properties = kUnbounded;

  struct Choice {
    std::size_t part = 0;            // of the parts that were read
    bool one_of = false;
    std::vector<Part> branches;
  };
  std::vector<Choice> choices;       // anyOf and oneOf that are still open
};

class Schemas {
 public:
  Schemas(const Json& root, Meter& meter) : root_(root), meter_(meter) {}
  // All schemas that hold together with these: through $ref and allOf, each once. Throws Error where one leads to itself.
  Parts flattened(const Parts& parts) const;
  Parts extended(Parts flattened, const Part& part) const;  // with one more
  // `parts` are flattened. Throws Error naming keywords that are unknown, unsupported, of a wrong type, or at odds.
  Shape read(const Parts& parts) const;

 private:
  void flatten(const Part& part, Parts& out, std::vector<const Json*>& way) const;
  const Json& resolved(const std::string& reference, const std::string& path) const;
  const Json& root_;
  Meter& meter_;
};

// Whether no text of one branch of a oneOf can be valid in another, as far as kinds, values and required constants show.
void check_disjoint(const Schemas& schemas, const Shape::Choice& choice, const std::string& path);

}  // namespace maru::grammar
