// Which files lie around weights is told by their endings.
#include "maru/convert/folder.h"

#include <algorithm>
#include <array>

#include "maru/base/error.h"

namespace maru::convert {
namespace {

namespace fs = std::filesystem;

// What lies around weights: configurations, vocabularies, templates, the card.
bool goes_along(const fs::path& path) {
  constexpr std::array endings = std::to_array<std::string_view>({".json", ".txt", ".model", ".md", ".jinja"});
  return std::ranges::find(endings, path.extension().string()) != endings.end() && !path.string().ends_with(".index.json");
}

}  // namespace

void copy_around(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::recursive_directory_iterator entry(from, code);
  for (; !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    if (entry->path().filename().string().starts_with('.')) {
      if (entry->is_directory()) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file() || !goes_along(entry->path())) continue;
    const fs::path place = to / entry->path().lexically_relative(from);
    fs::create_directories(place.parent_path(), code);
    if (!code) fs::copy_file(entry->path(), place, code);
    if (code) break;
  }
  if (code) fail(ErrorKind::io, "{}: the files around the weights could not be copied: {}", from.string(), code.message());
}

Unfinished::Unfinished(const fs::path& out) : path_(out.string() + ".unfinished") {
  std::error_code code;
  fs::remove_all(path_, code);
  fs::create_directories(path_, code);
  if (code) fail(ErrorKind::io, "{}: cannot be made: {}", path_.string(), code.message());
}

Unfinished::~Unfinished() {
  std::error_code code;
  fs::remove_all(path_, code);
}

void Unfinished::publish(const fs::path& out) const {
  std::error_code code;
  fs::rename(path_, out, code);
  if (code) fail(ErrorKind::io, "{}: cannot be made: {}", out.string(), code.message());
}

}  // namespace maru::convert
