// Textual insertion. YAML is read before and after; the text in between is only appended to.
#include "maru/learn/graph_edit.h"

#include <algorithm>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/base/json.h"
#include "maru/learn/graph.h"
#include "maru/learn/yaml.h"

namespace maru::learn {
namespace fs = std::filesystem;
namespace {

bool same(const Yaml& a, const Yaml& b) {
  return a.kind == b.kind && a.scalar == b.scalar && a.keys == b.keys && a.items.size() == b.items.size() &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), same);
}

const Yaml* list_of(const Yaml& root) { return root.is_map() ? root.find("nodes") : root.is_list() ? &root : nullptr; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1);
    lines.push_back(text.substr(at, end + 1 - at));
    at = end + 1;
  }
  return lines;
}

std::size_t indent_of(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }
bool holds_something(const std::string& line) {
  const std::size_t at = line.find_first_not_of(" \t\r\n");
  return at != line.npos && line[at] != '#';
}

// JSON strings are YAML strings.
std::string quoted(const std::string& text) { return dump(Json(text)); }

std::string written(const NewNode& node, std::size_t indent, std::string_view line_end) {
  const std::string lead(indent, ' ');
  std::string out = lead + "- id: " + node.id + "\n";
  const auto line = [&](std::string_view field, const std::string& value) { out += fmt::format("{}  {}: {}\n", lead, field, value); };
  if (!node.name_ko.empty() || !node.name_en.empty()) {
    std::string both;
    if (!node.name_ko.empty()) both += "ko: " + quoted(node.name_ko);
    if (!node.name_en.empty()) both += (both.empty() ? "" : ", ") + ("en: " + quoted(node.name_en));
    line("name", "{" + both + "}");
  } else {
    line("name", quoted(node.name.empty() ? node.id : node.name));
  }
  std::string needs;
  for (const std::string& id : node.prerequisites) needs += (needs.empty() ? "" : ", ") + id;
  line("prerequisites", "[" + needs + "]");
  if (!node.domain.empty()) line("domain", quoted(node.domain));
  if (line_end == "\n") return out;
  std::string other;
  for (const char c : out) other += c == '\n' ? std::string(line_end) : std::string(1, c);
  return other;
}

}  // namespace

std::string with_node(const std::string& text, const std::string& file, const NewNode& node) {
  check(is_node_id(node.id), "{:?} is no id: small letters a–z, digits and _, beginning with a letter, 2 to 49 of them", node.id);
  for (const std::string& id : node.prerequisites)
    check(is_node_id(id), "{:?} is no id: small letters a–z, digits and _, beginning with a letter, 2 to 49 of them", id);
  const Yaml before = parse_yaml(text, file);
  const bool nothing = before.kind == Yaml::Kind::nothing;
  const Yaml* list = list_of(before);
  check(nothing || (list && list->is_list()), "{}:1: is no list of nodes; a node cannot be added", file);
  const std::string line_end = text.find("\r\n") != text.npos ? "\r\n" : "\n";
  std::vector<std::string> lines = lines_of(text);
  std::size_t indent = 0, at = lines.size();
  if (list && !list->items.empty()) {
    for (const Yaml& one : list->items)
      if (const Yaml* id = one.find("id")) check(id->scalar != node.id, "{}:{}: the id {} is there already", file, id->line, node.id);
    const std::string& first = lines[std::size_t(list->items.front().line) - 1];
    indent = indent_of(first);
    check(indent < first.size() && first[indent] == '-', "{}:{}: the list is written in one line; give every node a line beginning with -",
        file,
          list->items.front().line);
    // The list ends where a line stands further left than its nodes, or as far left without a dash.
    for (std::size_t i = std::size_t(list->items.back().line); i < lines.size(); ++i)
      if (holds_something(lines[i]) && (indent_of(lines[i]) < indent || (indent_of(lines[i]) == indent && lines[i][indent] != '-'))) {
        at = i;
        break;
      }
    // What is behind the last node's own lines (empty ones, comments) stays behind the list only when something else follows.
    while (at < lines.size() && at > 0 && !holds_something(lines[at - 1])) --at;
  } else {
    check(nothing, "{}:{}: the list is written in one line; give every node a line beginning with -", file, before.line);
  }
  std::string out;
  for (std::size_t i = 0; i < at; ++i) out += lines[i];
  if (!out.empty() && out.back() != '\n') out += line_end;
  out += written(node, indent, line_end);
  for (std::size_t i = at; i < lines.size(); ++i) out += lines[i];

  const Yaml after = parse_yaml(out, file);
  const Yaml* longer = list_of(after);
  bool kept = longer && longer->items.size() == (list ? list->items.size() : 0) + 1 && longer->items.back().find("id") &&
              longer->items.back().find("id")->scalar == node.id;
  for (std::size_t i = 0; kept && list && i < list->items.size(); ++i) kept = same(list->items[i], longer->items[i]);
  if (kept && before.is_map()) kept = before.keys == after.keys;
  check(kept, "{}: the node cannot be added without changing something else; write it by hand", file);
  return out;
}

void add_node(const fs::path& path, const NewNode& node) {
  std::error_code code;
  const std::string text = fs::exists(path, code) ? read_file(path, YamlLimits{}.bytes) : std::string();
  const std::string longer = with_node(text, path.string(), node);
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), code);
  write_file(path, longer);
}

}  // namespace maru::learn
