#pragma once
// Which places of the tested code an input has reached, by the compiler's -fsanitize-coverage=trace-pc.
#include <cstddef>

namespace maru::fuzz {

// True when an attempt since the last call reached a place for the first time.
bool reached_something_new();
std::size_t places_reached();

}  // namespace maru::fuzz
