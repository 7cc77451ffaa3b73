#pragma once
// The `format` values of JSON Schema that a grammar can hold to, as patterns of the whole text.
#include <optional>
#include <string>
#include <string_view>

namespace maru::grammar {

std::optional<std::string> format_pattern(std::string_view format);  // nothing for one that is not known
std::string known_formats();                                         // "date, time, …" for messages

}  // namespace maru::grammar
