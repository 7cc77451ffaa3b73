// Reads catalogues: the one that lies in the program (catalogue.yaml beside this file) and the person's own. Every entry is checked; what
// is wrong is named with its line.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hub.h"
#include "maru/hub/manifest.h"

namespace maru::hub {
std::string_view catalogue_yaml();  // generated from catalogue.yaml

namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

// Where a node stands, for messages: "catalogue.yaml, line 12".
struct Place {
  std::string file;
  bool tidied = false;  // its references are written in the one way: the program's own, which a test looks at
  std::string at(const YAML::Node& node) const { return fmt::format("{}:{}", file, node.Mark().line + 1); }
};

std::string text_of(const Place& place, const YAML::Node& node, std::string_view field) {
  check(node.IsScalar(), "{}: {} must be a text", place.at(node), field);
  return node.Scalar();
}

void read_about(const Place& place, const YAML::Node& node, Known& known) {
  if (node.IsScalar()) {
    known.about = known.about_ko = node.Scalar();
    return;
  }
  check(node.IsMap(), "{}: {} must be a text, or {{en: …, ko: …}}", place.at(node), "about");
  if (node["en"]) known.about = text_of(place, node["en"], "en");
  if (node["ko"]) known.about_ko = text_of(place, node["ko"], "ko");
  if (known.about_ko.empty()) known.about_ko = known.about;
}

void read_field(const Place& place, const std::string& field, const YAML::Node& value, Known& known) {
  if (field == "reference") {
    known.reference = text_of(place, value, field);
  } else if (field == "kind") {
    const std::string kind = text_of(place, value, field);
    check(kind == "model" || kind == "data", "{}: kind must be model or data, got {:?}", place.at(value), kind);
    known.kind = kind == "data" ? Kind::data : Kind::model;
  } else if (field == "weights_sha256") {
    known.weights_sha256 = text_of(place, value, field);
    const bool hex = known.weights_sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    check(known.weights_sha256.size() == 64 && hex, "{}: weights_sha256 must be 64 hex digits in lower case", place.at(value));
  } else if (field == "bytes") {
    check(value.IsScalar() && YAML::convert<std::uint64_t>::decode(value, known.download_bytes) && !value.Scalar().starts_with('-'),
          "{}: bytes must be a whole number", place.at(value));
  } else if (field == "about") {
    read_about(place, value, known);
  } else if (field == "also") {
    check(value.IsSequence(), "{}: also must be a list of references", place.at(value));
    for (const YAML::Node& one : value) known.also.push_back(text_of(place, one, field));
  } else {
    fail(ErrorKind::invalid, "{}: {:?} is no field of an entry; there are reference, kind, about, bytes, weights_sha256, also",
         place.at(value), field);
  }
}

Known read_entry(const Place& place, const std::string& name, const YAML::Node& node) {
  check(valid_model_name(name), "{}: {:?} cannot be a name: use letters, digits, . _ -", place.at(node), name);
  check(node.IsMap(), "{}: {} must be followed by its fields", place.at(node), name);
  Known known{.name = name, .reference = {}, .weights_sha256 = {}, .about = {}, .about_ko = {}, .also = {}};
  std::set<std::string> seen;
  for (const auto& field : node) {
    const std::string key = text_of(place, field.first, name);
    check(seen.insert(key).second, "{}: {} is given twice", place.at(field.first), key);
    read_field(place, key, field.second, known);
  }
  check(!known.reference.empty(), "{}: {} has no reference", place.at(node), name);
  if (place.tidied) return known;
  try {
    known.reference = parse_reference(known.reference, known.kind).text();
    for (std::string& other : known.also) other = parse_reference(other, known.kind).text();
  } catch (const Error& error) {
    fail(ErrorKind::invalid, "{}: {}", place.at(node), error.said());
  }
  return known;
}

std::vector<Known> read_yaml(const std::string& text, const Place& place) {
  YAML::Node root;
  try {
    root = YAML::Load(text);
  } catch (const YAML::Exception& error) {
    fail(ErrorKind::invalid, "{}:{}: is not YAML: {}", place.file, error.mark.line + 1, error.msg);
  }
  std::vector<Known> out;
  if (root.IsNull()) return out;
  check(root.IsMap(), "{}: must hold names, each followed by its fields", place.file);
  std::set<std::string> seen;
  for (const auto& entry : root) {
    const std::string name = text_of(place, entry.first, "NAME");
    check(seen.insert(name).second, "{}: {} is given twice", place.at(entry.first), name);
    out.push_back(read_entry(place, name, entry.second));
  }
  return out;
}

}  // namespace

std::span<const Known> catalogue() {
  static const std::vector<Known> built_in =
      read_yaml(std::string(catalogue_yaml()), {.file = "catalogue.yaml of the program", .tidied = true});
  return built_in;
}

fs::path catalogue_path(const fs::path& home) { return home / "catalogue.yaml"; }

std::vector<Known> catalogue(const fs::path& home) {
  const fs::path path = catalogue_path(home);
  std::error_code ignored;
  std::vector<Known> all;
  if (fs::exists(path, ignored)) all = read_yaml(read_file(path, kMaxBytes), {.file = path.string()});
  for (const Known& known : catalogue()) {
    if (std::ranges::find(all, known.name, &Known::name) == all.end()) all.push_back(known);
  }
  return all;
}

}  // namespace maru::hub
