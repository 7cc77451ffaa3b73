#pragma once
// Models that other programs keep on this machine: what they are called here, and how a file of theirs is looked at without trusting links.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace maru::hub {

struct Kept {
  std::string reference;           // as `maru pull` takes it: "ollama:llama3.2:1b", "hf:org/name"
  std::filesystem::path place;     // the store or the snapshot that holds it
  std::uint64_t bytes = 0;
};

// Whatever an Ollama store and the Hugging Face cache hold, by reference. Reads names and sizes only.
std::vector<Kept> kept_elsewhere();

// The regular file that `path` leads to when it lies in `root`, links followed on both; "" otherwise.
std::filesystem::path file_inside(const std::filesystem::path& root, const std::filesystem::path& path);

}  // namespace maru::hub
