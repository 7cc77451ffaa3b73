// node.yaml to a Lesson, field by field.
#include "maru/learn/lesson.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/learn/node_fields.h"

namespace maru::learn {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 8> kOperators = {"==", "!=", "<", "<=", ">", ">=", "≈", "in"};
constexpr std::size_t kMostTheory = 1 << 20;

std::span<const Yaml> items(const Yaml& map, std::string_view field, const std::string& file) {
  const Yaml* list = map.find(field);
  if (!list || list->kind == Yaml::Kind::nothing) return {};
  check(list->is_list(), "{}:{}: {} must be a list", file, list->line, field);
  return list->items;
}

Comparison comparison_of(const Yaml& value, const std::string& file) {
  Comparison out;
  out.fact = string_of(field_of(value, "fact", file), file, "fact");
  const Yaml& op = field_of(value, "op", file);
  out.op = string_of(op, file, "op");
  check(std::find(kOperators.begin(), kOperators.end(), out.op) != kOperators.end(),
        "{}:{}: op must be one of ==, !=, <, <=, >, >=, ≈, in, got {:?}", file, op.line, out.op);
  const Yaml& wanted = field_of(value, "value", file);
  out.value = value_of(wanted);
  check((out.op == "in") == out.value.is_array(), "{}:{}: value must be a list for in, and else one value", file, wanted.line);
  const bool ordered = out.op != "==" && out.op != "!=" && out.op != "in";
  check(!ordered || out.value.is_number(), "{}:{}: {} compares numbers, got {:?}", file, wanted.line, out.op, wanted.scalar);
  if (out.op == "≈") out.tolerance = number_of(field_of(value, "tolerance", file), file, "tolerance");
  return out;
}

Prediction prediction_of(const Yaml& value, const std::string& file) {
  Prediction out{.id = string_of(field_of(value, "id", file), file, "id"), .fact = string_of(field_of(value, "fact", file), file, "fact"),
                 .ask = text_of(field_of(value, "ask", file), file)};
  const Yaml& type = field_of(value, "type", file);
  check(type.scalar == "number" || type.scalar == "choice", "{}:{}: type must be number or choice, got {:?}", file, type.line, type.scalar);
  if (type.scalar == "number") return out;
  for (const Yaml& one : items(value, "choices", file)) out.choices.push_back({value_of(field_of(one, "value", file)), text_of(one, file)});
  check(out.choices.size() >= 2, "{}:{}: a choice needs at least two choices", file, value.line);
  return out;
}

Diagnosis diagnosis_of(const Yaml& value, const std::string& file) {
  Diagnosis out{.say = text_of(field_of(value, "say", file), file), .review = {}};
  for (const Yaml& one : items(value, "when", file)) out.when.push_back(comparison_of(one, file));
  check(!out.when.empty(), "{}:{}: when is empty", file, value.line);
  for (const Yaml& one : items(value, "review", file)) out.review.push_back(string_of(one, file, "review"));
  return out;
}

fs::path file_beside(const Node& node, const Yaml& lab, std::string_view field, std::string_view usual) {
  const Yaml* named = lab.find(field);
  const fs::path name = named ? string_of(*named, node.file, field) : std::string(usual);
  check(name == name.filename() && !name.empty(), "{}:{}: {} must be a file of the node's own folder, got {:?}", node.file, lab.line,
      field, name.string());
  std::error_code code;
  if (!fs::is_regular_file(node.folder / name, code)) fail(ErrorKind::not_found, "{}: the lab's file is missing",
      (node.folder / name).string());
  return node.folder / name;
}

std::string theory(const fs::path& path) {
  std::error_code code;
  return fs::exists(path, code) ? read_file(path, kMostTheory) : std::string();
}

LabLimits limits_of(const Yaml& lab, const std::string& file) {
  LabLimits limits;
  const Yaml* given = lab.find("limits");
  if (!given) return limits;
  if (const Yaml* seconds = given->find("seconds")) limits.seconds = number_of(*seconds, file, "seconds");
  if (const Yaml* memory = given->find("memory_mb")) limits.memory_mb = std::size_t(std::max(0.0, number_of(*memory, file, "memory_mb")));
  check(limits.seconds > 0 && limits.seconds <= 600, "{}:{}: seconds must be above 0 and at most 600", file, given->line);
  check(limits.memory_mb >= 16 && limits.memory_mb <= 262'144, "{}:{}: memory_mb must be from 16 to 262144", file, given->line);
  return limits;
}

}  // namespace

Json value_of(const Yaml& value) {
  if (value.is_list()) {
    Json out = Json::array();
    for (const Yaml& one : value.items) out.push_back(value_of(one));
    return out;
  }
  const std::string& text = value.scalar;
  if (!value.plain) return text;
  if (text == "true" || text == "false") return text == "true";
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return text;
  std::int64_t whole = 0;
  const auto as_whole = std::from_chars(text.data(), text.data() + text.size(), whole);
  return as_whole.ec == std::errc() && as_whole.ptr == text.data() + text.size() ? Json(whole) : Json(number);
}

std::vector<Check> checks_of(const Yaml& list, const std::string& file) {
  std::vector<Check> out;
  for (const Yaml& one : list.items) {
    Check entry{.id = string_of(field_of(one, "id", file), file, "id"), .holds = comparison_of(one, file),
        .fail = text_of(field_of(one, "fail", file), file)};
    if (const Yaml* shows = one.find("shows")) entry.shows = text_of(*shows, file);
    out.push_back(std::move(entry));
  }
  return out;
}

Lesson read_lesson(const Node& node) {
  const std::string file = (node.folder / "node.yaml").string();
  const Yaml root = parse_yaml(read_file(file, YamlLimits{}.bytes), file);
  Lesson lesson{.node = node};
  for (const Yaml& one : items(root, "objectives", file)) lesson.objectives.push_back(text_of(one, file));
  for (const Yaml& one : items(root, "predict", file)) lesson.predictions.push_back(prediction_of(one, file));
  const Yaml& checks = field_of(root, "checks", file);
  check(checks.is_list() && !checks.items.empty(), "{}:{}: checks must be a list that is not empty", file, checks.line);
  lesson.checks = checks_of(checks, file);
  for (const Yaml& one : items(root, "diagnose", file)) lesson.diagnoses.push_back(diagnosis_of(one, file));
  for (const Yaml& one : items(root, "hints", file)) lesson.hints.push_back(text_of(one, file));
  for (const Yaml& one : items(root, "variants", file)) lesson.variants.push_back(std::int64_t(number_of(field_of(one, "seed", file), file,
      "seed")));
  for (const Yaml& one : items(root, "sabotage", file)) lesson.sabotage.push_back(string_of(one, file, "sabotage"));
  for (const Yaml& one : items(root, "sources", file))
    lesson.sources.emplace_back(string_of(field_of(one, "title", file), file, "title"), one.find("url") ? one.find("url")->scalar : "");
  if (const Yaml* after = root.find("after")) lesson.after = text_of(*after, file);
  const Yaml& lab = field_of(root, "lab", file);
  check(lab.is_map(), "{}:{}: {} must be {}", file, lab.line, "lab", "{file: …, solution: …, measure: …}");
  for (const Yaml& one : items(lab, "models", file)) lesson.models.push_back(string_of(one, file, "models"));
  lesson.limits = limits_of(lab, file);
  lesson.starter = file_beside(node, lab, "file", "starter.py");
  lesson.solution = file_beside(node, lab, "solution", "solution.py");
  lesson.measure = file_beside(node, lab, "measure", "measure.py");
  lesson.theory_ko = theory(node.folder / "theory.ko.md");
  lesson.theory_en = theory(node.folder / "theory.en.md");
  return lesson;
}

}  // namespace maru::learn
