// The lattice of types that a column may climb.
#include "maru/data/infer.h"

#include <algorithm>

namespace maru::data {

bool Guess::widen(Type seen) {
  if (!type || *type == seen) {
    type = seen;
    return true;
  }
  const auto nested = [](Type one) { return one == Type::list || one == Type::record; };
  if (nested(*type) || nested(seen)) return false;
  const auto number = [](Type one) { return one == Type::integer || one == Type::real; };
  type = number(*type) && number(seen) ? Type::real : Type::text;
  return true;
}

Guess& Guess::member(std::string_view member_name) {
  const auto found = std::ranges::find(children, member_name, &Guess::name);
  if (found != children.end()) return *found;
  return children.emplace_back(Guess{.name = std::string(member_name), .type = {}, .children = {}});
}

Field Guess::field() const {
  Field out{.name = name, .type = type.value_or(Type::text)};
  for (const Guess& child : children) out.children.push_back(child.field());
  if (out.type == Type::list && out.children.empty()) out.children.emplace_back();
  return out;
}

}  // namespace maru::data
