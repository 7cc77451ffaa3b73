#pragma once
// What the library says, in Korean: phrases are found by their English pattern in the tables of cli/korean/.
#include <span>
#include <string>
#include <string_view>

#include "maru/base/phrase.h"

namespace maru::cli {

struct Translation {
  std::string_view english, korean;  // the Korean names its places {0}, {1} … by the order of the English, or takes them in order
};
using Translations = std::span<const Translation>;
std::span<const Translations> korean_tables();  // generated: one of each file in cli/korean/

// What is in no table stays English.
std::string in_korean(const Phrase& phrase);
std::string in_korean(std::string_view text);

}  // namespace maru::cli
