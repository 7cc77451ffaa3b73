// Gathers what the readers of the other programs' stores find.
#include "maru/hub/elsewhere.h"

#include <algorithm>

#include "maru/hub/hf_cache.h"
#include "maru/hub/ollama_store.h"

namespace maru::hub {
namespace fs = std::filesystem;

std::vector<Kept> kept_elsewhere() {
  std::vector<Kept> all = models_of_ollama();
  for (Kept& one : models_of_hf_cache()) all.push_back(std::move(one));
  std::ranges::sort(all, {}, &Kept::reference);
  return all;
}

fs::path file_inside(const fs::path& root, const fs::path& path) {
  std::error_code problem;
  const fs::path outer = fs::canonical(root, problem);
  if (problem) return {};
  const fs::path inner = fs::canonical(path, problem);
  if (problem || !fs::is_regular_file(inner, problem)) return {};
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end() ? inner : fs::path();
}

}  // namespace maru::hub
