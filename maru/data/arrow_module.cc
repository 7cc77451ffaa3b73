// Finds and loads maru_arrow.so. It knows where the module lies, not what it does.
#include "maru/data/arrow_module.h"

#include <dlfcn.h>

#include <array>
#include <mutex>
#include <string>

#include "maru/base/error.h"

namespace maru::data {
namespace {

constexpr const char* kFile = "maru_arrow.so";

std::filesystem::path program_folder() {
  std::error_code problem;
  return std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
}

// The module that lies first; the folder of the program where there is none.
std::filesystem::path module_file() {
  const std::filesystem::path folder = program_folder();
  std::error_code problem;
  for (const std::filesystem::path& candidate : std::array{folder / kFile, folder.parent_path() / "lib" / "maru" / kFile})
    if (std::filesystem::is_regular_file(candidate, problem)) return candidate;
  return {};
}

}  // namespace

const ArrowModule& arrow_module(const std::filesystem::path& path) {
  static std::mutex loading;
  static const ArrowModule* loaded = nullptr;
  const std::lock_guard lock(loading);
  if (loaded) return *loaded;
  const std::filesystem::path file = module_file();
  if (file.empty())
    fail(ErrorKind::not_found,
         "{}: Parquet and Arrow files are read by {}, which is neither in {} nor in ../lib/maru beside it. It is built where the Arrow "
         "library could be brought: with a network, delete build/setup.stamp in maru's sources and say ./run again (x86_64 and aarch64)",
         path.string(), kFile, program_folder().string());
  // Never closed: streams and batches point into it.
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* why = dlerror();
    fail(ErrorKind::not_found, "{}: {} cannot be loaded: {}; say ./run install again", path.string(), file.string(), why ? why : "");
  }
  const auto entry = reinterpret_cast<ArrowModuleEntry>(dlsym(handle, kArrowModuleEntry));
  const ArrowModule* found = entry ? entry(kArrowModuleLayout) : nullptr;
  if (!found)
    fail(ErrorKind::not_found, "{}: {} was built for another version of maru; say ./run install again", path.string(), file.string());
  loaded = found;
  return *loaded;
}

}  // namespace maru::data
