// Which schemas hold together: $ref within the document, and allOf.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/grammar/schema.h"

namespace maru::grammar {
namespace {

int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

// One step of a JSON pointer in a URI fragment: %XX, then ~1 and ~0 (RFC 6901).
std::string step_of(std::string_view text) {
  std::string plain, out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      plain += char(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] == '~' && i + 1 < plain.size() && (plain[i + 1] == '0' || plain[i + 1] == '1'))
      out += plain[++i] == '0' ? '~' : '/';
    else
      out += plain[i];
  }
  return out;
}

}  // namespace

const Json& Schemas::resolved(const std::string& reference, const std::string& path) const {
  check(!reference.empty() && reference[0] == '#' && (reference.size() == 1 || reference[1] == '/'),
        "JSON schema, {}/$ref: {:?} is not supported; expected a place in the same document, as #/$defs/name", path, reference);
  const Json* at = &root_;
  for (std::size_t begin = 2; begin <= reference.size();) {
    const std::size_t end = std::min(reference.find('/', begin), reference.size());
    const std::string step = step_of(std::string_view(reference).substr(begin, end - begin));
    const Json* next = nullptr;
    if (at->is_object() && at->contains(step)) next = &at->at(step);
    if (at->is_array() && !step.empty() && step.size() < 9 && step.find_first_not_of("0123456789") == std::string::npos)
      if (const std::size_t index = std::stoul(step); index < at->size()) next = &at->at(index);
    check(next != nullptr, "JSON schema, {}/$ref: {:?} leads nowhere", path, reference);
    at = next;
    begin = end + 1;
  }
  return *at;
}

void Schemas::flatten(const Part& part, Parts& out, std::vector<const Json*>& way) const {
  meter_.step();
  check(std::ranges::find(way, part.schema) == way.end(), "JSON schema, {}: refers to itself without end", part.path);
  check(part.schema->is_object() || part.schema->is_boolean(), "JSON schema, {}: expected a schema (an object, true or false), found {}",
        part.path, kind_of(*part.schema));
  const auto known = std::ranges::find(out, part.schema, [](const Part& one) { return one.schema; });
  if (known != out.end()) {
    // A branch that was chosen for this very schema leads back to it: nothing would ever be decided.
    const bool decided = (known->without_any && !part.without_any) || (known->without_one && !part.without_one);
    check(!decided, "JSON schema, {}: refers to itself without end", part.path);
    return;
  }
  out.push_back(part);
  if (!part.schema->is_object()) return;
  way.push_back(part.schema);
  meter_.depth(way.size());
  if (const auto reference = part.schema->find("$ref"); reference != part.schema->end()) {
    check(reference->is_string(), "JSON schema, {}: expected {}, found {}", part.path + "/$ref", phrase("a text"), kind_of(*reference));
    const std::string& to = reference->get_ref<const std::string&>();
    flatten({.schema = &resolved(to, part.path), .path = to}, out, way);
  }
  if (const auto all = part.schema->find("allOf"); all != part.schema->end()) {
    check(all->is_array() && !all->empty(), "JSON schema, {}: expected {}, found {}", part.path + "/allOf", phrase("a list of schemas"),
          kind_of(*all));
    for (std::size_t i = 0; i < all->size(); ++i)
      flatten({.schema = &(*all)[i], .path = fmt::format("{}/allOf/{}", part.path, i)}, out, way);
  }
  way.pop_back();
}

Parts Schemas::flattened(const Parts& parts) const {
  Parts out;
  for (const Part& part : parts) out = extended(std::move(out), part);
  return out;
}

Parts Schemas::extended(Parts flattened, const Part& part) const {
  std::vector<const Json*> way;
  flatten(part, flattened, way);
  return flattened;
}

}  // namespace maru::grammar
