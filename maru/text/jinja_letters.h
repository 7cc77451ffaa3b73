#pragma once
// What filters and methods do to letters, by Python's rules for Unicode text.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maru/text/jinja_value.h"

namespace maru::text::jinja {

enum class Strip : std::uint8_t { both, left, right };
std::string stripped(std::string_view text, Strip side, const std::optional<std::string>& characters = {});  // white space by default
std::vector<std::string> words(std::string_view text, std::int64_t most, bool from_right);                   // most < 0: all
std::vector<std::string> split(std::string_view text, std::string_view separator, std::int64_t most, bool from_right);
std::vector<std::string> lines(std::string_view text, bool keep_ends);
std::string replaced(std::string_view text, std::string_view old, std::string_view fresh, std::int64_t most, Budget& budget);
std::size_t occurrences(std::string_view text, std::string_view part);
bool all_are(std::string_view text, std::string_view method);         // "isdigit", "isupper" …
std::string cased(std::string_view text, std::string_view method);    // "upper", "lower", "title", "capitalize", "swapcase", "casefold"
std::string title_of_words(std::string_view text);                    // the filter's title: only white space, - ( { [ < begin words
// Items must be texts unless `any`: the filter join writes every item as str() does.
Value joined(const Value& items, std::string_view between, bool any, Budget& budget);

}  // namespace maru::text::jinja
