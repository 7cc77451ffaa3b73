#pragma once
// Free text beside a grammar: everything up to a marker, or everything without one.
#include <span>
#include <string>

#include "maru/grammar/draft.h"

namespace maru::grammar {

// UTF-8 that holds none of the markers; with `until`: that ends with the first place where one stands. Markers are UTF-8, not empty.
Fragment text_around(Draft& draft, std::span<const std::string> markers, bool until);

}  // namespace maru::grammar
