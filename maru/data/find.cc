// Turns a path into a data set: which files, which reader. What is in the files is the reader's matter.
#include <glob.h>

#include <algorithm>
#include <map>

#include "maru/base/error.h"
#include "maru/data/byte_source.h"
#include "maru/data/data.h"

namespace maru::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 100'000;
constexpr std::size_t kFirstBytes = 4096;
// Beside the data in repositories, and never data.
constexpr std::string_view kNeverData[] = {"readme", "license", "licence", "citation", "notice", "dataset_info", "dataset_infos",
                                           "dataset_dict", "state", "config", "changelog", "requirements"};

std::string formats() {
  std::string out;
  for (const Reader& reader : readers()) out += (out.empty() ? "" : ", ") + std::string(reader.name);
  return out;
}

const Reader& reader_named(std::string_view name) {
  for (const Reader& reader : readers())
    if (reader.name == name) return reader;
  fail(ErrorKind::usage, "{:?} is no format that is read; those are: {}", name, formats());
}

std::string first_bytes(const fs::path& file) {
  const auto source = open_bytes(file);
  std::string out(kFirstBytes, '\0');
  std::size_t held = 0;
  while (held < out.size()) {
    const std::size_t got = source->read(out.data() + held, out.size() - held);
    if (got == 0) break;
    held += got;
  }
  out.resize(held);
  return out;
}

// The special ones are asked first: a SQuAD file is JSON too.
const Reader* reader_of(const fs::path& path, std::string_view first, bool folder) {
  const fs::path name = path.extension() == ".gz" ? path.parent_path() / path.stem() : path;
  for (const bool special : {true, false})
    for (const Reader& reader : readers())
      if (reader.special == special && reader.folders == folder && reader.recognises(name, first)) return &reader;
  return nullptr;
}

bool never_data(const fs::path& file) {
  std::string stem = file.stem().string();
  std::ranges::transform(stem, stem.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return file.filename().string().starts_with('.') || std::ranges::find(kNeverData, stem) != std::end(kNeverData);
}

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code code;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, code);
  if (code) fail(ErrorKind::io, "{}: could not {}: {}", folder.string(), phrase("open the folder"), system_reason(code.value()));
  for (const auto end = fs::recursive_directory_iterator(); at != end; at.increment(code)) {
    if (code) fail(ErrorKind::io, "{}: could not {}: {}", folder.string(), phrase("open the folder"), system_reason(code.value()));
    if (at->is_directory(code) && at->path().filename().string().starts_with('.')) at.disable_recursion_pending();
    if (at->is_regular_file(code) && !never_data(at->path())) out.push_back(at->path());
    if (out.size() > kMostFiles)
      fail(ErrorKind::limit, "{}: holds more than {} files; name a folder below it", folder.string(), kMostFiles);
  }
  return out;
}

std::string name_of(const fs::path& path) {
  fs::path name = path.lexically_normal();
  if (!name.has_filename()) name = name.parent_path();
  if (name.extension() == ".gz") name = name.stem();
  return fs::is_directory(path) ? fs::absolute(name).lexically_normal().filename().string() : name.stem().string();
}

// One reader for all the files. A format that reads any text stands back where another was found.
DataSet of_files(const fs::path& from, std::vector<fs::path> files, std::string_view format) {
  const fs::path folder = fs::is_directory(from) ? from : from.parent_path();
  std::map<const Reader*, std::vector<fs::path>> by_reader;
  if (!format.empty()) by_reader[&reader_named(format)] = files;
  else
    for (const fs::path& file : files)
      if (const Reader* reader = reader_of(file, first_bytes(file), false)) by_reader[reader].push_back(file);
  if (by_reader.size() > 1)
    std::erase_if(by_reader, [](const auto& entry) { return entry.first->name == "text"; });
  if (by_reader.empty()) {
    std::string names;
    for (std::size_t i = 0; i < files.size() && i < 5; ++i) names += (i ? ", " : "") + files[i].filename().string();
    if (files.size() > 5) names += ", …";
    check(!files.empty(), "{}: holds no files; the formats that are read: {}", from.string(), formats());
    fail(ErrorKind::invalid, "{}: none of its files ({}) is of a format that is read ({}); say --format where the name does not tell",
         from.string(), names, formats());
  }
  if (by_reader.size() > 1) {
    std::string found;
    for (const auto& [reader, some] : by_reader) found += fmt::format("{}{} ({})", found.empty() ? "" : ", ", reader->name, some.size());
    fail(ErrorKind::invalid, "{}: holds files of several formats: {}; say --format or name the files", from.string(), found);
  }
  const auto& [reader, chosen_files] = *by_reader.begin();
  return {.name = name_of(from), .reader = reader, .splits = splits_of(folder, chosen_files, *reader)};
}

std::vector<fs::path> matching(const fs::path& pattern) {
  glob_t found{};
  const int said = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<fs::path> out;
  for (std::size_t i = 0; said == 0 && i < found.gl_pathc; ++i)
    if (fs::is_regular_file(found.gl_pathv[i])) out.emplace_back(found.gl_pathv[i]);
  ::globfree(&found);
  return out;
}

// A folder whose parts are splits, each of them read as a whole: train/cat/1.png, test/cat/2.png.
std::optional<DataSet> of_folders(const fs::path& folder, std::string_view format) {
  const auto reader_for = [&](const fs::path& path) -> const Reader* {
    if (format.empty()) return reader_of(path, {}, true);
    const Reader& named = reader_named(format);
    return named.folders ? &named : nullptr;
  };
  std::vector<fs::path> parts;
  const Reader* reader = nullptr;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory() || entry.path().filename().string().starts_with('.')) continue;
    const auto told = splits_of(folder, {entry.path()}, Reader{});
    if (told[0].name == "all") continue;
    if (const Reader* one = reader_for(entry.path())) parts.push_back(entry.path()), reader = one;
  }
  if (reader) return DataSet{.name = name_of(folder), .reader = reader, .splits = splits_of(folder, parts, *reader)};
  if (const Reader* one = reader_for(folder)) return DataSet{.name = name_of(folder), .reader = one, .splits = {{"all", {folder}}}};
  return std::nullopt;
}

}  // namespace

DataSet find(const fs::path& path, std::string_view format) {
  std::error_code code;
  if (fs::is_directory(path, code)) {
    if (auto set = of_folders(path, format)) return *set;
    return of_files(path, files_below(path), format);
  }
  if (fs::exists(path, code)) return of_files(path, {path}, format);
  if (path.string().find_first_of("*?[") != std::string::npos) {
    auto files = matching(path);
    if (files.empty()) fail(ErrorKind::not_found, "{}: no file matches this pattern", path.string());
    return of_files(path, std::move(files), format);
  }
  fail(ErrorKind::not_found, "{}: no such file or folder", path.string());
}

}  // namespace maru::data
