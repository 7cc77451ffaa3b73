// file: a GGUF or a model folder on this machine. The files are named in place; the store copies them, since a person may
// edit the originals later.
#include <algorithm>

#include <cstdlib>

#include "maru/base/error.h"
#include "maru/base/file.h"
#include "maru/hub/hub.h"
#include "maru/hub/model_files.h"

namespace maru::hub {
namespace fs = std::filesystem;
namespace {

// A model folder is small and shallow; more than this means that another folder was meant.
constexpr int kMaxDepth = 4;
constexpr std::size_t kMaxFiles = 10'000;

bool starts_with_gguf(const fs::path& path) {
  const auto file = MappedFile::open(path);  // which also says what is wrong with a fifo, a device, or links in a circle
  return std::string_view(reinterpret_cast<const char*>(file->bytes().data()), file->bytes().size()).starts_with("GGUF");
}

std::vector<std::string> regular_files(const fs::path& folder, const Cancel* cancel) {
  std::vector<std::string> names;
  std::error_code problem;
  fs::recursive_directory_iterator walk(folder, problem), end;
  if (problem) fail(ErrorKind::io, "{}: the folder cannot be read: {}", folder.string(), system_reason(problem.value()));
  for (; walk != end; walk.increment(problem)) {
    if (problem) fail(ErrorKind::io, "{}: the folder cannot be read: {}", folder.string(), system_reason(problem.value()));
    if (cancel != nullptr) cancel->check();
    if (walk.depth() >= kMaxDepth) walk.disable_recursion_pending();
    std::error_code ignored;
    if (!walk->is_regular_file(ignored)) continue;  // a link to a file counts: model caches are full of them
    names.push_back(walk->path().lexically_relative(folder).generic_string());
    check(names.size() <= kMaxFiles, "{}: more than {} files; expected a model folder", folder.string(), kMaxFiles);
  }
  std::ranges::sort(names);
  return names;
}

// ~/ is the person's folder, which a shell leaves alone behind "file:".
Reference tidy(const Reference& given) {
  fs::path path(given.rest);
  const char* home = std::getenv("HOME");
  if (given.rest.starts_with("~/") && home != nullptr) path = fs::path(home) / given.rest.substr(2);
  path = fs::absolute(path).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return {given.scheme, path.string()};
}

std::string model_name(const Reference& reference) {
  const fs::path path(reference.rest);
  return (path.extension() == ".gguf" ? path.stem() : path.filename()).string();
}

Fetched fetch_file(const Reference& reference, const FetchOptions& options) {
  const fs::path path(reference.rest);
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (status.type() == fs::file_type::not_found && !fs::is_symlink(path, ignored))
    fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
  if (status.type() == fs::file_type::directory) {
    ModelFiles chosen = choose_model_files(path.string(), regular_files(path, options.cancel));
    return {.folder = path / chosen.folder, .files = std::move(chosen.names), .licence = {}, .notes = std::move(chosen.notes)};
  }
  check(path.extension() != ".safetensors", "{}: safetensors need the files beside them; name the folder: file:{}", path.string(),
        path.parent_path().string());
  check(starts_with_gguf(path), "{}: is neither a GGUF file, which would begin with \"GGUF\", nor a model folder", path.string());
  check(path.extension() == ".gguf", "{}: is a GGUF file; its name must end in .gguf", path.string());
  check(safe_name(path.filename().string()), "{}: the file name holds control characters", path.string());
  return {.folder = path.parent_path(), .files = {path.filename().string()}};
}

}  // namespace

Source file_source() {
  return {.scheme = "file",
          .example = "file:PATH",
          .tidy = tidy,
          .names = [](const Reference& reference) { return std::vector{model_name(reference)}; },
          .pinned = [](const Reference&) { return false; },
          .fetch = fetch_file};
}

}  // namespace maru::hub
