#pragma once
// JSON by nlohmann; simdjson reads the large files where they are read.
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "maru/base/phrase.h"

namespace maru {

using Json = nlohmann::ordered_json;

// Parses text from outside. Throws Error (invalid) naming `where` and the byte offset; depth over max_depth and
// duplicate keys are errors too.
Json parse_json(std::string_view text, std::string_view where, int max_depth = 64);

// "an object", "a number" …
Phrase kind_of(const Json& value);

// One line; invalid UTF-8 becomes U+FFFD instead of an exception.
std::string dump(const Json& value, int indent = -1);

}  // namespace maru
