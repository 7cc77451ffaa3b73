// Reads the keywords of schemas that hold at once into one Shape. A keyword that is not handled here is an error.
#include <algorithm>

#include "maru/base/error.h"
#include "maru/grammar/formats.h"
#include "maru/grammar/schema.h"

namespace maru::grammar {
namespace {

constexpr std::string_view kAnnotations[] = {"title", "description", "default", "example", "examples", "$schema", "$comment", "deprecated",
                                             "readOnly", "writeOnly", "$defs", "definitions", "discriminator"};
// What a keyword without `type` beside it is taken to be about.
struct About {
  std::string_view keyword;
  std::uint8_t kinds;
};
constexpr About kAbout[] = {
    {"properties", kObject}, {"required", kObject}, {"additionalProperties", kObject}, {"minProperties", kObject},
    {"maxProperties", kObject}, {"items", kArray}, {"prefixItems", kArray}, {"minItems", kArray}, {"maxItems", kArray},
    {"uniqueItems", kArray}, {"minLength", kString}, {"maxLength", kString}, {"pattern", kString}, {"format", kString},
    {"minimum", kNumber}, {"maximum", kNumber}, {"exclusiveMinimum", kNumber}, {"exclusiveMaximum", kNumber},
    {"multipleOf", kNumber},
};

std::uint8_t kind_named(const std::string& name, const std::string& path) {
  constexpr About kNames[] = {{"null", kNull}, {"boolean", kBoolean}, {"integer", kInteger}, {"number", kNumber},
                              {"string", kString}, {"array", kArray}, {"object", kObject}};
  for (const auto& [known, kind] : kNames)
    if (known == name) return kind;
  fail(ErrorKind::invalid, "JSON schema, {}: {:?} is no type; known: null, boolean, integer, number, string, array, object", path, name);
}

// One schema of several.
class Reading {
 public:
  Reading(const Part& part, std::size_t index, Shape& out, Meter& meter) : part_(part), index_(index), out_(out), meter_(meter) {}

  void run() {
    if (part_.schema->is_boolean()) {
      out_.impossible |= !part_.schema->get<bool>();
      return;
    }
    std::uint8_t about = 0;
    for (auto at = part_.schema->begin(); at != part_.schema->end(); ++at) {
      meter_.step();
      key_ = at.key();
      value_ = &*at;
      if (std::ranges::find(kAnnotations, key_) != std::end(kAnnotations)) continue;
      for (const About& one : kAbout)
        if (one.keyword == key_) about |= one.kinds;
      keyword();
    }
    const bool says = part_.schema->contains("type") || part_.schema->contains("enum") || part_.schema->contains("const");
    if (about != 0 && !says) inferred = about;
    if (types_) out_.declared &= nullable_ ? std::uint8_t(*types_ | kNull) : *types_;
  }
  std::uint8_t inferred = kAnyKind;

 private:
  std::string path() const { return part_.path + "/" + key_; }
  template <class Claim>
  const Json& expect(Claim claim, const Phrase& what) const {
    check(claim(*value_), "JSON schema, {}: expected {}, found {}", path(), what, kind_of(*value_));
    return *value_;
  }
  const Json& text() const { return expect([](const Json& v) { return v.is_string(); }, phrase("a text")); }
  const Json& list() const { return expect([](const Json& v) { return v.is_array(); }, phrase("a list")); }
  const Json& object() const { return expect([](const Json& v) { return v.is_object(); }, phrase("an object")); }
  std::uint64_t count() const {
    const bool whole = value_->is_number_unsigned() || (value_->is_number_float() && *value_ >= 0 && *value_ < 4e9 &&
                                                        double(std::uint64_t(value_->get<double>())) == value_->get<double>());
    check(whole, "JSON schema, {}: expected {}, found {}", path(), phrase("a whole number from 0"), dump(*value_));
    const std::uint64_t number = value_->get<std::uint64_t>();
    if (number >= kUnknownCount) fail(ErrorKind::limit, "JSON schema, {}: {} is more than {}", path(), number, kUnknownCount - 1);
    return number;
  }
  static constexpr std::uint64_t kUnknownCount = 4'000'000'000;

  void keyword() {
    if (key_ == "$ref") return;  // followed already
    if (key_ == "allOf") return;
    if (key_ == "type") return type();
    if (key_ == "nullable") return nullable();
    if (key_ == "enum") return values(std::vector<Json>(list().begin(), list().end()));
    if (key_ == "const") return values({*value_});
    if (key_ == "anyOf") return choice(part_.without_any, false);
    if (key_ == "oneOf") return choice(part_.without_one, true);
    if (about_strings() || about_numbers() || about_arrays() || about_objects()) return;
    fail(ErrorKind::invalid, "JSON schema, {}: the keyword {:?} is not supported", path(), key_);
  }

  void type() {
    std::uint8_t kinds = 0;
    if (value_->is_string()) {
      kinds = kind_named(value_->get_ref<const std::string&>(), path());
    } else {
      check(value_->is_array() && !value_->empty(), "JSON schema, {}: expected {}, found {}", path(), phrase("a type or a list of types"),
            kind_of(*value_));
      for (const Json& one : *value_) {
        check(one.is_string(), "JSON schema, {}: expected {}, found {}", path(), phrase("a type or a list of types"), kind_of(one));
        kinds |= kind_named(one.get_ref<const std::string&>(), path());
      }
    }
    types_ = kinds;
  }
  void nullable() {
    expect([](const Json& v) { return v.is_boolean(); }, phrase("true or false"));
    check(!value_->get<bool>() || part_.schema->contains("type"), "JSON schema, {}: expected \"type\" beside it", path());
    nullable_ = value_->get<bool>();
  }
  void values(std::vector<Json> listed) {
    check(!listed.empty(), "JSON schema, {}: expected one value or more", path());
    meter_.step(listed.size());
    if (out_.values) {
      const std::vector<Json>& before = *out_.values;
      std::erase_if(listed, [&](const Json& one) { return std::ranges::find(before, one) == before.end(); });
      meter_.step(listed.size() * before.size());
    }
    out_.values = std::move(listed);
  }
  void choice(bool decided, bool one_of) {
    check(value_->is_array() && !value_->empty(), "JSON schema, {}: expected {}, found {}", path(), phrase("a list of schemas"),
          kind_of(*value_));
    if (decided) return;
    Shape::Choice made{.part = index_, .one_of = one_of, .branches = {}};
    for (std::size_t i = 0; i < value_->size(); ++i) made.branches.push_back(sub((*value_)[i], fmt::format("{}/{}", path(), i)));
    out_.choices.push_back(std::move(made));
  }
  static Part sub(const Json& schema, std::string path) { return {.schema = &schema, .path = std::move(path)}; }

  bool about_strings() {
    if (key_ == "minLength") out_.least_letters = std::max(out_.least_letters, count());
    else if (key_ == "maxLength") out_.most_letters = std::min(out_.most_letters, count());
    else if (key_ == "pattern") out_.patterns.push_back(text().get<std::string>());
    else if (key_ == "format") format();
    else return false;
    return true;
  }
  void format() {
    const std::string name = text().get<std::string>();
    check(format_pattern(name).has_value(), "JSON schema, {}: the format {:?} is not supported; supported: {}", path(), name,
          known_formats());
    out_.formats.push_back(name);
  }

  bool about_numbers() {
    if (key_ == "minimum") bound(true, false);
    else if (key_ == "maximum") bound(false, false);
    else if (key_ == "exclusiveMinimum") bound(true, true);
    else if (key_ == "exclusiveMaximum") bound(false, true);
    else if (key_ == "multipleOf") multiple();
    else return false;
    return true;
  }
  void bound(bool low, bool open) {
    expect([](const Json& v) { return v.is_number(); }, phrase("a number"));
    const auto at = decimal(*value_);
    check(at.has_value(), "JSON schema, {}: {} has more than {} digits before or behind the point", path(), dump(*value_), kMostDigits);
    std::optional<Bound>& known = low ? out_.numbers.low : out_.numbers.high;
    const int order = known ? compare(*at, known->at) * (low ? 1 : -1) : 1;
    if (order > 0) known = Bound{*at, open};
    if (order == 0) known->open |= open;
  }
  void multiple() {
    expect([](const Json& v) { return v.is_number(); }, phrase("a number"));
    const double value = value_->get<double>();
    check(value >= 1 && value <= kMostMultiple && value == double(std::uint32_t(value)),
          "JSON schema, {}: {} is not supported; expected a whole number of 1 to {}", path(), dump(*value_), kMostMultiple);
    out_.numbers.multiples.push_back(std::uint32_t(value));
  }

  bool about_arrays() {
    out_.lists_items |= key_ == "items" || key_ == "prefixItems";
    if (key_ == "minItems") out_.least_items = std::max(out_.least_items, count());
    else if (key_ == "maxItems") out_.most_items = std::min(out_.most_items, count());
    else if (key_ == "items") items();
    else if (key_ == "prefixItems") list();
    else if (key_ == "uniqueItems") never_true();
    else return false;
    return true;
  }
  void never_true() {
    expect([](const Json& v) { return v.is_boolean(); }, phrase("true or false"));
    check(!value_->get<bool>(), "JSON schema, {}: the keyword {:?} is not supported", path(), key_);
  }
  void items() {
    check(!value_->is_array(), "JSON schema, {}: a list of items is of an old draft; expected \"prefixItems\"", path());
  }

  bool about_objects() {
    if (key_ == "properties") {
      object();
      out_.lists_properties |= !value_->empty();
    } else if (key_ == "required") {
      for (const Json& one : list())
        check(one.is_string(), "JSON schema, {}: expected {}, found {}", path(), phrase("a text"), kind_of(one));
    } else if (key_ == "additionalProperties") {
      out_.says_additional = true;
      out_.no_additional |= value_->is_boolean() && !value_->get<bool>();
    } else if (key_ == "minProperties") {
      out_.least_properties = std::max(out_.least_properties, count());
    } else if (key_ == "maxProperties") {
      out_.most_properties = std::min(out_.most_properties, count());
    } else {
      return false;
    }
    return true;
  }

  const Part& part_;
  std::size_t index_;
  Shape& out_;
  Meter& meter_;
  std::string key_;
  const Json* value_ = nullptr;
  std::optional<std::uint8_t> types_;
  bool nullable_ = false;
};

// An item's or property's schemas come from every schema that speaks of it, by name or of all others.
void add(const Json& schema, std::string path, Parts& out) { out.push_back({.schema = &schema, .path = std::move(path)}); }

void read_items(const Parts& parts, Shape& out) {
  std::size_t listed = 0;
  for (const Part& part : parts)
    if (part.schema->is_object() && part.schema->contains("prefixItems")) listed = std::max(listed, part.schema->at("prefixItems").size());
  out.first_items.resize(listed);
  for (const Part& part : parts) {
    if (!part.schema->is_object()) continue;
    const auto prefix = part.schema->find("prefixItems"), items = part.schema->find("items");
    const std::size_t own = prefix == part.schema->end() ? 0 : prefix->size();
    for (std::size_t i = 0; i < listed; ++i) {
      if (i < own)
        add((*prefix)[i], fmt::format("{}/prefixItems/{}", part.path, i), out.first_items[i]);
      else if (items != part.schema->end())
        add(*items, part.path + "/items", out.first_items[i]);
    }
    if (items == part.schema->end()) continue;
    add(*items, part.path + "/items", out.other_items);
    out.no_other_items |= items->is_boolean() && !items->get<bool>();
  }
}

void read_properties(const Parts& parts, Shape& out, Meter& meter) {
  std::map<std::string, std::size_t> places;
  const auto property = [&](const std::string& name) -> Shape::Property& {
    const auto [at, fresh] = places.try_emplace(name, out.properties.size());
    if (fresh) out.properties.push_back({.name = name, .parts = {}});
    return out.properties[at->second];
  };
  for (const Part& part : parts)
    if (part.schema->is_object() && part.schema->contains("properties"))
      for (const auto& [name, schema] : part.schema->at("properties").items()) property(name);
  for (const Part& part : parts)
    if (part.schema->is_object() && part.schema->contains("required"))
      for (const Json& name : part.schema->at("required")) property(name.get<std::string>()).required = true;
  for (const Part& part : parts) {
    if (!part.schema->is_object()) continue;
    const auto own = part.schema->find("properties"), others = part.schema->find("additionalProperties");
    for (Shape::Property& one : out.properties) {
      meter.step();
      if (own != part.schema->end() && own->contains(one.name))
        add(own->at(one.name), part.path + "/properties/" + one.name, one.parts);
      else if (others != part.schema->end())
        add(*others, part.path + "/additionalProperties", one.parts);
    }
    if (others != part.schema->end()) add(*others, part.path + "/additionalProperties", out.additional);
  }
  for (Shape::Property& one : out.properties)
    one.forbidden = std::ranges::any_of(one.parts, [](const Part& part) { return part.schema->is_boolean() && !part.schema->get<bool>(); });
}

}  // namespace

std::uint8_t kind_of_value(const Json& value) {
  if (value.is_null()) return kNull;
  if (value.is_boolean()) return kBoolean;
  if (value.is_string()) return kString;
  if (value.is_array()) return kArray;
  if (value.is_object()) return kObject;
  const auto number = decimal(value);
  return value.is_number_integer() || (number && number->fraction.empty()) ? kInteger : kFraction;
}

Shape Schemas::read(const Parts& parts) const {
  Shape out;
  out.path = parts.empty() ? "#" : parts[0].path;
  std::uint8_t inferred = kAnyKind;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Reading reading(parts[i], i, out, meter_);
    reading.run();
    inferred &= reading.inferred;
  }
  if (out.values) {
    std::erase_if(*out.values, [&](const Json& one) { return (kind_of_value(one) & out.declared) == 0; });
    std::uint8_t left = 0;
    for (const Json& one : *out.values) left |= kind_of_value(one);
    out.declared &= left;
  }
  out.kinds = out.declared & inferred;
  read_items(parts, out);
  read_properties(parts, out, meter_);
  return out;
}

}  // namespace maru::grammar
