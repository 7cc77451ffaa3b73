#pragma once
// The fields of a node as they are written, checked one by one. Every message begins "FILE:LINE: ".
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/learn/graph.h"

namespace maru::learn {

// A text, or {ko: …, en: …}.
Text text_of(const Yaml& value, const std::string& file);
std::string string_of(const Yaml& value, const std::string& file, std::string_view field);
double number_of(const Yaml& value, const std::string& file, std::string_view field);
// A required field of a map.
const Yaml& field_of(const Yaml& map, std::string_view field, const std::string& file);
// Throws Error (invalid): no map, no id, an id of other letters, a field of the wrong kind.
Node node_of(const Yaml& value, const std::string& file);

}  // namespace maru::learn
