// Paths only; nothing is read.
#include "maru/learn/places.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "maru/base/error.h"
#include "maru/base/file.h"

namespace maru::learn {
namespace fs = std::filesystem;

fs::path courses_folder() {
  std::error_code code;
  if (const char* given = std::getenv("MARU_COURSES"); given && *given) {
    if (fs::is_directory(given, code)) return given;
    fail(ErrorKind::not_found, "MARU_COURSES: {} is no folder", given);
  }
  const fs::path here = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const fs::path& place : {here / ".." / "share" / "maru" / "courses", here / ".." / ".." / "courses"})
    if (fs::is_directory(place, code)) return fs::weakly_canonical(place, code);
  fail(ErrorKind::not_found, "the built-in courses are not beside the program ({}); set MARU_COURSES to their folder", here.string());
}

fs::path journal_path() { return home() / "learn.jsonl"; }
fs::path own_folder() { return home() / "learn"; }

Sources sources(const std::string& graph, bool alone) {
  Sources out;
  std::error_code code;
  const char* named = std::getenv("MARU_LEARN");
  if (!graph.empty()) out.own.push_back(graph);
  else if (named && *named) out.own.push_back(named);
  if (alone) return out;
  if (fs::is_directory(own_folder(), code) && std::none_of(out.own.begin(), out.own.end(), [&](const fs::path& one) {
        const fs::path folder = fs::weakly_canonical(own_folder(), code), given = fs::weakly_canonical(one, code);
        return given == folder || given.parent_path() == folder;
      }))
    out.own.push_back(own_folder());
  std::vector<fs::path> courses;
  for (const fs::directory_entry& entry : fs::directory_iterator(courses_folder()))
    if (entry.is_directory() && fs::exists(entry.path() / "course.yaml", code)) courses.push_back(entry.path());
  std::sort(courses.begin(), courses.end());
  out.course = courses;
  return out;
}

fs::path work_folder(const std::string& id) {
  std::error_code code;
  const fs::path here = fs::current_path(code);
  if (!code && ::access(here.c_str(), W_OK) == 0) return here / "maru-learn" / id;
  return own_folder() / "work" / id;
}

}  // namespace maru::learn
