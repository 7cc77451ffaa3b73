#pragma once
// What a fuzz target tells the driver: where to begin, which words matter, and what to try with one input.
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace maru::fuzz {

std::vector<std::string> seeds();
std::vector<std::string> words();  // put into inputs now and then; may be empty
// Only maru::Error may come out of it; Broken is for a claim of the target's own that does not hold.
void attempt(std::string_view input);

struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};
inline void claim(bool holds, const char* what) {
  if (!holds) throw Broken(what);
}

// The input as a file, in a folder of this process that the driver removes.
std::filesystem::path file(std::string_view name, std::string_view content);

}  // namespace maru::fuzz
