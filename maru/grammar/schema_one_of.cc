// oneOf is compiled like anyOf, which is right only when no value is valid in two branches. Where that cannot be seen, it is an error.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/grammar/schema.h"

namespace maru::grammar {
namespace {

bool apart(const std::vector<Json>& a, const std::vector<Json>& b) {
  return std::ranges::none_of(a, [&](const Json& one) { return std::ranges::find(b, one) != b.end(); });
}

const Shape::Property* required_property(const Shape& shape, const std::string& name) {
  for (const Shape::Property& one : shape.properties)
    if (one.name == name && one.required) return &one;
  return nullptr;
}

// A property that both need and that cannot have the same value in both.
bool told_apart_by_property(const Schemas& schemas, const Shape& a, const Shape& b) {
  return std::ranges::any_of(a.properties, [&](const Shape::Property& mine) {
    const Shape::Property* theirs = mine.required ? required_property(b, mine.name) : nullptr;
    if (!theirs || mine.parts.empty() || theirs->parts.empty()) return false;
    const Shape x = schemas.read(schemas.flattened(mine.parts)), y = schemas.read(schemas.flattened(theirs->parts));
    return (x.declared & y.declared) == 0 || (x.values && y.values && apart(*x.values, *y.values));
  });
}

bool disjoint(const Schemas& schemas, const Shape& a, const Shape& b) {
  if (a.impossible || b.impossible) return true;
  if (a.values && b.values) return apart(*a.values, *b.values);
  // What one may be written as, against all that the other would accept.
  const std::uint8_t common = (a.kinds & b.declared) | (a.declared & b.kinds);
  return common == 0 || (common == kObject && told_apart_by_property(schemas, a, b));
}

}  // namespace

void check_disjoint(const Schemas& schemas, const Shape::Choice& choice, const std::string& path) {
  std::vector<Shape> shapes;
  for (const Part& branch : choice.branches) shapes.push_back(schemas.read(schemas.flattened({branch})));
  for (std::size_t i = 0; i < shapes.size(); ++i)
    for (std::size_t j = i + 1; j < shapes.size(); ++j)
      check(disjoint(schemas, shapes[i], shapes[j]),
            "JSON schema, {}/oneOf: a value may be valid in both {} and {}; make them differ by type or by a required constant, "
            "or use anyOf",
            path, i, j);
}

}  // namespace maru::grammar
