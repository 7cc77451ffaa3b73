// Which names may be given to files: on every system, and never outside their folder.
#include <algorithm>
#include <map>

#include "maru/base/error.h"
#include "maru/base/unicode.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace {

// Names that Windows keeps for devices, whatever follows their first dot, and endings that it drops.
bool reserved(std::string_view part) {
  if (part.ends_with('.') || part.ends_with(' ') || part.find_first_of("<>:\"|?*") != std::string_view::npos) return true;
  std::string stem(part.substr(0, part.find('.')));
  while (stem.ends_with(' ')) stem.pop_back();
  for (char& c : stem) c = c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
  if (stem == "CON" || stem == "PRN" || stem == "AUX" || stem == "NUL") return true;
  return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) && stem[3] >= '0' && stem[3] <= '9';
}

template <class See>
void each_part(std::string_view name, See&& see) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    see(name.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

bool safe_name(std::string_view name) {
  if (name.empty() || name.size() > 1024) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7f) return false;
  }
  bool good = true;
  each_part(name, [&](std::string_view part) { good = good && !part.empty() && part != "." && part != ".."; });
  return good;
}

void check_names(std::string_view where, std::span<const std::string> names) {
  std::map<std::string, const std::string*> seen;
  for (const std::string& name : names) {
    check(safe_name(name), "{}: the file name {:?} could leave its folder", where, name.substr(0, 200));
    check(!unicode::first_invalid(name), "{}: the file name {:?} is not valid UTF-8", where, name);
    each_part(name, [&](std::string_view part) {
      check(!reserved(part) && part.size() <= 255, "{}: the file name {:?} cannot be used on every system", where, name);
    });
    const auto [twin, fresh] = seen.emplace(unicode::nfc(unicode::lower(unicode::nfc(name))), &name);
    check(fresh, "{}: the files {:?} and {:?} would be one where case or composition of letters does not count", where, *twin->second,
          name);
  }
}

}  // namespace maru::hub
