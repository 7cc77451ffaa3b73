// One node from its YAML. Fields that are not known here are kept as they are.
#include "maru/learn/node_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "maru/base/error.h"

namespace maru::learn {
namespace {

constexpr std::array kPractical = {"practical_tools", "practical", "practice", "tools", "hf", "lab"};

// [a, b], or one text; each may be {id: a, …}.
std::vector<Weighted> ids_of(const Yaml& value, const std::string& file, std::string_view field) {
  std::vector<Weighted> out;
  if (value.kind == Yaml::Kind::nothing) return out;
  const auto add = [&](const Yaml& one) {
    Weighted entry;
    entry.id = string_of(one.is_map() ? field_of(one, "id", file) : one, file, field);
    if (const Yaml* weight = one.is_map() ? one.find("weight") : nullptr) entry.weight = number_of(*weight, file, "weight");
    check(entry.weight >= 0 && entry.weight <= 1, "{}:{}: weight must be from 0 to 1", file, one.line);
    check(is_node_id(entry.id), "{}:{}: {:?} is no id: small letters a–z, digits and _, beginning with a letter, 2 to 49 of them", file,
        one.line, entry.id);
    out.push_back(std::move(entry));
  };
  if (value.is_list()) for (const Yaml& one : value.items) add(one);
  else add(value);
  return out;
}

std::vector<std::string> names_of(const Yaml* value, const std::string& file, std::string_view field) {
  std::vector<std::string> out;
  if (value)
    for (Weighted& one : ids_of(*value, file, field)) out.push_back(std::move(one.id));
  return out;
}

bool practice_of(const Yaml& value, const Node& node, const std::string& file) {
  if (const Yaml* kind = value.find("kind")) {
    const std::string said = string_of(*kind, file, "kind");
    check(said == "theory" || said == "practice", "{}:{}: kind must be theory or practice, got {:?}", file, kind->line, said);
    return said == "practice";
  }
  return value.find("lab") || std::find(kPractical.begin(), kPractical.end(), node.domain) != kPractical.end();
}

}  // namespace

bool is_node_id(std::string_view id) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return id.size() >= 2 && id.size() <= 49 && small(id[0]) &&
         std::all_of(id.begin(), id.end(), [&](char c) { return small(c) || (c >= '0' && c <= '9') || c == '_'; });
}

std::string string_of(const Yaml& value, const std::string& file, std::string_view field) {
  check(value.is_text(), "{}:{}: {} must be a text", file, value.line, field);
  return value.scalar;
}

double number_of(const Yaml& value, const std::string& file, std::string_view field) {
  double number = 0;
  const char* end = value.scalar.data() + value.scalar.size();
  const auto read = std::from_chars(value.scalar.data(), end, number);
  check(value.is_text() && read.ec == std::errc() && read.ptr == end
      && std::isfinite(number), "{}:{}: {} must be a number", file, value.line, field);
  return number;
}

const Yaml& field_of(const Yaml& map, std::string_view field, const std::string& file) {
  const Yaml* found = map.is_map() ? map.find(field) : nullptr;
  check(found != nullptr, "{}:{}: {} is missing", file, map.line, field);
  return *found;
}

Text text_of(const Yaml& value, const std::string& file) {
  if (value.is_text()) return {value.scalar, value.scalar};
  check(value.is_map(), "{}:{}: must be a text, or {{ko: …, en: …}}", file, value.line);
  Text text;
  if (const Yaml* ko = value.find("ko")) text.ko = string_of(*ko, file, "ko");
  if (const Yaml* en = value.find("en")) text.en = string_of(*en, file, "en");
  check(!text.empty(), "{}:{}: must be a text, or {{ko: …, en: …}}", file, value.line);
  if (text.ko.empty()) text.ko = text.en;
  if (text.en.empty()) text.en = text.ko;
  return text;
}

Node node_of(const Yaml& value, const std::string& file) {
  check(value.is_map(), "{}:{}: a node must be id: …, name: …, prerequisites: […]", file, value.line);
  const Yaml& id = field_of(value, "id", file);
  Node node{.id = string_of(id, file, "id"), .file = file, .line = id.line, .fields = value};
  check(is_node_id(node.id), "{}:{}: {:?} is no id: small letters a–z, digits and _, beginning with a letter, 2 to 49 of them", file,
      id.line, node.id);
  const Yaml* name = value.find("name");
  node.name = name ? text_of(*name, file) : Text{node.id, node.id};
  if (const Yaml* domain = value.find("domain")) node.domain = string_of(*domain, file, "domain");
  node.prerequisites = names_of(value.find("prerequisites"), file, "prerequisites");
  node.recommended = names_of(value.find("recommended"), file, "recommended");
  if (const Yaml* list = value.find("encompasses")) node.encompasses = ids_of(*list, file, "encompasses");
  if (const Yaml* minutes = value.find("minutes")) {
    const double said = number_of(*minutes, file, "minutes");
    check(said >= 0 && said <= 10'000, "{}:{}: minutes must be from 0 to 10000", file, minutes->line);
    node.minutes = int(std::lround(said));
  }
  if (const Yaml* mastery = value.find("mastery"); mastery && mastery->is_map())
    if (const Yaml* needs = mastery->find("needs")) node.needs = std::clamp(number_of(*needs, file, "needs"), 0.0, 1.0);
  node.practice = practice_of(value, node, file);
  return node;
}

}  // namespace maru::learn
