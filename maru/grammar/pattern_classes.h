#pragma once
// The named classes of regular expressions, as ranges of code points.
#include <optional>
#include <string_view>

#include "maru/grammar/draft.h"

namespace maru::grammar {

Ranges digits();
Ranges word_letters();
Ranges blank_letters();
Ranges line_ends();
std::optional<Ranges> property(std::string_view name);  // \p{name}; nothing for one that is not known

}  // namespace maru::grammar
